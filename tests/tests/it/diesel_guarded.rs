//! A guarded connection goes where the connection went, and knows its rows.

use diesel::connection::{
    DefaultLoadingMode, Instrumentation, InstrumentationEvent, SimpleConnection,
};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use perfguard::Report;
use perfguard::diesel::Guarded;
use perfguard::testing::observe_sync;
use perfguard_tests::diesel_blog;
use perfguard_tests::servers::Backend;

use crate::diesel_databases::{self as databases, ROWS, TABLE, User, copied, user, users};
use crate::support::{n_plus_one, opaque};

type GuardedSqlite = Guarded<SqliteConnection>;
type GuardedPg = Guarded<PgConnection>;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("fixtures/migrations");

/// What an application writes on a connection, for all databases.
macro_rules! every_line {
    ($conn:expr) => {{
        let conn = $conn;
        let all: Vec<User> = users::table.load(conn).unwrap();
        assert_eq!(all.len(), 5);
        let first: User = users::table.order(users::id).first(conn).unwrap();
        assert_eq!(first.id, 1);
        let one: User = users::table.find(2).get_result(conn).unwrap();
        assert_eq!(one.name, "b");
        let named: Vec<String> = users::table.select(users::name).get_results(conn).unwrap();
        assert_eq!(named.len(), 5);
        let count: i64 = users::table.count().get_result(conn).unwrap();
        assert_eq!(count, 5);
        let selected: Vec<User> = users::table.select(User::as_select()).load(conn).unwrap();
        assert_eq!(selected, all);
        let mut boxed = users::table.into_boxed();
        boxed = boxed.filter(users::id.gt(3));
        assert_eq!(boxed.load::<User>(conn).unwrap().len(), 2);
        let ids: QueryResult<Vec<User>> = users::table
            .load_iter::<User, DefaultLoadingMode>(conn)
            .unwrap()
            .collect();
        assert_eq!(ids.unwrap().len(), 5);
        let raw: Vec<User> = diesel::sql_query("SELECT * FROM users").load(conn).unwrap();
        assert_eq!(raw.len(), 5);
        let none = users::table.find(99).first::<User>(conn).optional();
        assert!(none.unwrap().is_none());

        let inserted = diesel::insert_into(users::table)
            .values(user(6))
            .execute(conn);
        assert_eq!(inserted.unwrap(), 1);
        let batch = diesel::insert_into(users::table)
            .values(vec![user(7), user(8)])
            .execute(conn);
        assert_eq!(batch.unwrap(), 2);
        let updated = diesel::update(users::table.filter(users::id.gt(5)))
            .set(users::age.eq(None::<i32>))
            .execute(conn);
        assert_eq!(updated.unwrap(), 3);
        let deleted = diesel::delete(users::table.filter(users::id.eq(8))).execute(conn);
        assert_eq!(deleted.unwrap(), 1);
        let saved: User = user(7).save_changes(conn).unwrap();
        assert_eq!(saved, user(7));

        conn.transaction(|conn| {
            diesel::delete(users::table.find(7)).execute(conn)?;
            conn.transaction(|conn| diesel::delete(users::table.find(6)).execute(conn))
        })
        .unwrap();
        conn.test_transaction(|conn| diesel::delete(users::table).execute(conn));
        let left: i64 = users::table.count().get_result(conn).unwrap();
        assert_eq!(left, 5);
        conn.batch_execute("DELETE FROM users WHERE id > 50")
            .unwrap();
    }};
}

/// What Diesel has for SQLite and PostgreSQL only.
macro_rules! every_line_with_returning {
    ($conn:expr) => {{
        let conn = $conn;
        let upserted = diesel::insert_into(users::table)
            .values(user(1))
            .on_conflict(users::id)
            .do_update()
            .set(users::name.eq("again"))
            .execute(conn);
        assert_eq!(upserted.unwrap(), 1);
        let inserted: User = diesel::insert_into(users::table)
            .values(user(9))
            .returning(User::as_returning())
            .get_result(conn)
            .unwrap();
        assert_eq!(inserted, user(9));
        let changed: Vec<i32> = diesel::update(users::table.filter(users::id.ge(5)))
            .set(users::age.eq(1))
            .returning(users::id)
            .get_results(conn)
            .unwrap();
        assert_eq!(changed.len(), 2);
        let removed: Option<i32> = diesel::delete(users::table.find(9))
            .returning(users::id)
            .get_result(conn)
            .optional()
            .unwrap();
        assert_eq!(removed, Some(9));
    }};
}

