//! Plans that are read while a test runs, on the guarded connections that it
//! uses.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use perfguard::Report;
use perfguard::testing::{act_sync, observe, observe_sync};
use perfguard_tests::servers::{Backend, Database};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, TransactionTrait as _,
};

use crate::support::{panic_of_sync, rules};

type Guarded = perfguard::diesel::Guarded<SqliteConnection>;

diesel::table! {
    posts (id) {
        id -> Integer,
        author_id -> Integer,
        title -> Text,
    }
}

mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn filled() -> Guarded {
    let mut conn = Guarded::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);\
         INSERT INTO posts VALUES (1, 1, 'one'), (2, 1, 'two')",
    )
    .unwrap();
    conn
}

fn of_author<C>(author: i32, conn: &mut C) -> Vec<String>
where
    C: diesel::Connection<Backend: diesel::backend::DieselReserveSpecialization>,
    for<'query> diesel::helper_types::Limit<
        diesel::helper_types::Select<
            diesel::helper_types::Filter<
                posts::table,
                diesel::helper_types::Eq<posts::author_id, i32>,
            >,
            posts::title,
        >,
    >: diesel::query_dsl::methods::LoadQuery<'query, C, String>,
{
    let of_author = posts::table.filter(posts::author_id.eq(author));
    of_author.select(posts::title).limit(20).load(conn).unwrap()
}

#[perfguard::query_budget(max = 1)]
fn show_author(author: i32, conn: &mut Guarded) -> Vec<String> {
    of_author(author, conn)
}

#[perfguard::query_budget(max = 1, allow(missing_index, reason = "ten posts, always"))]
fn show_few(author: i32, conn: &mut Guarded) -> Vec<String> {
    of_author(author, conn)
}

#[perfguard::test(explain)]
#[should_panic(expected = "missing-index: all of `posts` is read for some of its rows: SCAN posts")]
fn a_handler_of_the_test_misses_an_index() {
    assert_eq!(show_author(1, &mut filled()).len(), 2);
}

/// What the test itself asks is set-up, where it calls what it is about.
#[perfguard::test(max = 9, explain)]
fn an_index_that_exists_is_silent_and_so_is_set_up() {
    let mut conn = filled();
    let by_title = posts::table.filter(posts::title.eq("one"));
    assert_eq!(by_title.count().get_result::<i64>(&mut conn), Ok(1));
    conn.batch_execute("CREATE INDEX i ON posts (author_id)")
        .unwrap();
    assert_eq!(show_author(1, &mut conn).len(), 2);
}

#[perfguard::test(explain)]
#[should_panic(expected = "CREATE INDEX posts_author_id_idx ON posts (author_id)")]
fn a_test_that_calls_nothing_else_is_about_itself() {
    of_author(1, &mut filled());
}

#[perfguard::test(explain)]
#[should_panic(expected = "missing-index")]
fn what_a_test_says_it_is_about_is_explained() {
    let mut conn = filled();
    act_sync(|| of_author(1, &mut conn));
}

#[perfguard::test(explain)]
fn an_allow_holds() {
    show_few(1, &mut filled());
}

#[perfguard::test(explain)]
#[should_panic(expected = "plans are wanted, and no statement ran on a connection that explains")]
fn a_connection_that_explains_nothing_is_no_silence() {
    perfguard::diesel::install().unwrap();
    let mut conn = filled().into_inner();
    act_sync(|| of_author(1, &mut conn));
}

/// Without the attribute nothing is asked: the plans of others are not wanted.
#[perfguard::test]
fn nobody_explains_who_is_not_told_to() {
    assert_eq!(show_author(1, &mut filled()).len(), 2);
}

