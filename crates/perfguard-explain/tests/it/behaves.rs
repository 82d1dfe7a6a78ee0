//! What holds whatever is found: nothing stays, nothing is counted, nothing
//! breaks.

use diesel::connection::SimpleConnection;
use diesel::{
    Connection, ExpressionMethods, PgConnection, QueryDsl, QueryResult, RunQueryDsl,
    SqliteConnection,
};
use perfguard_core::adapter::{self, Query};
use perfguard_core::generated::observe_sync;
use perfguard_core::statement::Dialect;
use perfguard_core::{Report, Settings};
use perfguard_explain::{Session, check, check_async, foreign_keys};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};

use crate::servers::Place;

diesel::table! {
    posts (id) {
        id -> Integer,
        user_id -> Integer,
        title -> Text,
    }
}

const POSTS: &str =
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, title TEXT NOT NULL)";
const ROWS: &str = "INSERT INTO posts VALUES (1, 1, 'one'), (2, 1, 'two')";

pub(crate) fn ran(statements: &[&str], dialect: Dialect) -> Report {
    let ((), report) = observe_sync(|| {
        for sql in statements {
            let _ = adapter::record(&Query::new(sql, dialect));
        }
    });
    report
}

fn sqlite() -> SqliteConnection {
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    connection.batch_execute(ROWS).expect("rows");
    connection
}

/// The texts that are there, of one column.
pub(crate) fn texts<S: Session>(session: &mut S, sql: &str) -> Vec<String> {
    let rows = session.read(sql).expect("it is read");
    rows.into_iter().flatten().flatten().collect()
}

/// The names are this test's own: settings are those of the process.
#[test]
fn tables_that_are_known_to_have_few_rows_need_no_index() {
    let settings = Settings::new().table_rows([
        ("counted_few", 499),
        ("counted_many", 500),
        ("counted_visits", 60),
    ]);
    settings.reload().expect("they hold from now on");
    let mut connection = sqlite();
    connection
        .batch_execute(
            "CREATE TABLE counted_few (id INTEGER PRIMARY KEY, name TEXT, post_id INTEGER REFERENCES posts (id)); \
             CREATE TABLE counted_many (id INTEGER PRIMARY KEY, name TEXT, post_id INTEGER REFERENCES posts (id)); \
             CREATE TABLE counted_visits (user_id INTEGER, kind INTEGER); \
             CREATE INDEX i ON counted_visits (user_id); \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
             INSERT INTO counted_visits SELECT 7, i FROM n",
        )
        .expect("tables");
    let report = ran(
        &[
            "SELECT id FROM counted_few WHERE name = ?",
            "SELECT id FROM counted_many WHERE name = ?",
            "SELECT f.id FROM counted_few f, counted_many m WHERE f.name = ? AND m.name = ?",
            "SELECT m.name FROM counted_visits v, counted_many m WHERE m.id = ? AND v.user_id = m.id AND v.kind = ?",
        ],
        Dialect::Sqlite,
    );
    let explained = check(&mut connection, &report).expect("it is explained");
    let advised: Vec<_> = explained.advice().iter().map(|it| it.table()).collect();
    assert_eq!(advised, ["counted_many", "counted_many"], "{explained}");
    assert_eq!(explained.plans().count(), 3, "{explained}");
    let keys = foreign_keys(&mut connection).expect("they are read");
    let keys: Vec<_> = keys.iter().map(|it| it.table()).collect();
    assert_eq!(keys, ["counted_many"]);
}

#[test]
fn a_finding_says_what_is_read_and_how_to_repair_it() {
    let mut connection = sqlite();
    let report = ran(
        &["SELECT title FROM posts WHERE user_id = ?"],
        Dialect::Sqlite,
    );
    let explained = check(&mut connection, &report).expect("it is explained");
    let [finding] = explained.findings() else {
        panic!("{explained}")
    };
    assert_eq!(finding.rule(), "missing-index");
    assert_eq!(finding.count(), 1);
    assert!(
        finding
            .fix()
            .contains("CREATE INDEX posts_user_id_idx ON posts (user_id)")
    );
    let said = explained.to_string();
    for part in [
        "missing-index: all of `posts` is read for some of its rows: SCAN posts",
        "select title from posts where user_id = ?",
        "      before\n        SCAN posts\n",
        "      after\n        SEARCH posts USING INDEX posts_user_id_idx (user_id=?)\n",
        "see docs/rules/missing-index.md",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let [advice] = explained.advice() else {
        panic!("{explained}")
    };
    assert_eq!(advice.table(), "posts");
    assert_eq!(advice.columns().collect::<Vec<_>>(), ["user_id"]);
    assert_eq!(advice.drop_index(), "DROP INDEX posts_user_id_idx");
}

#[test]
#[should_panic(expected = "an index is missing")]
fn a_test_can_fail_for_it() {
    let report = ran(
        &["SELECT title FROM posts WHERE user_id = ?"],
        Dialect::Sqlite,
    );
    let explained = check(&mut sqlite(), &report).expect("it is explained");
    explained.assert_indexed();
}

#[test]
fn what_the_orms_write_is_read() {
    let mut connection = sqlite();
    let by_user = posts::table
        .filter(posts::user_id.eq(1))
        .select(posts::title);
    let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&by_user).to_string();
    let sql = sql.split(" -- ").next().unwrap_or(&sql);
    let explained = check(&mut connection, &ran(&[sql], Dialect::Sqlite)).expect("it is explained");
    assert_eq!(explained.findings().len(), 1, "{explained}");
}