/// What only PostgreSQL has.
macro_rules! every_line_of_postgres {
    ($conn:expr) => {{
        use diesel::ExecuteCopyFromDsl;
        use diesel::pg::PgRowByRowLoadingMode;

        let conn = $conn;
        let copied = diesel::copy_from(users::table)
            .from_insertable(&[copied(20), copied(21)])
            .execute(conn);
        assert_eq!(copied.unwrap(), 2);
        let ids: QueryResult<Vec<i32>> = users::table
            .filter(users::id.ge(20))
            .select(users::id)
            .load_iter::<i32, PgRowByRowLoadingMode>(conn)
            .unwrap()
            .collect();
        assert_eq!(ids.unwrap(), [20, 21]);
        let listed: Vec<User> = users::table
            .filter(users::id.eq_any([20, 21]))
            .load(conn)
            .unwrap();
        assert_eq!(listed.len(), 2);
        diesel::delete(users::table.filter(users::id.ge(20)))
            .execute(conn)
            .unwrap();
    }};
}

type Pooled<C> = PooledConnection<ConnectionManager<Guarded<C>>>;

fn pooled<C>(url: &str) -> Pooled<C>
where
    C: diesel::r2d2::R2D2Connection + perfguard::diesel::Guardable + 'static,
{
    let manager = ConnectionManager::<Guarded<C>>::new(url);
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    databases::filled(pool.get().unwrap())
}

#[test]
fn every_line_works_on_sqlite() {
    every_line!(&mut databases::sqlite());
    every_line_with_returning!(&mut databases::sqlite());
    every_line!(&mut pooled::<SqliteConnection>(":memory:"));
    every_line_with_returning!(&mut pooled::<SqliteConnection>(":memory:"));
}

#[test]
fn every_line_works_on_postgres() {
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    every_line!(&mut conn);
    every_line_with_returning!(&mut conn);
    every_line_of_postgres!(&mut conn);
    let read = conn
        .build_transaction()
        .read_only()
        .serializable()
        .run(|conn| {
            let _: &mut GuardedPg = conn;
            users::table.count().get_result::<i64>(conn)
        });
    assert_eq!(read.unwrap(), 5);
    assert_eq!(conn.notifications_iter().count(), 0);
    let url = Backend::Postgres.server().unwrap();
    every_line!(&mut pooled::<PgConnection>(&url));
    every_line_with_returning!(&mut pooled::<PgConnection>(&url));
    every_line_of_postgres!(&mut pooled::<PgConnection>(&url));
}

#[cfg(feature = "mysqlclient")]
#[test]
fn every_line_works_on_mysql() {
    let Some(mut conn) = databases::mysql() else {
        return;
    };
    every_line!(&mut conn);
    let url = Backend::MySql.server().unwrap();
    every_line!(&mut pooled::<MysqlConnection>(&url));
}

#[test]
fn transactions_of_sqlite_hand_the_guarded_connection_on() {
    let mut conn = databases::sqlite();
    let (counts, report) = observe_sync(|| {
        let count = |conn: &mut GuardedSqlite| users::table.count().get_result::<i64>(conn);
        let immediate = conn.immediate_transaction(count).unwrap();
        let exclusive = conn.exclusive_transaction(count).unwrap();
        let refused = conn.immediate_transaction(|conn| {
            diesel::delete(users::table).execute(conn)?;
            Err::<i64, _>(diesel::result::Error::RollbackTransaction)
        });
        assert!(refused.is_err());
        (immediate, exclusive, count(&mut conn).unwrap())
    });
    assert_eq!(counts, (5, 5, 5));
    assert_eq!(report.rows(), Some(3), "{report}");
    assert_eq!(report.rows_affected(), Some(5), "{report}");
}

#[test]
fn what_is_sqlites_own_is_reached_through_the_guarded_connection() {
    fn helper(conn: &mut SqliteConnection) -> i64 {
        users::table.count().get_result(conn).unwrap()
    }
    let mut conn = databases::sqlite();
    assert!(!conn.serialize_database_to_buffer().is_empty());
    let (count, report) = observe_sync(|| helper(&mut conn));
    assert_eq!(count, 5);
    assert_eq!(report.queries(), 1);
    assert_eq!(report.rows(), None, "it ran on the connection inside");
}

