//! When the statements of a scope ran, one by one.

use std::sync::Arc;
use std::time::Duration;

use crate::ledger::Ledger;
use crate::statement::Statement;

/// When the statements of a scope ran: see [`Report::timeline`].
///
/// [`Report::timeline`]: crate::Report::timeline
#[derive(Clone, Debug)]
pub struct Timeline {
    length: Duration,
    steps: Vec<Step>,
    missing: u64,
}

/// One statement of a [`Timeline`].
#[derive(Clone, Debug)]
pub struct Step {
    statement: Arc<Statement>,
    start: Duration,
    elapsed: Option<Duration>,
    failed: bool,
}

impl Timeline {
    /// What a scope that ends now has kept, if it was to keep anything.
    pub(crate) fn take(ledger: &mut Ledger) -> Option<Self> {
        let kept = ledger.take_steps()?;
        let length = kept.since_begun();
        let steps = kept.in_order().into_iter().filter_map(|step| {
            let tally = ledger.tally(step.fingerprint)?;
            Some(Step {
                statement: Arc::clone(&tally.statement),
                start: step.start,
                elapsed: step.elapsed,
                failed: step.failed,
            })
        });
        let steps: Vec<Step> = steps.collect();
        Some(Self {
            length,
            missing: ledger.executions().saturating_sub(steps.len() as u64),
            steps,
        })
    }

    /// The time from the scope's begin to its end.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// The first 256 statements, in the order in which they began.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many more ran: beyond the bounds of what a scope keeps, or told of
    /// by nobody but a second source, such as sqlx's events.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }
}

impl Step {
    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// When it began, as the time since the scope did.
    ///
    /// For an adapter that reports a statement when it has ended, and does not
    /// say how long it took, this is when it ended.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.start
    }

    /// How long it took; `None` if the driver does not tell.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed
    }

    /// True if the driver told that it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }
}
