//! Statements in no scope, and what a scope that saw none can tell by them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::ADAPTERS;
use crate::scope::current;

/// Less than it takes to hand work to another thread, to query there and to
/// come back: a scope that was open for so short had nothing of it.
const HANDOVER: Duration = Duration::from_micros(10);

/// What the process knew of its adapters at one moment.
#[derive(Debug)]
pub(crate) struct Liveness {
    unattributed_elsewhere: u64,
    unattributed_here: u64,
    thread: std::thread::ThreadId,
    since: Instant,
}

/// Why a scope under test may have seen nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No adapter was installed.
    NoAdapter,
    /// These adapters are installed, and none has seen a connection.
    NoConnection(Vec<&'static str>),
    /// Queries ran in no scope while this one was open.
    Unattributed(u64),
}

impl Liveness {
    pub(crate) fn now() -> Self {
        Self {
            unattributed_elsewhere: ELSEWHERE.sum(),
            unattributed_here: here(),
            thread: std::thread::current().id(),
            since: Instant::now(),
        }
    }

    /// Why nothing was seen since, if the reason is not the handler's.
    ///
    /// Queries in no scope are only held against a scope if they ran on its
    /// own thread, or on one that cannot be another test's: another test that
    /// fills its tables at this moment is not this scope's business.
    pub(crate) fn silence(&self, is_connected: bool) -> Option<Silence> {
        let mut unattributed = 0;
        if self.since.elapsed() > HANDOVER {
            unattributed += ELSEWHERE.sum().saturating_sub(self.unattributed_elsewhere);
        }
        if self.thread == std::thread::current().id() {
            unattributed += here().saturating_sub(self.unattributed_here);
        }
        if unattributed > 0 {
            return Some(Silence::Unattributed(unattributed));
        }
        if is_connected {
            return None;
        }
        let adapters = ADAPTERS.lock();
        if adapters.is_empty() {
            return Some(Silence::NoAdapter);
        }
        let has_connection = adapters
            .iter()
            .any(|adapter| adapter.connections.load(Ordering::Relaxed) > 0);
        (!has_connection)
            .then(|| Silence::NoConnection(adapters.iter().map(|adapter| adapter.name).collect()))
    }
}

/// Statements in no scope, on threads that may be a test's own.
static ON_TESTS: Counters = Counters::new();
/// Those that ran on a thread that cannot be a test's own.
static ELSEWHERE: Counters = Counters::new();

