//! What a thread counts by itself.
//!
//! A loop that runs one recognised statement again and again would take the
//! lock of its scope each time, only to add one. The scope lends the thread
//! executions instead: it counts them in cells of its own, and they are entered
//! into the scope's book at once, before anything else that this thread does
//! reaches the book, when the scope is no longer its current one, and when it
//! ends here ([`current::settle`](super::current::settle)).

use std::cell::Cell;

use crate::ledger::Run;
use crate::statement::Fingerprint;

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

/// True if anything was lent and is not back: one thread-local read.
#[inline]
pub(crate) fn is_held() -> bool {
    LEASE
        .try_with(|lease| lease.scope.get() != 0)
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
pub(crate) fn take() -> Option<(u64, Fingerprint, Run)> {
    LEASE
        .try_with(|lease| {
            let scope = lease.scope.replace(0);
            if scope == 0 {
                return None;
            }
            lease.left.set(0);
            let fingerprint = lease.fingerprint.replace(Fingerprint::NONE);
            let run = Run {
                count: lease.count.replace(0),
                with_rows: lease.with_rows.replace(0),
                rows: lease.rows.replace(0),
                rows_transferred: lease.rows_transferred.replace(0),
                ..Run::default()
            };
            (!run.is_empty()).then_some((scope, fingerprint, run))
        })
        .ok()
        .flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use crate::adapter::{self, Adapter, Connection, Glance, Query};
    use crate::scope::{Scope, State};
    use crate::statement::{Dialect, Interner, Statement};

    static ADAPTER: Adapter = Adapter::new("the lease's tests");
    const READ: &str = "SELECT a FROM lent WHERE id = ?";
    const OTHER: &str = "SELECT b FROM lent WHERE id = ?";

    static STATEMENTS: LazyLock<[Arc<Statement>; 2]> =
        LazyLock::new(|| [READ, OTHER].map(|sql| Interner::new().intern(sql, Dialect::Sqlite)));

    /// Runs statements as an adapter that recognises them does.
    struct Driver {
        connection: Connection,
        last: Option<adapter::Glanced>,
    }

    impl Driver {
        fn new() -> Self {
            Self {
                connection: ADAPTER.connect(Dialect::Sqlite),
                last: None,
            }
        }

        /// Runs the same statement again; returns so many rows.
        fn read(&mut self, sql: &'static str, rows: u64) {
            let again = self.last.filter(adapter::Glanced::again);
            let known = STATEMENTS
                .iter()
                .find(|it| it.text().starts_with(&sql.to_lowercase()[..9]));
            let glance = || adapter::glance(&self.connection, || known);
            let glance = again.map_or_else(glance, Glance::Counted);
            self.last = None;
            match glance {
                Glance::Counted(glanced) => {
                    glanced.returned(rows, None);
                    self.last = Some(glanced);
                }
                Glance::Look => {
                    let recorded = adapter::record(&self.connection.query(sql));
                    recorded.complete(adapter::Completion::new().rows(rows));
                }
                Glance::Unattributed => {}
            }
        }

        fn read_often(&mut self, times: u64) {
            (0..times).for_each(|_| self.read(READ, 2));
        }
    }

    fn scope() -> Scope {
        Scope::of(State::open_in_production())
    }

    #[test]
    fn nothing_that_was_lent_is_lost() {
        let scope = scope();
        let mut driver = Driver::new();
        scope.in_scope(|| driver.read_often(1_000));
        scope.in_scope(|| {
            driver.last = None;
            driver.read_often(500);
            driver.read(OTHER, 7);
            driver.last = None;
            driver.read_often(500);
        });
        let report = scope.close();
        assert_eq!(report.queries(), 2_001);
        assert_eq!(report.rows(), Some(2 * 2_000 + 7));
    }

    #[test]
    fn a_scope_that_is_closed_while_it_is_current_has_all() {
        let scope = scope();
        let entered = scope.enter();
        Driver::new().read_often(100);
        let report = scope.clone().close();
        assert_eq!(report.queries(), 100);
        drop(entered);
    }

    #[test]
    fn a_scope_inside_takes_nothing_of_what_the_outer_one_has_lent() {
        let outer = scope();
        let mut driver = Driver::new();
        outer.in_scope(|| {
            driver.read_often(100);
            let inner = Scope::new("inner");
            inner.in_scope(|| driver.read_often(10));
            assert_eq!(inner.close().queries(), 10);
            driver.read_often(100);
        });
        assert_eq!(outer.close().queries(), 210);
    }

    #[test]
    fn what_is_lent_by_a_scope_that_ends_elsewhere_is_unattributed() {
        let scope = scope();
        let before = adapter::unattributed();
        scope.in_scope(|| {
            Driver::new().read_often(100);
            let scope = scope.clone();
            let report = std::thread::spawn(|| scope.close()).join();
            // Those that this thread has entered until then.
            let entered = report.map_or(0, |report| report.queries());
            assert!((1..=100).contains(&entered), "{entered}");
            super::super::current::settle();
            assert!(adapter::unattributed() - before >= 100 - entered);
        });
    }

    #[test]
    fn a_transaction_knows_all_its_statements() {
        let scope = scope();
        let mut driver = Driver::new();
        scope.in_scope(|| {
            driver.read_often(50);
            driver.last = None;
            driver.connection.begin();
            driver.read_often(50);
            driver.connection.commit();
            driver.last = None;
            driver.read_often(50);
        });
        let report = scope.close();
        assert_eq!(report.queries(), 150);
        let transactions = report.transactions().unwrap_or_default();
        assert_eq!(transactions.most_statements(), 50);
    }

    #[test]
    fn what_is_recorded_by_text_is_counted_once() {
        let scope = scope();
        scope.in_scope(|| {
            for _ in 0..100 {
                let query = Query::new(READ, Dialect::Sqlite);
                let recorded = adapter::record_with(&query, || adapter::Binds::None);
                recorded.complete(adapter::Completion::new().rows(3));
            }
        });
        let report = scope.close();
        assert_eq!((report.queries(), report.rows()), (100, Some(300)));
    }
}
