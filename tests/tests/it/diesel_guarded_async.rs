//! A guarded connection of diesel-async.

use diesel::prelude::{ExpressionMethods, QueryDsl};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8, deadpool};
use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl,
    SimpleAsyncConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use futures::{FutureExt, StreamExt, TryStreamExt};
use perfguard::diesel::{GuardedAsync, refusal};
use perfguard::testing::{observe, observe_sync};
use perfguard::{Limits, Report};
use perfguard_tests::servers::Backend;

use crate::diesel_databases::{ROWS, TABLE, User, user, users};
use crate::support::{assert_at, line_of, n_plus_one, opaque};

type GuardedPg = GuardedAsync<AsyncPgConnection>;
type GuardedMysql = GuardedAsync<AsyncMysqlConnection>;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("fixtures/migrations");

async fn filled<C: SimpleAsyncConnection>(mut connection: C) -> C {
    connection.batch_execute(TABLE).await.unwrap();
    connection.batch_execute(ROWS).await.unwrap();
    connection
}

async fn postgres() -> Option<GuardedPg> {
    let url = Backend::Postgres.server()?;
    Some(filled(GuardedPg::establish(&url).await.unwrap()).await)
}

async fn mysql() -> Option<GuardedMysql> {
    let url = Backend::MySql.server()?;
    Some(filled(GuardedMysql::establish(&url).await.unwrap()).await)
}

/// Rows taken and changed.
fn rows(report: &Report) -> (Option<u64>, Option<u64>) {
    (report.rows(), report.rows_affected())
}

