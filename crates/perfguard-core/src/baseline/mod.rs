//! Baselines: the statements of a test, in a file beside it.
//!
//! What django-perf-rec does for Django, with what its users missed: one file a
//! test, so that processes of their own do not overwrite each other, sorted
//! lines that merge, a CI that never writes, and numbers that only go down.

mod file;
mod recorded;

use std::collections::BTreeMap;
use std::panic::Location;
use std::path::Path;

use crate::report::escape;
use crate::scope::{State, current};
use crate::sink;
use crate::traced::Traced;
use recorded::{Change, Recorded};

/// Says what a test does about its baseline.
const VARIABLE: &str = "PERFGUARD_BASELINE";

/// What to do about a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Compare, and write nothing.
    Check,
    /// Record what is not recorded, and leave a proposal beside what changed.
    New,
    /// Record what ran.
    Write,
}

impl Mode {
    /// What the environment says; in a CI, which says so by `CI`, nothing is
    /// written.
    fn of_environment() -> Result<Self, String> {
        let said = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let Some(said) = said else {
            let ci = std::env::var_os("CI");
            let is_ci =
                ci.is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
            return Ok(if is_ci { Self::Check } else { Self::New });
        };
        match said.to_str() {
            Some("check") => Ok(Self::Check),
            Some("new") => Ok(Self::New),
            Some("write") => Ok(Self::Write),
            _ => Err(format!(
                "the environment variable {VARIABLE} is `{}`: accepted are `check`, `new` and `write`",
                escape(&said.to_string_lossy())
            )),
        }
    }
}

/// Compares what the test has run so far with what is recorded of it.
///
/// # Panics
/// If more ran than is recorded, or something else; where nothing is recorded,
/// in a CI; if there is no `#[perfguard::test]` around, or a file cannot be
/// read or written.
#[track_caller]
pub fn compare() {
    let place = Location::caller();
    #[expect(clippy::panic, reason = "failing the test is what this is for")]
    if let Err(problem) = compare_at(place) {
        panic!("{problem}\n(baseline at {}:{})", place.file(), place.line());
    }
}

fn compare_at(place: &'static Location<'static>) -> Result<(), String> {
    let mode = Mode::of_environment()?;
    let around = current::scope();
    let Some((scope, test)) = around.as_ref().and_then(State::test) else {
        return Err("there is no `#[perfguard::test]` around this baseline: write it above the test, or compare `Report::summary` of what `testing::observe` saw".to_owned());
    };
    // Where the test says what it is about, in that.
    let ran = test.acted();
    let ran = Recorded::of(&ran.unwrap_or_else(|| counts(&scope.traced_so_far())));
    if ran.is_empty() {
        return Err(format!(
            "the test {} has run no statement up to here: there is nothing to compare. Connect perfguard before the connection is made, carry the scope to where the queries run (`perfguard::in_current_scope`), and take the baseline after what it is about",
            escape(scope.name())
        ));
    }
    let path = file::path(
        place,
        &file::name(place.file(), scope.name(), test.next_baseline()),
    )?;
    let recorded = file::read(&path)?;
    let Some(recorded) = recorded else {
        return record_first(mode, &path, &ran);
    };
    match (recorded.compare(&ran), mode) {
        (Change::None, _) => file::remove(&file::proposal(&path)),
        (_, Mode::Write) => {
            file::write(&path, &ran)?;
            file::remove(&file::proposal(&path))
        }
        (Change::Fewer(differences), Mode::Check) => {
            sink::say(&format!(
                "perfguard: fewer statements ran than are recorded in {}: record the lower number with {VARIABLE}=write, where you work, so that it stays\n{differences}",
                path.display()
            ));
            Ok(())
        }
        (Change::Fewer(differences), Mode::New) => {
            file::write(&file::proposal(&path), &ran)?;
            sink::say(&format!(
                "perfguard: fewer statements ran than are recorded in {}: accept the lower number with `cargo perfguard review`, so that it stays\n{differences}",
                path.display()
            ));
            Ok(())
        }
        (Change::Other(differences), Mode::Check) => Err(format!(
            "other statements ran than are recorded in {}: record them with {VARIABLE}=write, where you work, if they are meant\n{differences}",
            path.display()
        )),
        (Change::Other(differences), Mode::New) => {
            file::write(&file::proposal(&path), &ran)?;
            Err(format!(
                "other statements ran than are recorded in {}: accept them with `cargo perfguard review` if they are meant\n{differences}",
                path.display()
            ))
        }
    }
}

fn record_first(mode: Mode, path: &Path, ran: &Recorded) -> Result<(), String> {
    if mode == Mode::Check {
        return Err(format!(
            "nothing is recorded in {}: run the test where it may write, or with {VARIABLE}=write, and commit the file",
            path.display()
        ));
    }
    file::write(path, ran)?;
    sink::say(&format!(
        "perfguard: recorded {}: commit it",
        path.display()
    ));
    Ok(())
}

/// Statements and how often each ran, as a file has them.
pub(crate) type Counts = BTreeMap<String, u64>;

/// The statements of a scope, one a line, in the order of their texts.
pub(crate) fn summary(traced: &Traced) -> String {
    Recorded::of(&counts(traced)).to_string()
}

pub(crate) fn counts(traced: &Traced) -> Counts {
    let mut counts = Counts::new();
    for traced in traced.statements() {
        *counts
            .entry(traced.statement.text().to_owned())
            .or_default() += traced.count;
    }
    counts
}