#[test]
fn a_connection_explains_wherever_it_is_tested() {
    let mut conn = filled().explaining();
    let (titles, report) = observe_sync(|| of_author(1, &mut conn));
    assert_eq!(titles.len(), 2);
    assert_eq!(rules(&report), ["missing-index"], "{report}");
    assert_eq!(report.queries(), 1, "explaining is not counted");
    let said = report.to_string();
    for line in [
        "    fix (Diesel): `CREATE INDEX posts_author_id_idx ON posts (author_id);` in the up.sql",
        "    proof: CREATE INDEX posts_author_id_idx ON posts (author_id)",
        "        SEARCH posts USING INDEX posts_author_id_idx (author_id=?)",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let left: i64 = posts::table.count().get_result(&mut conn).unwrap();
    assert_eq!(left, 2);
    let indexes = diesel::sql_query("DROP INDEX posts_author_id_idx").execute(&mut conn);
    assert!(indexes.is_err(), "nothing stays of what was tried out");
}

#[test]
fn a_statement_is_explained_with_its_own_values() {
    let mut conn = filled().explaining();
    // Only a value that says so finds its rows by this one.
    conn.batch_execute("CREATE INDEX i ON posts (author_id) WHERE title = 'hidden-4711'")
        .unwrap();
    let titled = |title: &str, conn: &mut Guarded| {
        let query = posts::table
            .filter(posts::title.eq(title.to_owned()))
            .filter(posts::author_id.eq(1));
        query.select(posts::id).limit(5).load::<i32>(conn).unwrap()
    };
    let ((), report) = observe_sync(|| {
        titled("hidden-4711", &mut conn);
    });
    assert_eq!(rules(&report), [] as [&str; 0], "{report}");
    let ((), report) = observe_sync(|| {
        titled("secret-4712", &mut conn);
    });
    assert_eq!(rules(&report), ["missing-index"], "{report}");
    assert!(!report.to_string().contains("471"), "{report}");
}

#[test]
fn a_transaction_that_has_begun_is_kept() {
    let mut conn = filled().explaining();
    let (titles, report) = observe_sync(|| {
        conn.transaction::<_, diesel::result::Error, _>(|conn| {
            diesel::delete(posts::table.find(2)).execute(conn)?;
            let titles = of_author(1, conn);
            diesel::delete(posts::table.find(1)).execute(conn)?;
            Ok(titles)
        })
        .unwrap()
    });
    assert_eq!(titles, ["one"]);
    assert_eq!(rules(&report), ["missing-index"], "{report}");
    assert_eq!(posts::table.count().get_result(&mut conn), Ok(0_i64));
    let transactions = report.transactions().unwrap();
    assert_eq!((transactions.count(), transactions.committed()), (1, 1));
}

#[test]
fn what_cannot_be_explained_is_said() {
    let mut conn = filled().explaining();
    let ((), report) = observe_sync(|| {
        let missing = diesel::sql_query("SELECT id FROM nothing_of_the_kind WHERE id = 1");
        assert!(missing.execute(&mut conn).is_err());
        of_author(1, &mut conn);
    });
    let said = report.to_string();
    let reason = "not explained: no such table: nothing_of_the_kind";
    assert!(said.contains(reason), "{said}");
    assert_eq!(rules(&report), ["missing-index"], "{said}");
}

#[test]
fn postgres_explains_and_its_plans_show_no_value() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created = runtime.block_on(Database::create(Backend::Postgres, 3));
    let Some(database) = created else { return };
    let conn = perfguard::diesel::Guarded::<PgConnection>::establish(database.url());
    let mut conn = conn.unwrap().explaining();
    let ((), report) = observe_sync(|| {
        let titled = posts::table.filter(posts::title.eq("secret-4711"));
        let read = titled.select(posts::id).limit(5).load::<i32>(&mut conn);
        assert_eq!(read, Ok(Vec::new()));
    });
    assert_eq!(rules(&report), ["missing-index"], "{report}");
    let said = report.to_string();
    assert!(!said.contains("4711"), "{said}");
    assert!(said.contains("Seq Scan on posts"), "{said}");
    assert!(said.contains("cost "), "{said}");
}

/// 1 200 posts of one author, and the index that finds them.
fn many() -> String {
    let posts = (1_000..2_200).map(|id| format!("({id}, 1, 'title {id}')"));
    let posts: Vec<_> = posts.collect();
    format!(
        "INSERT INTO posts (id, author_id, title) VALUES {}; \
         CREATE INDEX found_by_author ON posts (author_id)",
        posts.join(", ")
    )
}

/// What is said of 1 200 posts of which a filter keeps one.
fn assert_filtered(report: &Report) {
    assert_eq!(rules(report), ["missing-index"], "{report}");
    let said = report.to_string();
    for part in [
        "for one key the index `found_by_author` finds 120",
        " rows of `posts`, of which `title` drops 99 % or more: ",
        "posts_author_id_title_idx",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("4711"), "{said}");
}

fn titled<C>(conn: &mut C) -> usize
where
    C: diesel::Connection<Backend: diesel::backend::DieselReserveSpecialization>,
    for<'query> diesel::helper_types::Select<
        diesel::helper_types::Filter<
            diesel::helper_types::Filter<
                posts::table,
                diesel::helper_types::Eq<posts::author_id, i32>,
            >,
            diesel::helper_types::Eq<posts::title, &'static str>,
        >,
        posts::id,
    >: diesel::query_dsl::methods::LoadQuery<'query, C, i32>,
{
    let of_author = posts::table.filter(posts::author_id.eq(1));
    let titled = of_author.filter(posts::title.eq("secret-4711"));
    titled.select(posts::id).load::<i32>(conn).unwrap().len()
}

