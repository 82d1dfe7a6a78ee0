//! Hard limits: what a guarded connection does not send.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::Error;
use perfguard::diesel::{Guardable, Guarded, refusal};
use perfguard::testing::observe_sync;
use perfguard::{Limits, Scope};

use crate::diesel_databases::{self as databases, User, copied, user, users};
use crate::support::opaque;

/// How many transactions are open; a broken connection is none that works.
fn depth<C: Guardable>(conn: &mut Guarded<C>) -> Option<u32> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    status
        .transaction_depth()
        .unwrap()
        .map(std::num::NonZeroU32::get)
}

/// The rest of what a refusal has to leave alone, on each database.
macro_rules! refused_statements_leave_the_connection_alone {
    ($conn:expr) => {{
        let mut conn = $conn;
        let count = |conn: &mut _| users::table.count().get_result::<i64>(conn).unwrap();

        conn.limits(Limits::new().hard_max(1));
        let (refused, report) = observe_sync(|| {
            conn.transaction(|conn| {
                diesel::delete(users::table).execute(conn)?;
                diesel::insert_into(users::table)
                    .values(user(9))
                    .execute(conn)
            })
        });
        let refused = refused.unwrap_err();
        let why = refusal(&refused).expect("it is a refusal");
        assert!(why.summary().starts_with("INSERT"), "{why}");
        assert_eq!(refused.to_string(), why.to_string());
        assert!(why.to_string().contains("hard_max is 1"), "{why}");
        assert!(!why.to_string().contains("user 9"), "no value: {why}");
        assert_eq!((report.queries(), report.refused()), (1, 1), "{report}");
        assert_eq!(depth(&mut conn), None);
        assert_eq!(
            count(&mut conn),
            5,
            "the closure returned the error: rolled back"
        );
        let (five, report) = observe_sync(|| count(&mut conn));
        assert_eq!(
            (five, report.refused()),
            (5, 0),
            "another scope, another count"
        );

        // A savepoint that is refused something is rolled back alone.
        conn.limits(Limits::new().hard_max(2));
        let (outcome, report) = observe_sync(|| {
            conn.transaction(|conn| {
                diesel::delete(users::table.find(1)).execute(conn)?;
                let inner = conn.transaction(|conn| {
                    diesel::delete(users::table.find(2)).execute(conn)?;
                    diesel::delete(users::table.find(3)).execute(conn)
                });
                assert!(refusal(&inner.unwrap_err()).is_some());
                assert_eq!(depth(conn), Some(1));
                Ok::<_, Error>(())
            })
        });
        outcome.unwrap();
        assert_eq!((report.queries(), report.refused()), (2, 1), "{report}");
        assert_eq!(depth(&mut conn), None);
        assert_eq!(count(&mut conn), 4, "the outer one was committed");

        // A refusal is not the database's: the transaction goes on.
        let (outcome, _) = observe_sync(|| {
            conn.transaction(|conn| {
                diesel::delete(users::table.find(2)).execute(conn)?;
                diesel::delete(users::table.find(3)).execute(conn)?;
                let refused = users::table.load::<User>(conn).unwrap_err();
                assert!(refusal(&refused).is_some());
                let refused = conn.batch_execute("DELETE FROM users").unwrap_err();
                assert!(refusal(&refused).is_some());
                Ok::<_, Error>(())
            })
        });
        outcome.unwrap();
        assert_eq!(count(&mut conn), 2, "what was sent before was committed");

        conn.limits(Limits::new().hard_max_rows(1));
        let (refused, report) = observe_sync(|| {
            assert_eq!(users::table.load::<User>(&mut conn).unwrap().len(), 2);
            users::table.load::<User>(&mut conn).unwrap_err()
        });
        let why = refusal(&refused).expect("it is a refusal").to_string();
        assert!(
            why.contains("has read 2 rows") && why.contains("hard_max_rows is 1"),
            "{why}"
        );
        assert_eq!((report.rows(), report.refused()), (Some(2), 1), "{report}");
    }};
}

#[test]
fn a_refusal_leaves_sqlite_alone() {
    refused_statements_leave_the_connection_alone!(databases::sqlite());
}

#[test]
fn a_refusal_leaves_postgres_alone() {
    let Some(conn) = databases::postgres() else {
        return;
    };
    refused_statements_leave_the_connection_alone!(conn);
}

