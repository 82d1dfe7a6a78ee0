//! When the longer reads of a scope ran.

use std::time::{Duration, Instant};

use crate::query::{Binds, Completion};
use crate::statement::Fingerprint;

/// Reads whose times a scope keeps.
const MAX_KEPT: usize = 256;

/// Shorter reads are not kept, and their end costs no look at the clock.
pub(crate) const SHORTEST_READ: Duration = Duration::from_millis(30);

/// One of the reads whose times are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimedRead {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) started: Instant,
    pub(crate) ended: Instant,
    /// How many statements had run at its end.
    pub(crate) executions: u64,
    /// It has no value at all, bound or written, and so none of an earlier
    /// read's.
    pub(crate) is_independent: bool,
}

/// Kept under test only; without details where there are too many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    is_kept: bool,
    reads: Vec<TimedRead>,
}

impl Timeline {
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }

    /// Notes a read that has ended just now, or when it says.
    pub(super) fn end(
        &mut self,
        fingerprint: Fingerprint,
        binds: Binds,
        completion: &Completion,
        executions: u64,
    ) {
        let elapsed = completion.elapsed.filter(|it| *it >= SHORTEST_READ);
        let Some(elapsed) = elapsed.filter(|_| self.is_kept && !completion.failed) else {
            return;
        };
        let ended = completion.ended.unwrap_or_else(Instant::now);
        let started = ended.checked_sub(elapsed);
        if let Some(started) = started.filter(|_| self.reads.len() < MAX_KEPT) {
            self.reads.push(TimedRead {
                fingerprint,
                started,
                ended,
                executions,
                is_independent: binds == Binds::None,
            });
        }
    }

    /// The reads in the order in which they began.
    pub(crate) fn in_order(&self) -> Vec<TimedRead> {
        let mut reads = self.reads.clone();
        reads.sort_by_key(|read| (read.started, read.ended));
        reads
    }
}
