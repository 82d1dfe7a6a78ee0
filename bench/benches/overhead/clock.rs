//! The time that is measured.

use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// The time for which any thread of this process was running.
///
/// Not the time on the wall: what else the machine does in the meantime is
/// left out, and what a query does on a thread of its driver is not.
pub(crate) fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Keeps this thread, and those that it starts, on one core: a query that
/// wakes a thread on another core takes longer or shorter by chance.
pub(crate) fn stay_on_one_core() -> rustix::io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    if let Some(core) = (0..CpuSet::MAX_CPU).rfind(|core| allowed.is_set(*core)) {
        one.set(core);
        sched_setaffinity(None, &one)?;
    }
    Ok(())
}