#[test]
fn the_words_of_seaorms_migrations_are_its_own() {
    use sea_orm::sea_query::{Index, SqliteQueryBuilder};

    let mut connection = sqlite();
    let report = ran(
        &["SELECT id FROM posts WHERE user_id = ? AND title = ?"],
        Dialect::Sqlite,
    );
    let explained = check(&mut connection, &report).expect("it is explained");
    let [advice] = explained.advice() else {
        panic!("{explained}")
    };
    assert_eq!(
        advice.in_sea_orm(),
        "manager.create_index(Index::create().name(\"posts_user_id_title_idx\").table(\"posts\")\
         .col(\"user_id\").col(\"title\").to_owned()).await?"
    );
    let built = Index::create()
        .name("posts_user_id_title_idx")
        .table("posts")
        .col("user_id")
        .col("title")
        .to_owned();
    let written = built.to_string(SqliteQueryBuilder).replace('"', "");
    assert_eq!(written, advice.create());
}

#[test]
fn nothing_stays_and_nothing_is_run() {
    let mut connection = sqlite();
    let statements = [
        "SELECT title FROM posts WHERE user_id = ?",
        "UPDATE posts SET title = 'none' WHERE user_id = 1",
        "DELETE FROM posts WHERE title = 'one'",
    ];
    let explained = check(&mut connection, &ran(&statements, Dialect::Sqlite)).expect("explained");
    assert_eq!(explained.findings().len(), 3, "{explained}");
    let indexes = texts(
        &mut connection,
        "SELECT name FROM sqlite_master WHERE type = 'index'",
    );
    assert_eq!(indexes, [""; 0]);
    let titles = texts(&mut connection, "SELECT title FROM posts ORDER BY id");
    assert_eq!(titles, ["one", "two"]);
}

#[test]
fn a_transaction_of_the_users_goes_on() {
    let mut connection = sqlite();
    connection
        .transaction(|connection| -> QueryResult<()> {
            connection.batch_execute("INSERT INTO posts VALUES (3, 2, 'three')")?;
            let report = ran(
                &[
                    "SELECT nothing FROM nowhere WHERE a = ?",
                    "SELECT id FROM posts WHERE title = ?",
                ],
                Dialect::Sqlite,
            );
            let explained = check(connection, &report).expect("it is explained");
            assert_eq!(explained.findings().len(), 1, "{explained}");
            assert_eq!(explained.unexplained().len(), 1, "{explained}");
            Ok(())
        })
        .expect("it commits");
    assert_eq!(
        posts::table.count().get_result::<i64>(&mut connection),
        Ok(3)
    );
}

#[test]
fn nothing_that_is_asked_is_counted() {
    /// Reports all that runs, as an adapter does.
    struct Counted(SqliteConnection);

    impl Session for Counted {
        fn dialect(&self) -> Dialect {
            Dialect::Sqlite
        }
        fn begin(&mut self) -> Result<(), String> {
            self.run("BEGIN")
        }
        fn rollback(&mut self) -> Result<(), String> {
            self.run("ROLLBACK")
        }
        fn run(&mut self, sql: &str) -> Result<(), String> {
            let _ = adapter::record(&Query::new(sql, Dialect::Sqlite));
            self.0.run(sql)
        }
        fn read(&mut self, sql: &str) -> Result<Vec<perfguard_explain::Cells>, String> {
            let _ = adapter::record(&Query::new(sql, Dialect::Sqlite));
            self.0.read(sql)
        }
    }

    let report = ran(
        &["SELECT title FROM posts WHERE user_id = ?"],
        Dialect::Sqlite,
    );
    let mut connection = Counted(sqlite());
    let (explained, outer) = observe_sync(|| check(&mut connection, &report));
    assert_eq!(explained.expect("it is explained").findings().len(), 1);
    assert_eq!(outer.queries(), 0, "{outer}");
}

