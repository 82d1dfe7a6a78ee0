//! How long one poll held its executor.

use std::time::Duration;

/// The shortest time that is looked at: two ticks and more of the clock, which
/// counts in steps of 1 to 16 ms, as the system's timer does.
const SHORTEST: Duration = Duration::from_millis(20);

/// The time since a poll began, by the coarse clock of the system: reading that
/// costs a fraction of `std`'s.
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
