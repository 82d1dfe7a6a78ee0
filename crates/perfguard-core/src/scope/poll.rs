//! How long one poll held its executor.

use std::time::Duration;

/// The shortest time that is looked at: two ticks and more of the clock, which
/// counts in steps of 1 to 16 ms, as the system's timer does.
const SHORTEST: Duration = Duration::from_millis(20);

/// In production so many polls of a future are timed, and then one in so many:
/// a request has a few, and a job with thousands of short ones pays for none.
const TIMED: u32 = 16;

/// Whether the next poll of a future is timed, after so many.
#[inline]
pub(super) fn is_timed(polls: u32, is_exact: bool) -> bool {
    polls < TIMED || polls.is_multiple_of(TIMED) || is_exact
}

/// Whether polls before this one may not have been timed.
pub(super) fn is_sampled(polls: u32, is_exact: bool) -> bool {
    polls >= TIMED && !is_exact
}

/// The time since a poll began, by the coarse clock of the system: reading that
/// costs a third of `std`'s, and shows where no network lies in between.
#[derive(Clone, Copy)]
pub(super) struct PollClock(coarsetime::Instant);

impl PollClock {
    #[inline]
    pub(super) fn start() -> Self {
        // Not `now`, which writes to memory that all threads share.
        Self(coarsetime::Instant::now_without_cache_update())
    }

    /// How long the poll has taken, if that is worth a look.
    #[inline]
    pub(super) fn held(self) -> Option<Duration> {
        let now = coarsetime::Instant::now_without_cache_update();
        let held = Duration::from(now.duration_since(self.0));
        (held >= SHORTEST).then_some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::{is_sampled, is_timed};

    #[test]
    fn a_request_is_timed_and_of_a_long_job_a_part() {
        let timed = |polls: u32, is_exact| (0..polls).filter(|n| is_timed(*n, is_exact)).count();
        assert_eq!(timed(16, false), 16);
        assert_eq!(timed(1_600, false), 16 + 99);
        assert_eq!(timed(1_600, true), 1_600);
        assert!(!is_sampled(15, false) && is_sampled(16, false) && !is_sampled(16, true));
    }
}