#[test]
fn a_filter_that_drops_most_rows_is_found_with_values() {
    let mut conn = filled().explaining();
    conn.batch_execute("CREATE INDEX few_by_author ON posts (author_id)")
        .unwrap();
    let (_, report) = observe_sync(|| titled(&mut conn));
    assert_eq!(rules(&report), [] as [&str; 0], "{report}");
    conn.batch_execute("DROP INDEX few_by_author").unwrap();
    conn.batch_execute(&many()).unwrap();
    let (read, report) = observe_sync(|| titled(&mut conn));
    assert_eq!((read, report.queries()), (0, 1), "counting is not counted");
    assert_filtered(&report);
    conn.batch_execute("CREATE INDEX i ON posts (author_id, title)")
        .unwrap();
    let (_, report) = observe_sync(|| titled(&mut conn));
    assert_eq!(rules(&report), [] as [&str; 0], "{report}");
}

#[test]
fn a_filter_that_drops_most_rows_is_found_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let created = runtime.block_on(Database::create(Backend::Postgres, 3));
    let Some(database) = created else { return };
    let conn = perfguard::diesel::Guarded::<PgConnection>::establish(database.url());
    let mut conn = conn.unwrap().explaining();
    conn.batch_execute(&many()).unwrap();
    let (_, report) = observe_sync(|| titled(&mut conn));
    assert_filtered(&report);
}

/// The names are this test's own: settings are those of the process.
fn counted() -> Guarded {
    let rows = [("counted_shelves", 60), ("counted_books", 70_000)];
    let settings = perfguard::Settings::new().table_rows(rows);
    settings.reload().unwrap();
    let mut conn = Guarded::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE counted_shelves (id INTEGER PRIMARY KEY, name TEXT);\
         CREATE TABLE counted_books (id INTEGER PRIMARY KEY, name TEXT)",
    )
    .unwrap();
    conn
}

#[perfguard::query_budget(max = 1)]
fn named(table: &str, conn: &mut Guarded) {
    let sql = format!("SELECT id FROM {table} WHERE name = 'A'");
    diesel::sql_query(sql).execute(conn).unwrap();
}

#[perfguard::test(explain)]
fn a_table_that_is_known_to_have_few_rows_needs_no_index() {
    named("counted_shelves", &mut counted());
}

#[perfguard::test(explain)]
#[should_panic(expected = "CREATE INDEX counted_books_name_idx ON counted_books (name)")]
fn a_table_that_is_known_to_have_many_rows_needs_one() {
    named("counted_books", &mut counted());
}

async fn of_author_in_sea_orm(db: &impl sea_orm::ConnectionTrait) -> usize {
    let of_author = post::Entity::find().filter(post::Column::AuthorId.eq(1));
    of_author.limit(20).all(db).await.unwrap().len()
}

#[perfguard::query_budget(max = 1)]
async fn show_author_in_sea_orm(db: &impl sea_orm::ConnectionTrait) -> usize {
    of_author_in_sea_orm(db).await
}

async fn filled_in_sea_orm() -> perfguard::sea_orm::Guarded<DatabaseConnection> {
    let options = sea_orm::ConnectOptions::new("sqlite::memory:")
        .max_connections(1)
        .to_owned();
    let db = sea_orm::Database::connect(options).await.unwrap();
    db.execute_unprepared(
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);\
         INSERT INTO posts VALUES (1, 1, 'one'), (2, 1, 'two')",
    )
    .await
    .unwrap();
    perfguard::sea_orm::Guarded::new(db)
}

#[perfguard::test(explain)]
#[should_panic(expected = "manager.create_index(Index::create().name(\"posts_author_id_idx\")")]
#[tokio::test]
async fn a_handler_in_sea_orm_misses_an_index() {
    let db = filled_in_sea_orm().await;
    assert_eq!(show_author_in_sea_orm(&db).await, 2);
}

#[tokio::test]
async fn sea_orm_explains_in_transactions_and_streams() {
    let db = filled_in_sea_orm().await.explaining();
    let (read, report) = observe(async {
        let transaction = db.begin().await.unwrap();
        let read = of_author_in_sea_orm(&transaction).await;
        transaction.commit().await.unwrap();
        read
    })
    .await;
    assert_eq!(read, 2);
    assert_eq!(rules(&report), ["missing-index"], "{report}");
    assert_eq!(report.queries(), 1);
    assert_eq!(report.transactions().unwrap().committed(), 1);
    let (read, report) = observe(async {
        use futures::StreamExt as _;
        let titled = post::Entity::find().filter(post::Column::Title.eq("one"));
        titled.stream(&db).await.unwrap().count().await
    })
    .await;
    assert_eq!(read, 1);
    let missing = rules(&report)
        .into_iter()
        .filter(|it| *it == "missing-index");
    assert_eq!(missing.count(), 1, "{report}");
}

