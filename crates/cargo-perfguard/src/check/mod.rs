//! `cargo perfguard check`: the lints of a workspace.

mod baseline;
mod format;
mod members;
mod options;
mod progress;
mod settings;

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::thread;

use perfguard_lints::{Level, Levels, Lint, Orms, ParseProblem, Report, Workspace};

use crate::cli::{complain, note, warn};
use crate::escape::escape;
use crate::failure::Failure;
use baseline::Key;
pub(crate) use baseline::is_conflict;
use members::{Members, Source};
pub(crate) use options::Options;
use progress::Progress;

/// Something is found that is not known.
const FOUND: u8 = 100;
/// Checks, and prints what is found.
pub(crate) fn run(options: &Options) -> ExitCode {
    check(options).unwrap_or_else(Failure::tell)
}

/// What a run has found, as the formats print it.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// The keys of the report's findings.
    pub(crate) keys: Vec<Key>,
    pub(crate) sources: Vec<Source>,
    /// The files among them that could not be parsed: nobody knows what stands there.
    pub(crate) broken: Vec<ParseProblem>,
    pub(crate) members: Members,
    /// How many findings the baseline knows.
    pub(crate) known: usize,
}

fn check(options: &Options) -> Result<ExitCode, Failure> {
    let members = Members::read(&options.selection)?;
    let levels = levels(options, &members)?;
    if members.orms() == Orms::NONE {
        warn(
            "no package of this workspace depends on diesel, diesel-async, sea-orm or sqlx: no queries can be found",
        );
    }
    if !members.left_out.is_empty() {
        let names = escape(&members.left_out.join(", "));
        warn(format!(
            "left out, because their names say that they are for tests: {names} (`-p NAME` checks one)"
        ));
    }
    let sources = members.sources()?;
    let known = match &options.baseline {
        Some(path) if !options.update_baseline || path.exists() => baseline::read(path)?,
        _ => BTreeSet::new(),
    };
    let (mut report, broken) = analyse(&members, sources.clone(), levels.clone())?;
    let unwanted = sources.iter().filter(|it| !members.is_wanted(it.package));
    let unwanted: BTreeSet<&str> = unwanted.map(|it| it.shown.as_str()).collect();
    report
        .findings
        .retain(|it| !unwanted.contains(it.path.as_str()));
    report
        .stale_allows
        .retain(|it| !unwanted.contains(it.path.as_str()));
    report
        .allows_without_reason
        .retain(|it| !unwanted.contains(it.path.as_str()));
    warn_of_broken(&broken);
    warn_of_allows(&report);

    let keys = baseline::keys(&report.findings);
    let found: BTreeSet<Key> = keys.iter().cloned().collect();
    // What this run did not look for may still be there.
    let was_looked_for = |it: &Key| {
        let level = Lint::named(&it.lint).map(|it| levels.of(it));
        level != Some(Level::Allow) && members.owns(&it.path)
    };
    let is_gone = |it: &&Key| !found.contains(*it) && was_looked_for(it);
    let gone: BTreeSet<Key> = known.iter().filter(is_gone).cloned().collect();
    if options.update_baseline
        && let Some(path) = &options.baseline
    {
        let all: BTreeSet<Key> = known.union(&found).cloned().collect();
        let all: BTreeSet<Key> = all.difference(&gone).cloned().collect();
        baseline::write(path, &all)?;
        let (path, added) = (
            escape(&path.to_string_lossy()),
            all.difference(&known).count(),
        );
        let (all, gone) = (all.len(), gone.len());
        note(format!(
            "{path} knows {all} findings: {added} are new, {gone} are gone"
        ));
        return Ok(code(&broken, false));
    }
    warn_of_gone(&gone);
    let mut is_new = keys.iter().map(|it| !known.contains(it));
    report.findings.retain(|_| is_new.next().unwrap_or(true));
    let new: Vec<Key> = keys
        .iter()
        .filter(|it| !known.contains(it))
        .cloned()
        .collect();
    let is_found = !new.is_empty();
    let outcome = Outcome {
        known: keys.len() - new.len(),
        report,
        keys: new,
        sources,
        broken,
        members,
    };
    format::print(&outcome, options)?;
    Ok(code(&outcome.broken, is_found))
}