#[cfg(feature = "mysqlclient")]
#[test]
fn a_refusal_leaves_mysql_alone() {
    let Some(conn) = databases::mysql() else {
        return;
    };
    refused_statements_leave_the_connection_alone!(conn);
}

#[test]
fn a_batch_that_goes_beyond_the_limit_is_not_half_there() {
    let mut conn = databases::sqlite().with_limits(Limits::new().hard_max(3));
    let (refused, report) = observe_sync(|| {
        let batch: Vec<User> = (10..opaque(20)).map(user).collect();
        diesel::insert_into(users::table)
            .values(batch)
            .execute(&mut conn)
    });
    assert!(refusal(&refused.unwrap_err()).is_some());
    assert_eq!(report.refused(), 1);
    assert_eq!(
        users::table.count().get_result::<i64>(&mut conn).unwrap(),
        5
    );
}

#[test]
fn a_saved_row_is_refused_as_well() {
    let mut conn = databases::sqlite().with_limits(Limits::new().hard_max(0));
    let (refused, report) = observe_sync(|| user(1).save_changes::<User>(&mut conn));
    assert!(refusal(&refused.unwrap_err()).is_some());
    assert_eq!((report.queries(), report.refused()), (0, 1), "{report}");
}

#[test]
fn a_copy_is_refused_before_it_begins() {
    use diesel::ExecuteCopyFromDsl;
    let Some(conn) = databases::postgres() else {
        return;
    };
    let mut conn = conn.with_limits(Limits::new().hard_max(0));
    let (refused, report) = observe_sync(|| {
        diesel::copy_from(users::table)
            .from_insertable(&[copied(20)])
            .execute(&mut conn)
    });
    assert!(refusal(&refused.unwrap_err()).is_some());
    assert_eq!((report.queries(), report.refused()), (0, 1), "{report}");
    assert_eq!(
        users::table.count().get_result::<i64>(&mut conn).unwrap(),
        5
    );
}

#[test]
fn limits_hold_in_a_scope_only() {
    let mut conn = databases::sqlite().with_limits(Limits::new().hard_max(0));
    assert_eq!(users::table.load::<User>(&mut conn).unwrap().len(), 5);
}

#[test]
fn a_connection_that_is_not_guarded_refuses_nothing() {
    let mut conn = databases::sqlite().with_limits(Limits::new().hard_max(0));
    let (all, report) = observe_sync(|| users::table.load::<User>(&mut *conn).unwrap());
    assert_eq!(all.len(), 5);
    assert_eq!(report.refused(), 0);
}

#[test]
fn other_errors_are_no_refusals() {
    let mut conn = databases::sqlite();
    let error = conn.batch_execute("SELEKT").unwrap_err();
    assert!(refusal(&error).is_none());
    assert!(refusal(&Error::QueryBuilderError("of another kind".into())).is_none());
    assert!(refusal(&Error::NotFound).is_none());
}

#[test]
fn an_empty_update_stays_diesels_error() {
    #[derive(AsChangeset)]
    #[diesel(table_name = users)]
    struct Nothing {
        name: Option<String>,
    }
    let mut conn = databases::sqlite().with_limits(Limits::new().hard_max(0));
    let scope = Scope::new("an update of nothing");
    let error = scope.in_scope(|| {
        diesel::update(users::table)
            .set(Nothing { name: None })
            .execute(&mut conn)
            .unwrap_err()
    });
    let report = scope.close();
    assert!(matches!(error, Error::QueryBuilderError(_)), "{error:?}");
    assert_eq!(report.queries(), 0);
}

#[perfguard::query_budget(max = 2, hard_max = 2)]
fn find_all(conn: &mut Guarded<SqliteConnection>, ids: &[i32]) -> usize {
    let found = ids
        .iter()
        .map(|id| users::table.find(*id).first::<User>(conn));
    found.filter(Result::is_ok).count()
}

#[test]
fn what_was_refused_was_wanted_and_is_said_though_the_error_is_not() {
    let mut conn = databases::sqlite();
    let (found, report) = observe_sync(|| find_all(&mut conn, &[1, 2, 3, 4]));
    assert_eq!((found, report.queries(), report.refused()), (2, 2, 2));
    let text = report.to_string();
    let said = "query-budget: 4 statements, at most 2 allowed; 2 refused before they were sent";
    assert!(text.contains(said), "{text}");
}
