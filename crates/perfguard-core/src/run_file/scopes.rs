//! The scopes of a run, each with what became of it.

use std::sync::Arc;

use super::file;
use crate::report::Report;
use crate::scope::{Ending, Kind, State, current};

/// What became of a scope under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Failed,
    Observed,
    Passed,
    /// It broke its budget where no test could fail for it.
    Unclaimed,
}

impl Verdict {
    #[cfg_attr(
        not(feature = "json"),
        expect(dead_code, reason = "no line is written")
    )]
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Observed => "observed",
            Self::Passed => "passed",
            Self::Unclaimed => "unclaimed",
        }
    }

    /// Of a scope whose report no scope around it has taken.
    ///
    /// It fails by a panic then, or has panicked. Whether a test sees that is
    /// told by the thread, which the harness names by the path of its test: a
    /// worker of a runtime catches it. A thread that is named like a function
    /// passes for a test's.
    pub(crate) fn of_unheard(kind: Kind, ending: Ending) -> Self {
        let is_seen = kind != Kind::Request && ending != Ending::Cancelled && is_thread_of_test();
        if is_seen {
            Self::Failed
        } else {
            Self::Unclaimed
        }
    }
}

/// A scope as a line tells of it.
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "no line is written")
)]
pub(super) struct Told<'a> {
    pub(super) number: u64,
    pub(super) inside: Option<u64>,
    pub(super) kind: &'static str,
    pub(super) test: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) report: &'a Report,
}

/// Notes a scope that has ended under test; one that somebody opened by hand
/// is nobody's to judge.
pub(crate) fn note_scope(scope: &Arc<State>, report: &Report, verdict: Verdict) {
    let Some(run) = file::current().filter(|_| scope.is_exact()) else {
        return;
    };
    let Some(kind) = kind(scope.kind()) else {
        return;
    };
    let mut outer = scope.lineage().skip(1);
    run.note_scope(&Told {
        number: scope.id(),
        inside: outer
            .find(|outer| self::kind(outer.kind()).is_some())
            .map(|outer| outer.id()),
        kind,
        test: test_of(scope),
        verdict,
        report,
    });
}

const fn kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Act => Some("act"),
        Kind::Handler => Some("function"),
        Kind::Observe => Some("observed"),
        Kind::Request => Some("request"),
        Kind::Test => Some("test"),
        Kind::User => None,
    }
}

/// The test that a scope ran in, as far as it is known.
fn test_of(scope: &Arc<State>) -> Option<String> {
    let tests = scope.lineage().filter(|scope| scope.kind() == Kind::Test);
    let outermost = tests.last().map(|scope| scope.name().to_owned());
    outermost.or_else(thread_of_test)
}

/// The test that runs here, as far as it is known.
pub(crate) fn test_around() -> Option<String> {
    let scope = current::scope();
    scope.as_ref().map_or_else(thread_of_test, test_of)
}

/// The name of this thread, if the harness may have given it.
fn thread_of_test() -> Option<String> {
    let thread = std::thread::current();
    let name = thread
        .name()
        .filter(|name| is_path(name) && *name != "main");
    name.map(ToOwned::to_owned)
}

/// The harness runs tests on the main thread as well, if it is told to use one.
fn is_thread_of_test() -> bool {
    std::thread::current().name().is_some_and(is_path)
}

/// True for the path of a function: names of workers have hyphens, or blanks.
fn is_path(name: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | ':');
    !name.is_empty() && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn workers_of_runtimes_are_no_tests() {
        for test in [
            "main",
            "posts::tests::lists_posts",
            "case_1",
            "schöne::prüfung",
        ] {
            assert!(is_path(test), "{test}");
        }
        for worker in [
            "",
            "tokio-runtime-worker",
            "tokio-rt-worker",
            "actix-rt|system:0|arbiter:0",
            "async-std/runtime",
            "my pool",
        ] {
            assert!(!is_path(worker), "{worker}");
        }
    }
}
