//! Whether a second source of statements is in place, and whether it hears.
//!
//! A layer on a driver's `tracing` events can be in place and hear nothing: the
//! driver's logging is off, or a filter of the whole subscriber drops the
//! events before any layer sees them. Rows are unknown then, and nobody would
//! know why. It is said once, when a scope has ended.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::ledger::Ledger;
use crate::query::Orm;
use crate::scope::span;
use crate::sink;

/// An event of the second source has arrived in this process.
static HAS_HEARD: AtomicBool = AtomicBool::new(false);
/// One has arrived for a scope.
static HAS_FOUND_A_SCOPE: AtomicBool = AtomicBool::new(false);

/// Says that a second source is in place: see [`echo`](crate::adapter::echo).
///
/// From now on each scope opens a `tracing` span, `perfguard.scope` of target
/// `perfguard` at INFO, and is current while the span is created. It is entered
/// and left with the scope. A source that hears of statements on another thread
/// finds the scope through it.
pub fn listen() {
    span::want();
}

/// Says that an event of the second source has arrived.
pub fn heard() {
    note(&HAS_HEARD);
}

/// An event has arrived for a scope.
pub(crate) fn found_a_scope() {
    note(&HAS_HEARD);
    note(&HAS_FOUND_A_SCOPE);
}

/// The flags are read by all threads, and written once.
fn note(flag: &AtomicBool) {
    if !flag.load(Ordering::Relaxed) {
        flag.store(true, Ordering::Relaxed);
    }
}

/// Warns, once, if statements were counted of which the second source should
/// have heard and did not.
pub(crate) fn look_for_silence(ledger: &Ledger) {
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    let is_said = || IS_SAID.load(Ordering::Relaxed);
    if !span::is_wanted() || HAS_FOUND_A_SCOPE.load(Ordering::Relaxed) || is_said() {
        return;
    }
    let counted: u64 = ledger
        .tallies()
        .into_iter()
        .filter(|tally| tally.orm == Orm::SeaOrm)
        .map(|tally| tally.count())
        .sum();
    if counted == 0 || IS_SAID.swap(true, Ordering::Relaxed) {
        return;
    }
    let problem = if HAS_HEARD.load(Ordering::Relaxed) {
        "events of sqlx arrive, but none of them in a scope: \
         let the span `perfguard.scope` through the subscriber's filter (`perfguard=info`), \
         and install the layer before the first scope opens"
    } else {
        "no event of sqlx has arrived, although SeaORM has counted statements: \
         leave `ConnectOptions::sqlx_logging` on, \
         and let `sqlx=info` (`sqlx=debug` for connections of sqlx itself) \
         through the subscriber's filter, or give each layer a filter of its own"
    };
    sink::complain(&format!(
        "the layer `perfguard::sqlx` knows no rows: {problem}"
    ));
}