#[test]
fn migrations_run_on_a_guarded_connection() {
    let mut conn = GuardedSqlite::establish(":memory:").unwrap();
    assert!(conn.has_pending_migration(MIGRATIONS).unwrap());
    conn.run_pending_migrations(MIGRATIONS).unwrap();
    conn.batch_execute("INSERT INTO members VALUES (1, 'a')")
        .unwrap();
    conn.revert_last_migration(MIGRATIONS).unwrap();
    assert!(
        conn.batch_execute("INSERT INTO members VALUES (1, 'a')")
            .is_err()
    );
}

#[derive(diesel::MultiConnection)]
enum Either {
    Pg(GuardedPg),
    Sqlite(GuardedSqlite),
}

#[test]
fn one_of_several_databases_may_be_guarded() {
    let mut connections = vec![Either::Sqlite(databases::sqlite())];
    connections.extend(databases::postgres().map(Either::Pg));
    for mut conn in connections {
        let (all, report) = observe_sync(|| {
            let all: Vec<User> = users::table.load(&mut conn).unwrap();
            conn.transaction(|conn| diesel::delete(users::table.find(1)).execute(conn))
                .unwrap();
            all
        });
        assert_eq!(all.len(), 5);
        assert_eq!(report.queries(), 2);
        assert_eq!(report.rows(), Some(5), "{report}");
        assert_eq!(report.rows_affected(), Some(1), "{report}");
    }
}

/// Rows taken, sent and changed.
fn rows(report: &Report) -> (Option<u64>, Option<u64>, Option<u64>) {
    (
        report.rows(),
        report.rows_transferred(),
        report.rows_affected(),
    )
}

/// What a guarded connection makes of each of these, and how many rows the
/// database sends where it sends more than are taken.
macro_rules! rows_of_each_call {
    ($conn:expr, sends_all: $sends_all:expr) => {{
        let conn = $conn;
        let sent = |taken: u64| if $sends_all { Some(5) } else { Some(taken) };
        let (_, report) = observe_sync(|| users::table.load::<User>(conn).unwrap());
        assert_eq!(rows(&report), (Some(5), Some(5), Some(0)), "{report}");
        let (_, report) = observe_sync(|| users::table.first::<User>(conn).unwrap());
        assert_eq!(rows(&report), (Some(1), Some(1), Some(0)), "{report}");
        let (_, report) = observe_sync(|| users::table.get_result::<User>(conn).unwrap());
        assert_eq!(rows(&report), (Some(1), sent(1), Some(0)), "{report}");
        let (_, report) = observe_sync(|| {
            let few: Vec<_> = users::table
                .load_iter::<User, DefaultLoadingMode>(conn)
                .unwrap()
                .take(2)
                .collect();
            few.len()
        });
        assert_eq!(
            rows(&report),
            (Some(2), sent(2), Some(0)),
            "dropped early: {report}"
        );
        let (_, report) =
            observe_sync(|| drop(users::table.load_iter::<User, DefaultLoadingMode>(conn)));
        assert_eq!(
            rows(&report),
            (Some(0), sent(0), Some(0)),
            "not begun: {report}"
        );
        let (_, report) = observe_sync(|| users::table.find(99).first::<User>(conn).is_err());
        assert_eq!(rows(&report), (Some(0), Some(0), Some(0)), "{report}");
        let (failed, report) =
            observe_sync(|| diesel::sql_query("SELECT * FROM no_such_table").load::<User>(conn));
        assert!(failed.is_err());
        assert_eq!(report.queries(), 1);
        assert_eq!(rows(&report), (Some(0), Some(0), Some(0)), "{report}");
        let (_, report) = observe_sync(|| {
            diesel::update(users::table.filter(users::id.le(3)))
                .set(users::age.eq(1))
                .execute(conn)
                .unwrap()
        });
        assert_eq!(rows(&report), (Some(0), Some(0), Some(3)), "{report}");
        let (_, report) = observe_sync(|| {
            for id in 10..opaque(13) {
                diesel::insert_into(users::table)
                    .values(user(id))
                    .execute(conn)
                    .unwrap();
            }
            diesel::delete(users::table.filter(users::id.ge(10)))
                .execute(conn)
                .unwrap()
        });
        assert_eq!(report.queries(), 4, "{report}");
        assert_eq!(rows(&report), (Some(0), Some(0), Some(6)), "{report}");
    }};
}