#[tokio::test]
async fn sea_orm_explains_on_servers() {
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(database) = Database::create(backend, 3).await else {
            continue;
        };
        let db = sea_orm::Database::connect(database.sea_orm_url()).await;
        let db = perfguard::sea_orm::Guarded::new(db.unwrap()).explaining();
        let read = async || {
            let titled = post::Entity::find().filter(post::Column::Title.eq("secret-4711"));
            titled.limit(5).all(&db).await.unwrap().len()
        };
        let (_, report): (_, Report) = observe(read()).await;
        assert_eq!(rules(&report), ["missing-index"], "{backend:?}: {report}");
        assert!(!report.to_string().contains("4711"), "{report}");
        let (_, report) = observe(of_author_in_sea_orm(&db)).await;
        assert_eq!(rules(&report), ["missing-index"], "{backend:?}: {report}");
    }
}

#[tokio::test]
async fn sea_orm_finds_a_filter_that_drops_most_rows() {
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let Some(database) = Database::create(backend, 3).await else {
            continue;
        };
        let db = sea_orm::Database::connect(database.sea_orm_url()).await;
        let db = perfguard::sea_orm::Guarded::new(db.unwrap()).explaining();
        for sql in many().split("; ") {
            db.execute_unprepared(sql).await.unwrap();
        }
        let of_author = post::Entity::find().filter(post::Column::AuthorId.eq(1));
        let titled = of_author.filter(post::Column::Title.eq("secret-4711"));
        let (read, report) = observe(titled.all(&db)).await;
        assert_eq!(read.unwrap().len(), 0);
        assert_filtered(&report);
    }
}

/// A mock is told nothing that the code did not ask.
#[tokio::test]
async fn a_mock_is_not_asked() {
    use sea_orm::{DbBackend, MockDatabase};

    let db = MockDatabase::new(DbBackend::Sqlite)
        .append_query_results([Vec::<post::Model>::new()])
        .into_connection();
    let db = perfguard::sea_orm::Guarded::new(db).explaining();
    let (read, _) = observe(of_author_in_sea_orm(&db)).await;
    assert_eq!(read, 0);
    assert_eq!(db.into_unguarded().into_transaction_log().len(), 1);
}

#[test]
fn what_a_test_found_is_in_its_panic() {
    let mut conn = filled().explaining();
    let said = panic_of_sync(|| act_sync(|| of_author(1, &mut conn)));
    assert!(said.contains("SCAN posts"), "{said}");
}

/// A report on connections of diesel-async, which is looked at afterwards.
mod diesel_async {
    use ::diesel_async::{AsyncConnection as _, AsyncMysqlConnection, AsyncPgConnection};
    use diesel::prelude::*;
    use perfguard::diesel::GuardedAsync;
    use perfguard::explain::{check_diesel_async, foreign_keys_diesel_async};
    use perfguard_tests::servers::{Backend, Database};

    use super::{observe, posts};

    macro_rules! misses_an_index {
        ($backend:expr, $connection:ty) => {
            let Some(database) = Database::create($backend, 3).await else {
                return;
            };
            let conn = <$connection>::establish(database.url()).await;
            let mut conn = GuardedAsync::new(conn.unwrap());
            let of_author = posts::table.filter(posts::author_id.eq(1));
            let read = async {
                let query = of_author.select(posts::title).limit(20);
                ::diesel_async::RunQueryDsl::load::<String>(query, &mut conn).await
            };
            let (titles, report) = observe(read).await;
            assert!(titles.unwrap().len() > 0);
            let explained = check_diesel_async(&mut conn, &report).await.unwrap();
            let indexes: Vec<_> = explained.advice().iter().map(|it| it.create()).collect();
            let index = "CREATE INDEX posts_author_id_idx ON posts (author_id)";
            assert_eq!(indexes, [index], "{explained}");
            let keys = foreign_keys_diesel_async(&mut conn).await.unwrap();
            assert!(keys.is_empty(), "{keys:?}");
            // The connection goes on, and nothing has stayed.
            let again = check_diesel_async(conn.inner_mut(), &report).await.unwrap();
            assert_eq!(again.advice().len(), 1, "{again}");
        };
    }

    #[tokio::test]
    async fn a_statement_on_postgres_misses_an_index() {
        misses_an_index!(Backend::Postgres, AsyncPgConnection);
    }

    #[tokio::test]
    async fn a_statement_on_mysql_misses_an_index() {
        misses_an_index!(Backend::MySql, AsyncMysqlConnection);
    }
}
