//! The outgoing calls of a scope.

use std::panic::Location;
use std::time::{Duration, Instant};

use smallvec::SmallVec;

/// Names that a scope tells apart.
const MAX_NAMES: usize = 64;
/// Calls whose times a scope keeps.
const MAX_KEPT: usize = 256;

/// What a scope knew when a call began, to compare it with at its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Begun {
    /// The statements that had run.
    pub(super) executions: u64,
    /// The transactions that were open, and the statements of each.
    pub(super) transactions: SmallVec<[(u64, u64); 1]>,
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) name: &'static str,
    pub(crate) started: Instant,
    pub(crate) ended: Instant,
    /// The line that marked it, if it was marked by hand.
    pub(crate) location: Option<&'static Location<'static>>,
    /// The annotated function inside this scope that it ran in.
    pub(crate) inside: Option<u64>,
}

/// One of the calls whose times are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed {
    pub(crate) call: Ended,
    /// The statements that had run when it began, and when it ended.
    pub(crate) executions: (u64, u64),
}

/// Exact counts; of the calls beyond a bound, names and times are dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    count: u64,
    names: Vec<(&'static str, u64)>,
    timed: Vec<Timed>,
    /// Calls that ended and whose times were not kept.
    untimed: u64,
}

impl Calls {
    /// Counts a call that begins; false if its name had to be dropped.
    pub(super) fn begin(&mut self, name: &'static str) -> bool {
        self.count += 1;
        let is_full = self.names.len() >= MAX_NAMES;
        match self.names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None if is_full => return false,
            None => self.names.push((name, 1)),
        }
        true
    }

    /// Notes how long a call took; false if that had to be dropped.
    pub(super) fn end(&mut self, call: Ended, executions: (u64, u64)) -> bool {
        if self.timed.len() >= MAX_KEPT {
            self.untimed += 1;
            return false;
        }
        self.timed.push(Timed { call, executions });
        true
    }

    /// All calls, those that have not ended too.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The names, most frequent first, and how often each was called.
    pub(crate) fn names(&self) -> Vec<(&'static str, u64)> {
        let mut names = self.names.clone();
        names.sort_by(|(one, calls), (other, others)| (others, one).cmp(&(calls, other)));
        names
    }

    /// The calls that have ended, in the order in which they began.
    pub(crate) fn in_order(&self) -> Vec<Timed> {
        let mut timed = self.timed.clone();
        timed.sort_by_key(|timed| (timed.call.started, timed.call.ended));
        timed
    }

    /// True if no call's times were dropped.
    pub(crate) fn is_whole(&self) -> bool {
        self.untimed == 0
    }

    /// The time in which at least one call was in flight, of those that have
    /// ended: what runs on after the scope did not hold it up.
    pub(crate) fn elapsed_so_far(&self) -> Duration {
        let mut elapsed = Duration::ZERO;
        let mut until: Option<Instant> = None;
        for Timed { call, .. } in self.in_order() {
            let from = until.map_or(call.started, |until| until.max(call.started));
            elapsed = elapsed.saturating_add(call.ended.saturating_duration_since(from));
            until = until.max(Some(call.ended));
        }
        elapsed
    }
}