macro_rules! every_line {
    ($conn:expr) => {{
        let conn = $conn;
        let (_, report) = observe(async { users::table.load::<User>(conn).await }).await;
        assert_eq!(rows(&report), (Some(5), Some(0)), "{report}");
        let (_, report) = observe(async { users::table.find(2).first::<User>(conn).await }).await;
        assert_eq!(rows(&report), (Some(1), Some(0)), "{report}");
        let (count, report) =
            observe(async { users::table.count().get_result::<i64>(conn).await }).await;
        assert_eq!((count.unwrap(), report.rows()), (5, Some(1)), "{report}");
        let (changed, report) = observe(async {
            diesel::update(users::table.filter(users::id.le(3)))
                .set(users::age.eq(1))
                .execute(conn)
                .await
        })
        .await;
        assert_eq!(changed.unwrap(), 3);
        assert_eq!(rows(&report), (Some(0), Some(3)), "{report}");
        let (failed, report) = observe(async {
            diesel::sql_query("SELECT * FROM no_such_table")
                .load::<User>(conn)
                .await
        })
        .await;
        assert!(failed.is_err());
        assert_eq!((report.queries(), report.rows()), (1, Some(0)), "{report}");
        let (none, report) =
            observe(async { users::table.find(99).first::<User>(conn).await }).await;
        assert!(none.is_err());
        assert_eq!(report.rows(), Some(0), "{report}");

        let (taken, report) = observe(async {
            let stream = users::table.load_stream::<User>(conn).await.unwrap();
            stream.take(2).try_collect::<Vec<_>>().await.unwrap().len()
        })
        .await;
        assert_eq!(
            (taken, report.rows()),
            (2, Some(2)),
            "dropped early: {report}"
        );

        let (gone, report) = observe(async {
            conn.transaction(async |conn| {
                diesel::delete(users::table.find(5)).execute(conn).await?;
                conn.transaction(async |conn| {
                    diesel::insert_into(users::table)
                        .values(user(6))
                        .execute(conn)
                        .await
                })
                .await?;
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .await
        })
        .await;
        assert!(gone.is_err());
        assert_eq!(
            (report.queries(), report.rows_affected()),
            (2, Some(2)),
            "{report}"
        );
        let left: i64 = users::table.count().get_result(conn).await.unwrap();
        assert_eq!(left, 5);

        // Started, and dropped before the database heard of it or answered.
        let ((), report) = observe(async { drop(users::table.load::<User>(conn)) }).await;
        assert_eq!((report.queries(), report.rows()), (1, None), "{report}");
        let all: Vec<User> = users::table.load(conn).await.unwrap();
        assert_eq!(all.len(), 5);
    }};
}

#[tokio::test]
async fn every_line_works_on_postgres() {
    let Some(mut conn) = postgres().await else {
        return;
    };
    every_line!(&mut conn);
    let (_, report) = observe(async {
        let cancelled = users::table.load::<User>(&mut conn).now_or_never();
        assert!(cancelled.is_none(), "the server has not answered yet");
    })
    .await;
    assert_eq!((report.queries(), report.rows()), (1, None), "{report}");
    let all: Vec<User> = users::table.load(&mut conn).await.unwrap();
    assert_eq!(
        all.len(),
        5,
        "a cancelled statement leaves the connection usable"
    );
    let (affected, report) = observe(async {
        diesel::insert_into(users::table)
            .values([user(6), user(7)])
            .returning(users::id)
            .get_results::<i32>(&mut conn)
            .await
    })
    .await;
    assert_eq!(affected.unwrap(), [6, 7]);
    assert_eq!(report.rows_affected(), Some(2), "{report}");
}

#[tokio::test]
async fn every_line_works_on_mysql() {
    let Some(mut conn) = mysql().await else {
        return;
    };
    every_line!(&mut conn);
}

macro_rules! limits_hold {
    ($conn:expr) => {{
        let conn = $conn;
        conn.limits(Limits::new().hard_max(1));
        let (refused, report) = observe(async {
            conn.transaction(async |conn| {
                diesel::delete(users::table).execute(conn).await?;
                let refused = users::table.load::<User>(conn).await;
                assert!(refusal(&refused.unwrap_err()).is_some());
                diesel::insert_into(users::table)
                    .values(user(9))
                    .execute(conn)
                    .await
            })
            .await
        })
        .await;
        let refused = refused.unwrap_err();
        assert!(refusal(&refused).unwrap().summary().starts_with("INSERT"));
        assert_eq!((report.queries(), report.refused()), (1, 2), "{report}");
        let (left, report) =
            observe(async { users::table.count().get_result::<i64>(conn).await }).await;
        assert_eq!(
            (left.unwrap(), report.refused()),
            (5, 0),
            "rolled back: {report}"
        );
        let (committed, _) = observe(async {
            conn.transaction(async |conn| {
                diesel::delete(users::table.find(1)).execute(conn).await?;
                let refused = conn.batch_execute("DELETE FROM users").await;
                assert!(refusal(&refused.unwrap_err()).is_some());
                Ok::<_, diesel::result::Error>(())
            })
            .await
        })
        .await;
        committed.unwrap();
        let left: i64 = users::table.count().get_result(conn).await.unwrap();
        assert_eq!(left, 4, "a refusal does not end the transaction");
    }};
}

#[tokio::test]
async fn limits_hold_on_postgres() {
    let Some(mut conn) = postgres().await else {
        return;
    };
    limits_hold!(&mut conn);
}

#[tokio::test]
async fn limits_hold_on_mysql() {
    let Some(mut conn) = mysql().await else {
        return;
    };
    limits_hold!(&mut conn);
}

#[tokio::test]
async fn a_loop_is_one_place_with_the_rows_that_explain_it() {
    let Some(mut conn) = postgres().await else {
        return;
    };
    let ((), report) = observe(async {
        let list: Vec<i32> = users::table
            .select(users::id)
            .limit(20)
            .load(&mut conn)
            .await
            .unwrap();
        for id in opaque(list) {
            let _: User = users::table
                .find(id)
                .first(&mut conn) // the query of the loop
                .await
                .unwrap();
        }
    })
    .await;
    let finding = n_plus_one(&report);
    assert_eq!(finding.count(), 5);
    assert_eq!(
        finding.source().and_then(|source| source.rows()),
        Some(5),
        "{report}"
    );
    assert_at(
        finding,
        file!(),
        line_of(
            include_str!("diesel_guarded_async.rs"),
            "// the query of the loop",
        ),
    );
}

#[tokio::test]
async fn pipelined_statements_are_told_apart() {
    let Some(conn) = postgres().await else { return };
    let conn = conn.with_limits(Limits::new().hard_max(3));
    let ((all, some, changed), report) = observe(async {
        futures::try_join!(
            users::table.load::<User>(&mut &conn),
            users::table
                .filter(users::id.le(2))
                .load::<User>(&mut &conn),
            diesel::update(users::table.find(1))
                .set(users::age.eq(7))
                .execute(&mut &conn),
        )
        .unwrap()
    })
    .await;
    assert_eq!((all.len(), some.len(), changed), (5, 2, 1));
    assert_eq!(report.queries(), 3, "{report}");
    assert_eq!(rows(&report), (Some(7), Some(1)), "{report}");
}

#[tokio::test]
async fn pools_take_a_guarded_connection() {
    let Some(url) = Backend::Postgres.server() else {
        return;
    };
    let manager = || AsyncDieselConnectionManager::<GuardedPg>::new(&url);

    let pool = deadpool::Pool::builder(manager())
        .max_size(1)
        .build()
        .unwrap();
    drop(filled(pool.get().await.unwrap()).await);
    let (all, report) = observe(async {
        let mut conn = pool.get().await.unwrap();
        users::table.load::<User>(&mut conn).await.unwrap()
    })
    .await;
    assert_eq!(all.len(), 5);
    assert_eq!(report.queries(), 1, "a ping is no query: {report}");
    assert_eq!(report.rows(), Some(5), "{report}");

    let pool = bb8::Pool::builder()
        .max_size(1)
        .build(manager())
        .await
        .unwrap();
    drop(filled(pool.get().await.unwrap()).await);
    let (all, report) = observe(async {
        let mut conn = pool.get().await.unwrap();
        users::table.load::<User>(&mut conn).await.unwrap()
    })
    .await;
    assert_eq!(all.len(), 5);
    assert_eq!((report.queries(), report.rows()), (1, Some(5)), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_on_a_guarded_connection() {
    let Some(mut conn) = postgres().await else {
        return;
    };
    // All tables of this test are the connection's own.
    conn.batch_execute("SET search_path TO pg_temp")
        .await
        .unwrap();
    let mut harness = AsyncMigrationHarness::new(conn);
    harness.run_pending_migrations(MIGRATIONS).unwrap();
    let mut conn = harness.into_inner();
    conn.batch_execute("INSERT INTO members VALUES (1, 'a')")
        .await
        .unwrap();
    let mut harness = AsyncMigrationHarness::new(conn);
    harness.revert_last_migration(MIGRATIONS).unwrap();
}

#[test]
fn sync_code_runs_on_a_guarded_connection() {
    type Wrapped = AsyncConnectionWrapper<GuardedPg>;
    let Some(url) = Backend::Postgres.server() else {
        return;
    };
    let conn = <Wrapped as diesel::Connection>::establish(&url).unwrap();
    let mut conn = crate::diesel_databases::filled(conn);
    let (all, report) =
        observe_sync(|| diesel::RunQueryDsl::load::<User>(users::table, &mut conn).unwrap());
    assert_eq!(all.len(), 5);
    assert_eq!((report.queries(), report.rows()), (1, Some(5)), "{report}");
}

#[test]
fn futures_and_streams_go_where_diesel_asyncs_go() {
    fn is_send<T: Send>(_: &T) {}
    fn check(conn: &mut GuardedPg) {
        is_send(&users::table.load::<User>(conn));
        is_send(&users::table.load_stream::<User>(conn));
        is_send(&diesel::delete(users::table).execute(conn));
        is_send(&conn.batch_execute("SELECT 1"));
    }
    let _: fn(&mut GuardedPg) = check;
}