macro_rules! rows_of_returning {
    ($conn:expr) => {{
        let conn = $conn;
        let (_, report) = observe_sync(|| {
            diesel::update(users::table.filter(users::id.le(3)))
                .set(users::age.eq(1))
                .returning(users::id)
                .get_results::<i32>(conn)
                .unwrap()
        });
        assert_eq!(rows(&report), (Some(0), Some(0), Some(3)), "{report}");
        let (_, report) = observe_sync(|| {
            diesel::delete(users::table.find(99))
                .returning(users::id)
                .get_result::<i32>(conn)
                .is_err()
        });
        assert_eq!(report.rows_affected(), Some(0), "{report}");
    }};
}

#[test]
fn rows_are_known_on_sqlite() {
    rows_of_each_call!(&mut databases::sqlite(), sends_all: false);
    rows_of_returning!(&mut databases::sqlite());
}

#[test]
fn rows_are_known_on_postgres() {
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    rows_of_each_call!(&mut conn, sends_all: true);
    rows_of_returning!(&mut conn);
}

#[cfg(feature = "mysqlclient")]
#[test]
fn rows_are_known_on_mysql() {
    let Some(mut conn) = databases::mysql() else {
        return;
    };
    rows_of_each_call!(&mut conn, sends_all: true);
}

#[test]
fn rows_that_postgres_sends_one_by_one_are_counted_also_where_nobody_takes_them() {
    use diesel::pg::PgRowByRowLoadingMode;
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    let load = |conn: &mut GuardedPg, take| {
        let rows = users::table
            .load_iter::<User, PgRowByRowLoadingMode>(conn)
            .unwrap();
        assert_eq!(rows.take(take).filter(Result::is_ok).count(), take.min(5));
    };
    let ((), report) = observe_sync(|| load(&mut conn, 2));
    assert_eq!(rows(&report), (Some(2), Some(5), Some(0)), "{report}");
    let ((), report) = observe_sync(|| load(&mut conn, 9));
    assert_eq!(rows(&report), (Some(5), Some(5), Some(0)), "{report}");
    let (failed, report) = observe_sync(|| {
        diesel::sql_query("SELECT id, name, 1 / (3 - id) AS age FROM users")
            .load_iter::<User, PgRowByRowLoadingMode>(&mut conn)
            .unwrap()
            .collect::<QueryResult<Vec<_>>>()
    });
    assert!(failed.is_err());
    assert_eq!(report.queries(), 1);
    assert_eq!(
        report.rows(),
        Some(2),
        "two rows came before the error: {report}"
    );
    let all: Vec<User> = users::table.load(&mut conn).unwrap();
    assert_eq!(all.len(), 5, "the connection is as usable as Diesel's");
}

#[test]
fn a_saved_row_is_a_row() {
    let ((), report) = observe_sync(|| {
        let _: User = user(3).save_changes(&mut databases::sqlite()).unwrap();
    });
    assert_eq!(report.rows(), Some(1), "{report}");
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    let ((), report) = observe_sync(|| {
        let _: User = user(3).save_changes(&mut conn).unwrap();
    });
    assert_eq!(report.queries(), 1, "{report}");
    assert_eq!(report.rows_affected(), Some(1), "{report}");
}

#[test]
fn the_rows_of_a_list_explain_its_n_plus_one() {
    use diesel_blog::{authors, posts};
    let pool = diesel_blog::pool(1);
    drop(pool);
    let mut conn = GuardedSqlite::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
         CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);
         INSERT INTO authors VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL);
         INSERT INTO posts VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z')",
    )
    .unwrap();
    let ((), report) = observe_sync(|| {
        let list: Vec<i32> = posts::table
            .select(posts::author_id)
            .limit(20)
            .load(&mut conn)
            .unwrap();
        for id in opaque(list) {
            let _: String = authors::table
                .find(id)
                .select(authors::name)
                .first(&mut conn)
                .unwrap();
        }
    });
    let source = n_plus_one(&report).source().expect("the loop has a source");
    assert_eq!(source.rows(), Some(3), "{report}");
    assert_eq!(report.rows(), Some(6), "{report}");
}

#[derive(
    Debug, Clone, Copy, PartialEq, diesel::deserialize::FromSqlRow, diesel::expression::AsExpression,
)]
#[diesel(sql_type = Mood)]
enum Feeling {
    Happy,
}

#[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
#[diesel(postgres_type(name = "perfguard_mood"))]
#[expect(unnameable_types, reason = "`table!` wants it public")]
pub struct Mood;

impl diesel::serialize::ToSql<Mood, diesel::pg::Pg> for Feeling {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, b"happy")?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<Mood, diesel::pg::Pg> for Feeling {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        assert_eq!(value.as_bytes(), b"happy");
        Ok(Self::Happy)
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Mood;
    moods (id) {
        id -> Integer,
        mood -> Mood,
    }
}

