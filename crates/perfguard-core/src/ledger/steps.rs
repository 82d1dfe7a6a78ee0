//! When the statements of a scope ran, one by one, for a sink that wants to
//! show them.

use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use crate::query::Completion;
use crate::statement::Fingerprint;

/// Statements whose times a scope keeps: a longer list is not read by people.
const MAX_KEPT: usize = 256;

/// The first statements of a scope, in the order in which they were reported.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// When the scope was opened.
    begun: Instant,
    kept: Vec<Step>,
}

/// One statement that ran.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) fingerprint: Fingerprint,
    /// Since the scope was opened.
    pub(crate) start: Duration,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) failed: bool,
}

/// Names one step, to complete it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepNumber(NonZeroU16);

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            kept: Vec::new(),
        }
    }

    /// Notes a statement that begins now, or that has ended with what is known
    /// of it; `None` beyond the bound.
    pub(super) fn begin(
        &mut self,
        fingerprint: Fingerprint,
        completion: &Completion,
    ) -> Option<StepNumber> {
        if self.kept.len() >= MAX_KEPT {
            return None;
        }
        let start = started(completion).unwrap_or_else(Instant::now);
        self.kept.push(Step {
            fingerprint,
            start: start.saturating_duration_since(self.begun),
            elapsed: completion.elapsed,
            failed: completion.failed,
        });
        let number = u16::try_from(self.kept.len()).ok();
        number.and_then(NonZeroU16::new).map(StepNumber)
    }

    /// Adds what became known of it at its end.
    pub(super) fn complete(&mut self, number: StepNumber, completion: &Completion) {
        let place = usize::from(number.0.get() - 1);
        let Some(step) = self.kept.get_mut(place) else {
            return;
        };
        step.failed |= completion.failed;
        if step.elapsed.is_none() && completion.elapsed.is_some() {
            step.elapsed = completion.elapsed;
            // Who tells when it ended may tell of it later than it ran.
            if completion.ended.is_some()
                && let Some(start) = started(completion)
            {
                step.start = start.saturating_duration_since(self.begun);
            }
        }
    }

    /// How long the scope has been open.
    pub(crate) fn since_begun(&self) -> Duration {
        self.begun.elapsed()
    }

    /// In the order in which they began.
    pub(crate) fn in_order(mut self) -> Vec<Step> {
        self.kept.sort_by_key(|step| step.start);
        self.kept
    }
}

fn started(completion: &Completion) -> Option<Instant> {
    let ended = completion.ended.unwrap_or_else(Instant::now);
    ended.checked_sub(completion.elapsed?)
}