#[test]
fn another_database_is_said() {
    let report = ran(
        &["SELECT title FROM posts WHERE user_id = $1"],
        Dialect::Postgres,
    );
    let explained = check(&mut sqlite(), &report).expect("it answers");
    let [unexplained] = explained.unexplained() else {
        panic!("{explained}")
    };
    assert!(
        unexplained.reason().contains("postgresql"),
        "{}",
        unexplained.reason()
    );
    assert_eq!(explained.findings().len(), 0);
}

#[test]
fn views_temporary_and_virtual_tables_pass() {
    let mut connection = sqlite();
    connection
        .batch_execute(
            "CREATE VIEW latest AS SELECT * FROM posts ORDER BY id DESC; \
             CREATE TEMPORARY TABLE drafts (id INTEGER PRIMARY KEY, user_id INTEGER);",
        )
        .expect("they are made");
    let report = ran(
        &[
            "SELECT id FROM latest WHERE user_id = ?",
            "SELECT id FROM drafts WHERE user_id = ?",
            "WITH mine AS (SELECT * FROM posts WHERE id = ?) SELECT id FROM mine WHERE title = ?",
        ],
        Dialect::Sqlite,
    );
    let explained = check(&mut connection, &report).expect("it is explained");
    let tables: Vec<_> = explained.advice().iter().map(|it| it.table()).collect();
    assert_eq!(tables, ["drafts"], "{explained}");
}

#[tokio::test]
async fn postgres_goes_on_after_what_it_cannot_explain() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    connection.batch_execute(ROWS).expect("rows");
    let statements = [
        "SELECT $1 + $2 FROM posts",
        "SELECT nothing FROM nowhere WHERE a = $1",
        "SELECT title FROM posts WHERE user_id = $1",
        "DELETE FROM posts WHERE user_id = $1",
    ];
    let report = ran(&statements, Dialect::Postgres);
    connection
        .transaction(|connection| -> QueryResult<()> {
            connection.batch_execute("INSERT INTO posts VALUES (3, 2, 'three')")?;
            let explained = check(connection, &report).expect("it is explained");
            assert_eq!(explained.findings().len(), 2, "{explained}");
            assert_eq!(explained.unexplained().len(), 2, "{explained}");
            assert!(explained.advice().iter().all(|it| it.costs().is_some()));
            // It can be done again: nothing has been left prepared.
            let again = check(connection, &report).expect("it is explained");
            assert_eq!(again.findings().len(), 2, "{again}");
            Ok(())
        })
        .expect("it commits");
    assert_eq!(
        posts::table.count().get_result::<i64>(&mut connection),
        Ok(3)
    );
    let indexes = "SELECT count(*)::text FROM pg_indexes WHERE tablename = 'posts' \
                   AND schemaname = current_schema()";
    assert_eq!(texts(&mut connection, indexes), ["1"]);
    let settings = "SELECT current_setting('enable_seqscan') || current_setting('plan_cache_mode')";
    assert_eq!(texts(&mut connection, settings), ["onauto"]);
    drop(connection);
}

#[tokio::test]
async fn postgres_knows_schemas_and_temporary_tables() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    connection
        .batch_execute("CREATE TEMPORARY TABLE drafts (id INTEGER PRIMARY KEY, user_id INTEGER)")
        .expect("a table");
    let name = &place.name;
    let qualified = format!("SELECT title FROM \"{name}\".\"posts\" WHERE user_id = $1");
    let statements = [
        qualified.as_str(),
        "SELECT id FROM drafts WHERE user_id = $1",
    ];
    let report = ran(&statements, Dialect::Postgres);
    let explained = check(&mut connection, &report).expect("it is explained");
    let mut indexes: Vec<_> = explained.advice().iter().map(|it| it.create()).collect();
    indexes.sort();
    assert_eq!(
        indexes,
        [
            "CREATE INDEX drafts_user_id_idx ON drafts (user_id)".to_owned(),
            format!("CREATE INDEX posts_user_id_idx ON {name}.posts (user_id)"),
        ],
        "{explained}"
    );
    drop(connection);
}

#[tokio::test]
async fn an_aborted_transaction_is_an_error_that_says_so() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    let report = ran(
        &["SELECT title FROM posts WHERE user_id = $1"],
        Dialect::Postgres,
    );
    let _ = connection.transaction(|connection| -> QueryResult<()> {
        connection
            .batch_execute("SELECT broken")
            .expect_err("there is no such column");
        let error = check(connection, &report).expect_err("the transaction is broken");
        assert!(error.is_explain());
        assert!(error.to_string().contains("has not failed"), "{error}");
        Err(diesel::result::Error::RollbackTransaction)
    });
    let explained = check(&mut connection, &report).expect("the connection is not");
    assert_eq!(explained.findings().len(), 1, "{explained}");
    drop(connection);
}

