//! What a thread counts by itself.
//!
//! A loop that runs one recognised statement again and again would take the
//! lock of its scope each time, only to add one. The scope lends the thread
//! executions instead: it counts them in cells of its own, and they are entered
//! into the scope's book at once, before anything else that this thread does
//! reaches the book, when the scope is no longer its current one, and when it
//! ends here ([`current::settle`](super::current::settle)).

use std::cell::Cell;

use crate::statement::Fingerprint;

/// Executions of one recognised statement that a thread has counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lent {
    pub(crate) count: u64,
    /// Those whose rows are known, and their rows.
    pub(crate) with_rows: u64,
    pub(crate) rows: u64,
    pub(crate) rows_transferred: u64,
}

/// What the thread may count of its current scope.
struct Lease {
    /// How many more; 0 where nothing is lent.
    left: Cell<u64>,
    scope: Cell<u64>,
    fingerprint: Cell<Fingerprint>,
    count: Cell<u64>,
    with_rows: Cell<u64>,
    rows: Cell<u64>,
    rows_transferred: Cell<u64>,
}

thread_local! {
    static LEASE: Lease = const {
        Lease {
            left: Cell::new(0),
            scope: Cell::new(0),
            fingerprint: Cell::new(Fingerprint::NONE),
            count: Cell::new(0),
            with_rows: Cell::new(0),
            rows: Cell::new(0),
            rows_transferred: Cell::new(0),
        }
    };
}

fn add(cell: &Cell<u64>, more: u64) {
    cell.set(cell.get().wrapping_add(more));
}

/// True if anything may be counted: one thread-local read.
#[inline]
pub(crate) fn is_open() -> bool {
    LEASE
        .try_with(|lease| lease.left.get() > 0)
        .unwrap_or(false)
}

/// Counts an execution if it is lent.
#[inline]
pub(crate) fn count(scope: u64, fingerprint: Fingerprint) -> bool {
    LEASE
        .try_with(|lease| {
            let left = lease.left.get();
            let is_lent =
                left > 0 && lease.scope.get() == scope && lease.fingerprint.get() == fingerprint;
            if is_lent {
                lease.left.set(left - 1);
                add(&lease.count, 1);
            }
            is_lent
        })
        .unwrap_or(false)
}

/// Adds the rows of an execution of what is lent; false if they have to be
/// entered elsewhere.
#[inline]
pub(crate) fn returned(scope: u64, fingerprint: Fingerprint, rows: u64, transferred: u64) -> bool {
    LEASE
        .try_with(|lease| {
            let is_lent = lease.scope.get() == scope && lease.fingerprint.get() == fingerprint;
            if is_lent {
                add(&lease.with_rows, 1);
                add(&lease.rows, rows);
                add(&lease.rows_transferred, transferred);
            }
            is_lent
        })
        .unwrap_or(false)
}

/// The most executions that are lent at once: now and then somebody looks
/// whether it is still the same statement.
const MOST: u64 = 4_096;

/// Lends the thread at most so many executions of a statement.
pub(crate) fn lend(scope: u64, fingerprint: Fingerprint, executions: u64) {
    let executions = executions.min(MOST);
    let _ = LEASE.try_with(|lease| {
        lease.scope.set(scope);
        lease.fingerprint.set(fingerprint);
        lease.left.set(executions);
    });
}

/// Ends the lease: what was counted, for which scope and of which statement.
#[inline]
pub(crate) fn take() -> Option<(u64, Fingerprint, Lent)> {
    LEASE
        .try_with(|lease| {
            let scope = lease.scope.replace(0);
            if scope == 0 {
                return None;
            }
            lease.left.set(0);
            let fingerprint = lease.fingerprint.replace(Fingerprint::NONE);
            let lent = Lent {
                count: lease.count.replace(0),
                with_rows: lease.with_rows.replace(0),
                rows: lease.rows.replace(0),
                rows_transferred: lease.rows_transferred.replace(0),
            };
            (lent.count + lent.with_rows > 0).then_some((scope, fingerprint, lent))
        })
        .ok()
        .flatten()
}
