//! Polls that held the executor for too long.

use std::time::Duration;

/// Counts of the polls that were timed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polls {
    count: u64,
    longest: Option<Duration>,
    /// Those that a scope inside has noted as well.
    inside: u64,
    is_sampled: bool,
}

impl Polls {
    pub(super) fn note(&mut self, held: Duration, is_sampled: bool) {
        self.is_sampled |= is_sampled;
        self.count += 1;
        self.longest = self.longest.max(Some(held));
    }

    pub(super) fn note_inside(&mut self) {
        self.inside += 1;
    }

    /// How many there were that nobody inside has noted.
    pub(crate) fn count(&self) -> u64 {
        self.count.saturating_sub(self.inside)
    }

    /// True if not all polls were timed.
    pub(crate) fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// The longest, if any is this scope's own.
    pub(crate) fn longest(&self) -> Option<Duration> {
        self.longest.filter(|_| self.count() > 0)
    }
}
