//! What is known of the whole process, and of the metrics themselves.

use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Unit, counter, describe_counter, describe_histogram};
use perfguard_core::{adapter, sink};

use crate::names;

/// The recorder that knows what the metrics are, by its address: an
/// application may install one after it has made its settings, and until then
/// the facade answers with one that forgets.
static DESCRIBED_TO: AtomicUsize = AtomicUsize::new(0);

/// Tells the recorder what the whole process has counted: statements in no
/// scope, and internal errors.
///
/// [`Metrics`](crate::Metrics) does so when it is made and when scopes end, at
/// most once a second. Statements in no scope may run while no scope ends, or
/// in a process that has none: call this before each scrape, or in a task of the
/// application's own every few seconds. It may be called at any time, from any
/// thread, also without a [`Metrics`](crate::Metrics).
pub fn refresh() {
    describe_to_new();
    count();
}

/// What changes while no scope ends. Absolute values: whoever tells them again
/// adds nothing.
pub(crate) fn count() {
    counter!(names::UNATTRIBUTED_QUERIES).absolute(adapter::unattributed());
    counter!(names::INTERNAL_ERRORS).absolute(sink::internal_errors());
}

/// Tells a recorder what the metrics are, if it is not the one that was told
/// last; true if it is not.
pub(crate) fn describe_to_new() -> bool {
    let is_new = DESCRIBED_TO.load(Ordering::Relaxed) != recorder();
    if is_new {
        describe();
    }
    is_new
}

fn recorder() -> usize {
    metrics::with_recorder(|recorder| std::ptr::from_ref(recorder).addr())
}

/// Tells the recorder what the metrics are. Again is as good as once, if it is
/// not done all the time: an exporter may keep a note of each.
pub(crate) fn describe() {
    // Only a hint: two threads may both describe.
    DESCRIBED_TO.store(recorder(), Ordering::Relaxed);
    describe_histogram!(
        names::SCOPE_QUERIES,
        Unit::Count,
        "Statements of an outermost scope, in the scopes inside it too"
    );
    describe_histogram!(
        names::SCOPE_ROWS,
        Unit::Count,
        "Rows that the reads of an outermost scope returned; scopes where any are unknown are left out"
    );
    describe_histogram!(
        names::SCOPE_DB_TIME,
        Unit::Seconds,
        "Time that the statements of an outermost scope took, all together; scopes where any is unknown are left out"
    );
    describe_counter!(
        names::FINDINGS,
        Unit::Count,
        "Findings: budgets that were broken, and what else the rules found"
    );
    describe_counter!(
        names::DETAILS_DROPPED,
        Unit::Count,
        "Statements that were counted and of which no more is known, because the scope had too many different ones"
    );
    describe_counter!(
        names::UNATTRIBUTED_QUERIES,
        Unit::Count,
        "Statements that ran in no scope"
    );
    describe_counter!(
        names::INTERNAL_ERRORS,
        Unit::Count,
        "What went wrong in perfguard itself, or in a sink or subscriber that it called, and was kept from the application"
    );
}
