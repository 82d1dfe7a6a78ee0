//! What a driver of the user's own can tell, and what comes of it.

use std::time::{Duration, Instant};

use perfguard::adapter::{self, Completion, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;
use perfguard::{Limits, Scope, in_current_scope};

use crate::driver::{AUTHOR, POSTS, bind, connect};
use crate::support::{n_plus_one, opaque, rules};

#[test]
fn a_statement_may_be_told_when_it_starts_and_completed_later() {
    let connection = connect();
    let start = Instant::now();
    let ((), report) = observe_sync(|| {
        let recorded = adapter::record(&connection.query(POSTS).started(start));
        let other = adapter::record(&connection.query(AUTHOR).started(start));
        other.complete(Completion::new().rows(1));
        other.complete(Completion::new().ended(start + Duration::from_millis(2)));
        recorded.complete(
            Completion::new()
                .rows(3)
                .ended(start + Duration::from_millis(5)),
        );
    });
    assert_eq!(report.queries(), 2);
    assert_eq!(report.rows(), Some(4));
    assert_eq!(report.elapsed(), Some(Duration::from_millis(7)));
}

#[test]
fn a_time_that_nobody_told_is_unknown() {
    let connection = connect();
    let ((), report) = observe_sync(|| {
        let told = Completion::new().elapsed(Duration::from_millis(1));
        adapter::record(&connection.query(POSTS).completion(told));
        // An end without a beginning.
        adapter::record(&connection.query(AUTHOR))
            .complete(Completion::new().ended(Instant::now()));
    });
    assert_eq!(report.elapsed(), None);
}

#[test]
fn a_transaction_that_ends_on_another_thread_counts_where_it_began() {
    let ((), report) = observe_sync(|| {
        let mut connection = connect();
        connection.begin();
        std::thread::spawn(in_current_scope(move || {
            adapter::record(&connection.query("DELETE FROM t WHERE id = ?"));
            connection.commit();
        }))
        .join()
        .unwrap();
    });
    let transactions = report.transactions().unwrap();
    assert_eq!((transactions.count(), transactions.committed()), (1, 1));
    assert_eq!(transactions.most_statements(), 1);
}

#[test]
fn each_request_of_a_pooled_connection_has_its_own_transactions() {
    let mut connection = connect();
    for statements in 1..=3 {
        let scope = Scope::new("a request");
        scope.in_scope(|| {
            connection.checked_out();
            connection.begin();
            for _ in 0..statements {
                adapter::record(&connection.query("DELETE FROM t WHERE id = ?"));
            }
            connection.commit();
            connection.checked_in();
        });
        let report = scope.close();
        let transactions = report.transactions().unwrap();
        assert_eq!(transactions.count(), 1);
        assert_eq!(transactions.most_statements(), statements);
        assert_eq!(report.connections().unwrap().established(), 0);
        assert_eq!(report.connections().unwrap().most_held(), Some(1));
    }
}

#[test]
fn connections_and_transactions_reach_every_scope_around() {
    let ((), report) = observe_sync(|| {
        let job = Scope::new("a job");
        let connection = job.in_scope(|| {
            let mut connection = connect();
            connection.established(None);
            connection.checked_out();
            connection.begin();
            connection
        });
        let inner = job.close();
        assert_eq!(inner.transactions().unwrap().open(), 1);
        assert_eq!(inner.connections().unwrap().establish_time(), None);
        drop(connection);
    });
    assert_eq!(report.connections().unwrap().established(), 1);
    assert_eq!(report.transactions().unwrap().rolled_back(), 1);
}

#[test]
fn a_read_in_a_new_transaction_is_no_duplicate() {
    let read = |connection: &adapter::Connection| {
        adapter::record(&connection.query(AUTHOR).binds(bind(1)));
    };
    let mut connection = connect();
    let ((), report) = observe_sync(|| {
        connection.begin();
        read(&connection);
        connection.commit();
        connection.begin();
        read(&connection);
        connection.commit();
    });
    assert!(report.findings().is_empty(), "{report}");
    let ((), report) = observe_sync(|| {
        connection.begin();
        read(&connection);
        read(&connection);
        connection.commit();
    });
    assert_eq!(rules(&report), ["duplicate-query"], "{report}");
}

#[test]
fn a_driver_that_tells_connections_sees_the_same_n_plus_one() {
    let mut connection = connect();
    let ((), report) = observe_sync(|| {
        connection.begin();
        for id in 0..opaque(4) {
            adapter::record(&connection.query(AUTHOR).binds(bind(id)));
        }
        connection.commit();
    });
    assert_eq!(n_plus_one(&report).count(), 4);
}

#[perfguard::query_budget(max = 2, hard_max = 2, hard_max_rows = 10)]
fn limited(rows: u64) -> (u64, Option<String>) {
    let connection = connect();
    for sent in 0..10 {
        let sql = || (POSTS.into(), Dialect::Sqlite);
        if let Err(refusal) = adapter::admit(Limits::new(), sql) {
            return (sent, Some(refusal.to_string()));
        }
        let told = Completion::new().rows(rows);
        let query: Query<'_> = connection.query(POSTS).binds(bind(sent));
        adapter::record(&query.completion(told));
    }
    (10, None)
}

#[test]
fn the_attributes_hard_limits_reach_a_guarded_driver() {
    let ((sent, refusal), report) = observe_sync(|| limited(1));
    assert_eq!((sent, report.refused()), (2, 1));
    let refusal = refusal.unwrap();
    assert!(refusal.contains("its hard_max is 2"), "{refusal}");
    assert!(refusal.contains("::limited`"), "{refusal}");

    let ((sent, refusal), report) = observe_sync(|| limited(11));
    assert_eq!((sent, report.refused()), (1, 1));
    assert!(refusal.unwrap().contains("its hard_max_rows is 10"));
}
