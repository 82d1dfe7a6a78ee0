//! What an assertion expects of a piece of code. Not a public interface: the
//! macros of the face reach it.

use std::fmt::{self, Display};
use std::panic::Location;

use crate::generated::{observe, observe_sync};
use crate::report::{Report, escape};

/// How a number is compared with the one that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `==`
    Exactly,
}

impl Comparison {
    fn holds(self, number: u64, expected: u64) -> bool {
        match self {
            Self::AtLeast => number >= expected,
            Self::AtMost => number <= expected,
            Self::Exactly => number == expected,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Exactly => "exactly",
        }
    }
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Outgoing calls.
    Calls,
    /// Statements.
    Queries,
    /// Those that read.
    Reads,
    /// Those on a table.
    Table(String),
    /// Those that write.
    Writes,
}

impl Counted {
    /// Of a scope that was observed, where everything is counted.
    fn of(&self, report: &Report) -> u64 {
        let number = match self {
            Self::Calls => Some(report.calls()),
            Self::Queries => Some(report.queries()),
            Self::Reads => report.reads(),
            Self::Table(table) => report.queries_on(table),
            Self::Writes => report.writes(),
        };
        number.unwrap_or(0)
    }
}

impl Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls => f.write_str("outgoing calls"),
            Self::Queries => f.write_str("statements"),
            Self::Reads => f.write_str("statements that read"),
            Self::Table(table) => write!(f, "statements on {}", escape(table)),
            Self::Writes => f.write_str("statements that write"),
        }
    }
}

/// Numbers that a piece of code has to keep to.
#[derive(Clone, Debug)]
#[must_use = "nothing is expected before code is run"]
pub struct Expected {
    checks: Vec<(Counted, Comparison, u64)>,
    /// Of the assertion.
    place: &'static Location<'static>,
}

impl Expected {
    /// Nothing, at this place.
    #[expect(clippy::new_without_default, reason = "it takes the caller's place")]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            checks: Vec::new(),
            place: Location::caller(),
        }
    }

    /// The same, and this number.
    ///
    /// # Panics
    /// If `expected` is negative.
    #[track_caller]
    pub fn and(
        mut self,
        counted: Counted,
        comparison: Comparison,
        expected: impl TryInto<u64>,
    ) -> Self {
        #[expect(clippy::panic, reason = "a mistake in a test")]
        let Ok(expected) = expected.try_into() else {
            panic!("the number of {counted} that is expected is negative");
        };
        self.checks.push((counted, comparison, expected));
        self
    }

    /// Runs a closure and compares what it did.
    ///
    /// # Panics
    /// If a number is not as expected, or a scope inside has broken its budget.
    #[track_caller]
    pub fn of_sync<R>(self, body: impl FnOnce() -> R) -> R {
        let (value, report) = observe_sync(body);
        self.check(&report);
        value
    }

    /// The same of a future.
    ///
    /// # Panics
    /// As [`of_sync`](Self::of_sync).
    pub async fn of<F: Future>(self, future: F) -> F::Output {
        let (value, report) = observe(future).await;
        self.check(&report);
        value
    }

    #[track_caller]
    fn check(&self, report: &Report) {
        let failed: Vec<_> = self
            .checks
            .iter()
            .filter_map(|(counted, comparison, expected)| {
                let number = counted.of(report);
                let is_kept = comparison.holds(number, *expected);
                let words = comparison.words();
                (!is_kept).then(|| format!("{number} {counted}, {words} {expected} expected"))
            })
            .collect();
        #[expect(clippy::panic, reason = "failing the test is what this is for")]
        if !failed.is_empty() {
            panic!(
                "{} (assertion at {}:{})\n{}",
                failed.join("; "),
                self.place.file(),
                self.place.line(),
                report.listed()
            );
        }
        fail_for_nested(report);
    }
}

/// Fails for scopes inside: what they state holds in an assertion, too.
#[track_caller]
fn fail_for_nested(report: &Report) {
    #[expect(clippy::panic, reason = "failing the test is what this is for")]
    if report.is_violated_inside() {
        panic!("{report}");
    }
}

/// Runs a closure and fails for every finding, as a budgeted function would.
///
/// # Panics
/// With the report, if there is a finding.
#[track_caller]
pub fn without_findings_sync<R>(body: impl FnOnce() -> R) -> R {
    let (value, report) = observe_sync(body);
    fail_for_any(&report);
    value
}

/// The same of a future.
///
/// # Panics
/// With the report, if there is a finding.
pub async fn without_findings<F: Future>(future: F) -> F::Output {
    let (value, report) = observe(future).await;
    fail_for_any(&report);
    value
}

#[track_caller]
fn fail_for_any(report: &Report) {
    #[expect(clippy::panic, reason = "failing the test is what this is for")]
    if report.is_violated() {
        panic!("{report}");
    }
}
