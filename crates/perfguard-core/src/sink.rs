//! Where a verdict goes that fails nothing.
//!
//! A sink is somebody else's code (a `tracing` subscriber) that runs on the
//! request's path, perhaps in a `Drop`: a panic in it is caught, and a sink
//! that panicked once is switched off. Queries that a sink runs do not count.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::report::Report;
use crate::scope::current;
use crate::settings::Settings;

/// Writes one event for a violating scope.
pub(crate) fn warn(report: &Report) {
    if report.is_violated() {
        guarded(|| event(report));
    }
}

/// Says what is wrong with perfguard's own set-up.
pub(crate) fn complain(problem: &str) {
    guarded(|| tracing::warn!(target: "perfguard", "{problem}"));
}

fn guarded(write: impl FnOnce()) {
    static IS_BROKEN: AtomicBool = AtomicBool::new(false);
    if IS_BROKEN.load(Ordering::Relaxed) {
        return;
    }
    let written = current::quietly(|| catch_unwind(AssertUnwindSafe(write)));
    if written.is_err() {
        IS_BROKEN.store(true, Ordering::Relaxed);
    }
}

/// The fields carry OpenTelemetry's names. `rule`, `count` and `db.query.*`
/// are the first finding's; `rules` names all of them.
fn event(report: &Report) {
    let Some(finding) = report.findings().first() else {
        return;
    };
    let scope = report.scope();
    let place = Settings::current()
        .resolves_call_sites()
        .then(|| finding.call_site())
        .flatten();
    let (file, line) = match place {
        Some(site) => (Some(site.file()), Some(site.line())),
        None => (scope.file(), scope.line()),
    };
    let statement = finding.statement().or_else(|| report.most_frequent());
    let mut rules: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| finding.rule())
        .collect();
    rules.dedup();
    tracing::warn!(
        target: "perfguard",
        scope = scope.name(),
        rule = finding.rule(),
        count = finding.count(),
        max = scope.max(),
        queries = report.queries(),
        calls = Some(report.calls()).filter(|calls| *calls > 0),
        rules = rules.join(","),
        explanation = finding.explanation.as_deref(),
        db.query.summary = statement.map(|statement| statement.summary()),
        db.query.text = statement.map(|statement| clip(statement.text())),
        db.system.name = statement.map(|statement| statement.dialect().system_name()),
        code.file.path = file,
        code.line.number = line,
        "query budget broken: {}",
        report.headline(),
    );
}

/// At most 2 KiB of a statement go to a log.
fn clip(text: &str) -> &str {
    let end = (0..=text.len().min(2_048))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

/// Writes a report to standard error, for a test that nobody can fail.
pub(crate) fn print(report: &Report) {
    let text = report.to_string();
    if std::thread::panicking() {
        // With the panic: the harness shows both if that fails the test.
        #[expect(clippy::print_stderr, reason = "what no test can fail with")]
        let _ = catch_unwind(AssertUnwindSafe(|| eprintln!("{text}")));
    } else {
        say(&text);
    }
}

/// Writes a text to standard error, under test.
///
/// To the stream itself: what a test prints by `eprintln!` is captured, and
/// nobody sees it of a test that passes.
pub(crate) fn say(text: &str) {
    // Standard error may be closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
