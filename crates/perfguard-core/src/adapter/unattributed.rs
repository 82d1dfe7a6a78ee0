//! Statements in no scope, and what a scope that saw none can tell by them.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
            unattributed_elsewhere: UNATTRIBUTED_ELSEWHERE.load(Ordering::Acquire),
            unattributed_here: UNATTRIBUTED_HERE.try_with(Cell::get).unwrap_or(0),
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
            unattributed += UNATTRIBUTED_ELSEWHERE
                .load(Ordering::Acquire)
                .saturating_sub(self.unattributed_elsewhere);
        }
        if self.thread == std::thread::current().id() {
            let here = UNATTRIBUTED_HERE.try_with(Cell::get).unwrap_or(0);
            unattributed += here.saturating_sub(self.unattributed_here);
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
static UNATTRIBUTED: AtomicU64 = AtomicU64::new(0);
/// Those that ran on a thread that cannot be a test's own.
static UNATTRIBUTED_ELSEWHERE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static UNATTRIBUTED_HERE: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread cannot be a test's own, once that is known.
    static IS_ELSEWHERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// How many statements ran in no scope, since the process started.
///
/// Counted without looking at the statement: pings and set-up are in it where
/// the driver does not tell them apart.
#[must_use]
pub fn unattributed() -> u64 {
    UNATTRIBUTED.load(Ordering::Acquire) + UNATTRIBUTED_ELSEWHERE.load(Ordering::Acquire)
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
    if is_elsewhere() {
        UNATTRIBUTED_ELSEWHERE.fetch_add(executions, Ordering::AcqRel);
    } else {
        UNATTRIBUTED.fetch_add(executions, Ordering::AcqRel);
        let _ = UNATTRIBUTED_HERE.try_with(|count| count.set(count.get() + executions));
    }
}

/// Whether this thread cannot be a test's own. A thread keeps its name.
#[inline]
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