#[tokio::test]
async fn a_right_that_is_missing_is_said() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    let report = ran(
        &["SELECT title FROM posts WHERE user_id = $1"],
        Dialect::Postgres,
    );
    let _ = connection.transaction(|connection| -> QueryResult<()> {
        // Nobody's role: it may read nothing, and make no index.
        connection.batch_execute("CREATE ROLE explain_nobody; SET LOCAL ROLE explain_nobody")?;
        let explained = check(connection, &report).expect("it answers");
        assert_eq!(explained.findings().len(), 0, "{explained}");
        assert_eq!(explained.unexplained().len(), 1, "{explained}");
        Err(diesel::result::Error::RollbackTransaction)
    });
    drop(connection);
}

#[tokio::test]
async fn mariadb_keeps_the_users_transaction_and_rows() {
    let Some(place) = Place::on_mysql().await else {
        return;
    };
    let db = Database::connect(&place.url).await.expect("it opens");
    db.execute_unprepared(&POSTS.replace("TEXT", "VARCHAR(50)"))
        .await
        .expect("a table");
    db.execute_unprepared(ROWS).await.expect("rows");
    let transaction = db.begin().await.expect("it begins");
    transaction
        .execute_unprepared("INSERT INTO posts VALUES (3, 2, 'three')")
        .await
        .expect("a row");
    let report = ran(
        &[
            "SELECT nothing FROM nowhere WHERE a = ?",
            "SELECT `title` FROM `posts` WHERE `user_id` = ?",
            "DELETE FROM posts WHERE title = ?",
        ],
        Dialect::MySql,
    );
    let explained = check_async(&transaction, &report)
        .await
        .expect("it is explained");
    assert_eq!(explained.findings().len(), 2, "{explained}");
    assert_eq!(explained.unexplained().len(), 1, "{explained}");
    let counted = |sql: &'static str| {
        let transaction = &transaction;
        async move {
            let backend = transaction.get_database_backend();
            let statement = sea_orm::Statement::from_string(backend, sql);
            let row = transaction
                .query_one_raw(statement)
                .await
                .expect("it is read");
            row.expect("a row")
                .try_get_by_index::<i64>(0)
                .expect("a number")
        }
    };
    assert_eq!(counted("SELECT count(*) FROM posts").await, 3);
    let indexes = "SELECT count(*) FROM information_schema.statistics \
                   WHERE table_schema = DATABASE() AND table_name = 'posts'";
    assert_eq!(counted(indexes).await, 1);
    // It has not been committed behind the user's back.
    transaction.rollback().await.expect("it ends");
    let statement =
        sea_orm::Statement::from_string(db.get_database_backend(), "SELECT count(*) FROM posts");
    let row = db
        .query_one_raw(statement)
        .await
        .expect("it is read")
        .expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0), Ok(2));
    db.close().await.expect("it closes");
}

/// An index of some rows may serve, and without values nobody knows.
#[tokio::test]
async fn an_index_of_some_rows_is_no_reason_to_advise_another() {
    const PARTIAL: &str = "CREATE INDEX i ON posts (user_id) WHERE title = 'one'";
    const DELETED: &str = "CREATE INDEX j ON posts (title) WHERE user_id IS NULL";
    let asked = ["SELECT id FROM posts WHERE user_id = 1 AND title = 'one'"];
    let unclear = |explained: &perfguard_explain::Explained| {
        let reasons = explained.unexplained().iter().map(|it| it.reason());
        let reasons: Vec<_> = reasons.map(|it| it.contains("the index `i`")).collect();
        assert_eq!(reasons, [true], "{explained}");
        assert!(explained.findings().is_empty(), "{explained}");
    };
    let mut connection = sqlite();
    connection.batch_execute(PARTIAL).expect("an index");
    let report = ran(&asked, Dialect::Sqlite);
    unclear(&check(&mut connection, &report).expect("it is explained"));
    // One that has nothing to do with what is asked for is none.
    connection.batch_execute(DELETED).expect("an index");
    let other = ran(&["SELECT id FROM posts WHERE user_id = 1"], Dialect::Sqlite);
    let explained = check(&mut connection, &other).expect("it is explained");
    assert_eq!(explained.findings().len(), 1, "{explained}");
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    connection.batch_execute(POSTS).expect("a table");
    connection.batch_execute(PARTIAL).expect("an index");
    let report = ran(&asked, Dialect::Postgres);
    unclear(&check(&mut connection, &report).expect("it is explained"));
    drop(connection);
}
