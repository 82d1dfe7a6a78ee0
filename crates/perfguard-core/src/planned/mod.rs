//! What `perfguard-explain` asks of a report, and gives back. Not a public
//! interface.

mod desk;
mod said;

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::finding::{Finding, Severity};
use crate::query::Orm;
use crate::report::Report;
use crate::scope::current;
use crate::settings::Live;

pub use desk::{Answer, Wanted, are_wanted, wanted};
pub(crate) use desk::{Desk, of_scope, open};
pub use said::{Proof, Said, Unexplained};

/// The statements of a scope whose plans may be looked at, those that run most
/// often first: findings without their explanation. `None` in production.
#[must_use]
pub fn candidates(report: &Report) -> Option<Vec<Finding>> {
    report.scope().planned.clone()
}

/// Whether the application has declared a table small, or knows that it has few
/// rows. Without a schema it is the one in the default schema.
#[must_use]
pub fn needs_no_index(schema: Option<&str>, table: &str) -> bool {
    let now = Live::now();
    match schema {
        Some(schema) => now.small().needs_no_index(&format!("{schema}.{table}")),
        None => now.small().needs_no_index(table),
    }
}

/// From how many rows on an index is worth its while (`Settings::small_rows`).
#[must_use]
pub fn small_rows() -> u64 {
    Live::now().small().rows.enough()
}

/// The ORM that wrote a candidate's statement.
#[must_use]
pub fn orm(candidate: &Finding) -> Orm {
    candidate.orm
}

/// A candidate with what its plan says.
#[must_use]
pub fn found(candidate: &Finding, said: &Said) -> Finding {
    let mut finding = candidate.clone();
    // Its level is the most that it may weigh.
    if said.severity == Severity::Note {
        finding.severity = Severity::Note;
    }
    finding.explanation = Some(match finding.explanation.take() {
        // An allow that is over.
        Some(expired) => format!("{}; {expired}", said.read),
        None => said.read.clone(),
    });
    finding.fix.clone_from(&said.fix);
    finding.proof = said.proof.clone().map(Box::new);
    finding
}

/// The scope of a report, with what the plans of its statements say.
#[must_use]
pub fn report(of: &Report, found: Vec<Finding>, unexplained: Vec<Unexplained>) -> Report {
    let (mut findings, mut notes, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
    for finding in found {
        match (&finding.allowed, finding.severity) {
            (Some(_), _) => allowed.push(finding),
            (None, Severity::Error) => findings.push(finding),
            (None, Severity::Note) => notes.push(finding),
        }
    }
    let mut scope = of.scope().clone();
    scope.unexplained = unexplained;
    Report::new(scope, findings, notes, allowed)
}

/// The statements of a report's own scope that could not be explained.
#[must_use]
pub fn unexplained(of: &Report) -> &[Unexplained] {
    &of.scope().unexplained
}

/// Runs `body` with recording switched off on this thread.
pub fn quietly<R>(body: impl FnOnce() -> R) -> R {
    current::quietly(body)
}

pin_project! {
    /// A future that is polled with recording switched off.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Quietly<F> {
        #[pin]
        future: F,
    }
}

impl<F> Quietly<F> {
    /// Wraps a future.
    pub fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for Quietly<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.project().future;
        current::quietly(|| future.poll(context))
    }
}