/// The levels: what the options say wins over the file, and that over the defaults.
fn levels(options: &Options, members: &Members) -> Result<Levels, Failure> {
    let mut levels = Levels::of_command();
    if options.pedantic {
        levels.warn_of_all();
    }
    for problem in settings::apply(&members.packages.root, &mut levels)? {
        warn(problem);
    }
    let said = [
        (&options.allow, Level::Allow),
        (&options.warn, Level::Warn),
        (&options.deny, Level::Deny),
    ];
    for (lints, level) in said {
        for lint in lints {
            levels.set(lint, level);
        }
    }
    Ok(levels)
}

fn warn_of_gone(gone: &BTreeSet<Key>) {
    for key in gone {
        let (lint, path, function) = (escape(&key.lint), escape(&key.path), escape(&key.function));
        warn(format!(
            "the baseline knows a finding that is gone: {lint} in {path}, `{function}` (`--update-baseline` drops it)"
        ));
    }
}

fn code(broken: &[ParseProblem], is_found: bool) -> ExitCode {
    match (is_found, broken) {
        (true, _) => ExitCode::from(FOUND),
        (false, []) => ExitCode::SUCCESS,
        // Nobody knows what stands there.
        (false, _) => ExitCode::FAILURE,
    }
}

fn warn_of_broken(broken: &[ParseProblem]) {
    for problem in broken {
        complain(format!(
            "{}: {}",
            escape(&problem.to_string()),
            format::LEFT_OUT
        ));
    }
}

fn warn_of_allows(report: &Report) {
    for allow in &report.allows_without_reason {
        let (path, place, lint) = (escape(&allow.path), allow.place, allow.lint.name);
        warn(format!(
            "{path}:{place}: an allow of {lint} has no effect: it has no `reason = \"..\"`"
        ));
    }
    for allow in &report.stale_allows {
        let (path, place, lint) = (escape(&allow.path), allow.place, allow.lint.name);
        let reason = escape(&allow.reason);
        warn(format!(
            "{path}:{place}: an allow of {lint} matches nothing here ({reason:?})"
        ));
    }
}

/// Reads all files and checks them.
///
/// Places in source belong to a thread, and deeply nested source needs a deep stack: so all of it
/// runs on one thread that is made for it.
fn analyse(
    members: &Members,
    sources: Vec<Source>,
    levels: Levels,
) -> Result<(Report, Vec<ParseProblem>), Failure> {
    let orms = members.orms();
    let names: Vec<String> = sources
        .iter()
        .map(|it| {
            members
                .package(it.package)
                .map(|it| it.name.to_string())
                .unwrap_or_default()
        })
        .collect();
    let work = move || -> Result<(Report, Vec<ParseProblem>), String> {
        let mut workspace = Workspace::new(orms, levels);
        let mut broken = Vec::new();
        let mut progress = Progress::new(sources.len());
        for (number, (source, package)) in sources.iter().zip(&names).enumerate() {
            progress.tell(number);
            let bytes = fs::read(&source.path)
                .map_err(|error| format!("failed to read {}: {error}", escape(&source.shown)))?;
            let text = String::from_utf8_lossy(&bytes);
            broken.extend(workspace.add(&source.shown, package, &text).err());
        }
        Ok((workspace.check(), broken))
    };
    const STACK: usize = 256 << 20;
    let thread = thread::Builder::new().stack_size(STACK).spawn(work);
    let thread = thread.map_err(|error| format!("failed to start a thread: {error}"))?;
    let ended = thread
        .join()
        .map_err(|_| "the check failed: please report it".to_owned())?;
    Ok(ended?)
}