thread_local! {
    /// This thread's own, once it has counted anything. Nothing of it has to
    /// be dropped, so that the thread reads it without further ado.
    static OWN: Cell<Option<&'static Counter>> = const { Cell::new(None) };
    static SEAT: Seat = const { Seat(Cell::new(None)) };
    /// Whether this thread cannot be a test's own, once that is known.
    static IS_ELSEWHERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// What one thread has counted. Only that thread writes it, so that nobody
/// waits for anybody: a shared counter costs more than all else that is done
/// for a statement in no scope. A cache line of its own, for the same reason.
#[repr(align(64))]
struct Counter {
    count: AtomicU64,
    /// Those that it is one of.
    of: &'static Counters,
}

impl Counter {
    #[inline]
    fn add(&self, executions: u64) {
        let count = self.count.load(Ordering::Relaxed);
        // Release: who reads it has seen what this thread did before.
        self.count
            .store(count.wrapping_add(executions), Ordering::Release);
    }
}

/// The counters of all threads of a kind.
struct Counters {
    /// What was counted by threads that are going away.
    late: AtomicU64,
    seats: Mutex<Seats>,
}

/// A counter outlives its thread, and another thread goes on with it: there are
/// never more than threads at one time.
struct Seats {
    all: Vec<&'static Counter>,
    free: Vec<&'static Counter>,
}

impl Counters {
    const fn new() -> Self {
        Self {
            late: AtomicU64::new(0),
            seats: Mutex::new(Seats {
                all: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    fn sum(&self) -> u64 {
        let seats = self.seats.lock();
        let counts = seats.all.iter().map(|it| it.count.load(Ordering::Acquire));
        self.late.load(Ordering::Acquire) + counts.sum::<u64>()
    }

    fn take(&'static self) -> &'static Counter {
        let mut seats = self.seats.lock();
        seats.free.pop().unwrap_or_else(|| {
            let counter: &Counter = Box::leak(Box::new(Counter {
                count: AtomicU64::new(0),
                of: self,
            }));
            seats.all.push(counter);
            counter
        })
    }
}

/// A thread's hold on its counter.
struct Seat(Cell<Option<&'static Counter>>);

impl Drop for Seat {
    fn drop(&mut self) {
        let _ = OWN.try_with(|own| own.set(None));
        if let Some(counter) = self.0.take() {
            counter.of.seats.lock().free.push(counter);
        }
    }
}

/// This thread's counter; `None` if the thread is going away.
fn own() -> Option<&'static Counter> {
    if let Ok(Some(own)) = OWN.try_with(Cell::get) {
        return Some(own);
    }
    SEAT.try_with(|seat| {
        let counter = counters().take();
        seat.0.set(Some(counter));
        let _ = OWN.try_with(|own| own.set(Some(counter)));
        counter
    })
    .ok()
}

/// Those that this thread's is one of.
fn counters() -> &'static Counters {
    if is_elsewhere() {
        &ELSEWHERE
    } else {
        &ON_TESTS
    }
}

/// How many statements this thread ran in no scope, if it may be a test's own.
/// Counted from any number, which a thread before has left.
fn here() -> u64 {
    own()
        .filter(|own| std::ptr::eq(own.of, &ON_TESTS))
        .map_or(0, |own| own.count.load(Ordering::Relaxed))
}

/// How many statements ran in no scope, since the process started.
///
/// Counted without looking at the statement: pings and set-up are in it where
/// the driver does not tell them apart.
#[must_use]
pub fn unattributed() -> u64 {
    ON_TESTS.sum() + ELSEWHERE.sum()
}

/// Counts a statement that ran in no scope. Allocates nothing.
#[inline]
pub fn record_unattributed() {
    if !current::is_quiet() {
        count_unattributed(1);
    }
}

#[inline]
pub(crate) fn count_unattributed(executions: u64) {
    match OWN.try_with(Cell::get) {
        Ok(Some(own)) => own.add(executions),
        _ => count_first(executions),
    }
}

#[cold]
#[inline(never)]
fn count_first(executions: u64) {
    match own() {
        Some(own) => own.add(executions),
        None => {
            counters().late.fetch_add(executions, Ordering::AcqRel);
        }
    }
}

/// Whether this thread cannot be a test's own. A thread keeps its name.
fn is_elsewhere() -> bool {
    let known = IS_ELSEWHERE.try_with(Cell::get).ok().flatten();
    known.unwrap_or_else(|| {
        let is_elsewhere = cannot_be_a_tests_thread();
        let _ = IS_ELSEWHERE.try_with(|known| known.set(Some(is_elsewhere)));
        is_elsewhere
    })
}

/// The test harness names a test's thread after the test, or runs it on
/// `main`; runtimes name theirs with signs that no path of a test has
/// (`tokio-rt-worker`), or not at all.
fn cannot_be_a_tests_thread() -> bool {
    std::thread::current().name().is_none_or(|name| {
        !name
            .chars()
            .all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | ':'))
    })
}

#[cfg(test)]
mod tests {
    use super::{count_unattributed, here, unattributed};

    #[test]
    fn what_a_thread_has_counted_outlives_it() {
        let before = unattributed();
        for _ in 0..3 {
            let ended = std::thread::spawn(|| count_unattributed(7)).join();
            assert!(ended.is_ok());
        }
        assert!(unattributed() >= before + 3 * 7);
    }

    #[test]
    fn a_thread_takes_nothing_of_the_one_before_for_its_own() {
        for _ in 0..3 {
            let test = std::thread::Builder::new().name("a_test".to_owned());
            let counted = test.spawn(|| {
                let before = here();
                count_unattributed(7);
                here() - before
            });
            let counted = counted.ok().and_then(|test| test.join().ok());
            assert_eq!(counted, Some(7));
        }
    }
}