#[test]
fn the_look_up_of_a_custom_type_takes_nothing_of_its_query() {
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    conn.batch_execute(
        "CREATE TYPE pg_temp.perfguard_mood AS ENUM ('happy', 'sad');
         CREATE TEMP TABLE moods (id INTEGER PRIMARY KEY, mood pg_temp.perfguard_mood NOT NULL);
         SET search_path TO pg_temp, public",
    )
    .unwrap();
    let (found, report) = observe_sync(|| {
        diesel::insert_into(moods::table)
            .values((moods::id.eq(1), moods::mood.eq(Feeling::Happy)))
            .execute(&mut conn)
            .unwrap();
        moods::table
            .filter(moods::mood.eq(Feeling::Happy))
            .load::<(i32, Feeling)>(&mut conn)
            .unwrap()
    });
    assert_eq!(found, [(1, Feeling::Happy)]);
    assert_eq!(report.queries(), 2, "{report}");
    assert_eq!(rows(&report), (Some(1), Some(1), Some(1)), "{report}");
}

#[test]
fn copied_rows_are_one_statement() {
    use diesel::ExecuteCopyFromDsl;
    let Some(mut conn) = databases::postgres() else {
        return;
    };
    let (copied, report) = observe_sync(|| {
        diesel::copy_from(users::table)
            .from_insertable(&[copied(20), copied(21)])
            .execute(&mut conn)
            .unwrap()
    });
    assert_eq!(copied, 2);
    assert_eq!(report.queries(), 1, "{report}");
    // COPY TO is Diesel's own connection's.
    let raw = diesel::copy_to(users::table)
        .load::<User, _>(&mut *conn)
        .unwrap();
    assert_eq!(raw.filter(Result::is_ok).count(), 7);
}

#[test]
fn a_connection_made_before_is_watched_once_it_is_guarded() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.set_instrumentation(None::<Box<dyn Instrumentation>>);
    let ((), report) = observe_sync(|| conn.batch_execute("SELECT 7").unwrap());
    assert_eq!(report.queries(), 0, "nobody watches it");
    let mut conn = databases::filled(Guarded::new(conn));
    let (_, report) = observe_sync(|| users::table.load::<User>(&mut conn).unwrap());
    assert_eq!((report.queries(), report.rows()), (1, Some(5)), "{report}");
    let mut twice = Guarded::new(conn.into_inner());
    let (_, report) = observe_sync(|| users::table.load::<User>(&mut twice).unwrap());
    assert_eq!(
        (report.queries(), report.rows()),
        (1, Some(5)),
        "counted once: {report}"
    );
}

#[test]
fn an_instrumentation_of_the_users_own_is_beside_perfguards() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = |heard: &Arc<AtomicUsize>| {
        let heard = Arc::clone(heard);
        move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let mut conn = databases::sqlite();
    conn.set_instrumentation(counter(&heard));
    let (_, report) = observe_sync(|| users::table.load::<User>(&mut conn).unwrap());
    assert_eq!((report.queries(), report.rows()), (1, Some(5)), "{report}");
    assert_eq!(heard.load(Ordering::Relaxed), 1);
    conn.set_instrumentation(perfguard::diesel::chain(counter(&heard)));
    let (_, report) = observe_sync(|| users::table.load::<User>(&mut conn).unwrap());
    assert_eq!(
        (report.queries(), report.rows()),
        (1, Some(5)),
        "once: {report}"
    );
    assert_eq!(heard.load(Ordering::Relaxed), 2);
}

#[test]
fn rows_read_after_the_scope_has_ended_are_nobodys() {
    let mut conn = databases::sqlite();
    let (rest, report) = observe_sync(|| {
        let mut rows = users::table
            .load_iter::<User, DefaultLoadingMode>(&mut conn)
            .unwrap();
        assert!(rows.next().is_some());
        rows
    });
    assert_eq!(report.queries(), 1);
    assert_eq!(report.rows(), None, "the cursor is still open: {report}");
    assert_eq!(rest.count(), 4);
}

#[test]
fn a_table_of_its_own_is_what_each_connection_has() {
    let mut conn = GuardedSqlite::establish(":memory:").unwrap();
    assert!(users::table.load::<User>(&mut conn).is_err());
    conn.batch_execute(&format!("{TABLE};{ROWS}")).unwrap();
    assert_eq!(users::table.load::<User>(&mut conn).unwrap().len(), 5);
}
