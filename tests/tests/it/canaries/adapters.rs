//! Statements with secrets, through every adapter.

use std::future::Future;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection, SimpleAsyncConnection as _};
use perfguard::adapter::{self, Adapter, BindHasher, Completion};
use perfguard::diesel::{Guarded, GuardedAsync, LoadBounded as _, ScopedTokio};
use perfguard::statement::Dialect;
use perfguard_tests::servers::{Backend, Database};
use sea_orm::sqlx::{self, AssertSqlSafe};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait, DatabaseConnection, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement, Value,
};

use super::secrets::Secret;

diesel::table! {
    canaries (id) {
        id -> BigInt,
        name -> Text,
        data -> Binary,
    }
}

#[expect(unreachable_pub, reason = "the derived code is public")]
mod canary {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "canaries")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub data: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(QueryableByName)]
struct Named {
    #[expect(dead_code, reason = "it is read, and nobody looks at it")]
    #[diesel(sql_type = Text)]
    name: String,
}

/// What runs statements. Most of them fail, and nobody looks at how.
pub(crate) trait Driver {
    /// In letters and `_`.
    const NAME: &'static str;

    fn dialect(&self) -> Dialect;

    /// Runs a text as it is.
    fn text(&mut self, sql: &str) -> impl Future<Output = ()>;

    /// Runs statements with bound secrets, each of its own: with `tag` in the
    /// text where that is written by hand.
    fn binds(&mut self, tag: &str) -> impl Future<Output = ()>;
}

fn bound() -> Secret {
    Secret::new("bind")
}

fn by_hand(tag: &str, mark: &str) -> String {
    format!("SELECT name AS {tag} FROM canaries WHERE name = {mark}")
}

/// A driver that perfguard does not know.
pub(crate) struct Raw(pub(crate) Dialect, perfguard::adapter::Connection);

static ADAPTER: Adapter = Adapter::new("canaries");

impl Raw {
    pub(crate) fn new(dialect: Dialect) -> Self {
        ADAPTER.installed();
        Self(dialect, ADAPTER.connect(dialect))
    }

    pub(crate) fn run(&self, sql: &str, secret: Option<&Secret>) {
        let mut query = self.1.query(sql);
        if let Some(secret) = secret {
            let mut hasher = BindHasher::new();
            hasher.write_debug(&secret.text());
            hasher.write(&secret.number());
            query = query.binds(hasher.finish());
        }
        let told = Completion::new().rows(2_000).failed(false);
        let told = told.elapsed(std::time::Duration::from_secs(2));
        let recorded = adapter::record(&query);
        // What was recorded tells of the whole scope, which takes its time.
        if super::secrets::sown().is_multiple_of(16) {
            super::show("adapter", &format!("{query:?} {recorded:?} {:?}", self.1));
        }
        recorded.complete(told);
    }
}

impl Driver for Raw {
    const NAME: &'static str = "raw";

    fn dialect(&self) -> Dialect {
        self.0
    }

    async fn text(&mut self, sql: &str) {
        self.run(sql, None);
    }

    async fn binds(&mut self, tag: &str) {
        for _ in 0..30 {
            self.run(&by_hand(tag, "?"), Some(&bound()));
        }
    }
}

macro_rules! diesel_drivers {
    ($($Connection:ty, $name:literal, $dialect:ident, $mark:literal;)+) => { $(
        impl Driver for $Connection {
            const NAME: &'static str = $name;

            fn dialect(&self) -> Dialect {
                Dialect::$dialect
            }

            async fn text(&mut self, sql: &str) {
                if super::secrets::sown().is_multiple_of(3) {
                    let _ = self.batch_execute(sql);
                } else {
                    let _ = diesel::sql_query(sql).execute(self);
                }
            }

            async fn binds(&mut self, tag: &str) {
                let sql = by_hand(tag, $mark);
                for _ in 0..6 {
                    let _ = diesel::sql_query(&sql)
                        .bind::<Text, _>(bound().text())
                        .load::<Named>(self);
                    let _ = diesel::sql_query(&sql)
                        .bind::<BigInt, _>(bound().number())
                        .execute(self);
                    let _ = diesel::sql_query(&sql)
                        .bind::<Binary, _>(bound().bytes())
                        .execute(self);
                }
                let rows = canaries::table.select(canaries::name);
                for _ in 0..12 {
                    let (text, number, bytes) = (bound().text(), bound().number(), bound().bytes());
                    let _ = rows.filter(canaries::name.eq(&text)).load::<String>(self);
                    let _ = rows.find(number).first::<String>(self);
                    let _ = rows.filter(canaries::data.eq(&bytes)).load::<String>(self);
                    let _ = rows.filter(canaries::name.like(format!("%{text}"))).load::<String>(self);
                    let _ = rows.limit(bound().number()).offset(1).load::<String>(self);
                    let values = (canaries::id.eq(number), canaries::name.eq(text), canaries::data.eq(bytes));
                    // The second time the key is taken.
                    for _ in 0..2 {
                        let _ = diesel::insert_into(canaries::table).values(values.clone()).execute(self);
                    }
                    let unlimited = rows.filter(canaries::name.ne(bound().text())).into_boxed();
                    if let Err(error) = unlimited.load_bounded::<String>(self) {
                        super::show("bounded", &format!("{error} {error:?}"));
                    }
                }
            }
        }
    )+ };
}

diesel_drivers! {
    SqliteConnection, "diesel_sqlite", Sqlite, "?";
    PgConnection, "diesel_postgres", Postgres, "$1";
    Guarded<SqliteConnection>, "diesel_guarded_sqlite", Sqlite, "?";
    Guarded<PgConnection>, "diesel_guarded_postgres", Postgres, "$1";
}

macro_rules! async_drivers {
    ($($Connection:ty, $name:literal, $dialect:ident, $mark:literal;)+) => { $(
        impl Driver for $Connection {
            const NAME: &'static str = $name;

            fn dialect(&self) -> Dialect {
                Dialect::$dialect
            }

            async fn text(&mut self, sql: &str) {
                if super::secrets::sown().is_multiple_of(3) {
                    let _ = self.batch_execute(sql).await;
                } else {
                    let _ = diesel_async::RunQueryDsl::execute(diesel::sql_query(sql), self).await;
                }
            }

            async fn binds(&mut self, tag: &str) {
                use diesel_async::RunQueryDsl as Run;

                let sql = by_hand(tag, $mark);
                for _ in 0..6 {
                    let query = diesel::sql_query(&sql).bind::<Text, _>(bound().text());
                    let _ = Run::load::<Named>(query, self).await;
                    let query = diesel::sql_query(&sql).bind::<BigInt, _>(bound().number());
                    let _ = Run::execute(query, self).await;
                    let query = canaries::table.select(canaries::name);
                    let query = query.filter(canaries::name.eq(bound().text()));
                    let _ = Run::load::<String>(query, self).await;
                    let values = (
                        canaries::id.eq(bound().number()),
                        canaries::name.eq(bound().text()),
                        canaries::data.eq(bound().bytes()),
                    );
                    for _ in 0..2 {
                        let insert = diesel::insert_into(canaries::table).values(values.clone());
                        let _ = Run::execute(insert, self).await;
                    }
                }
            }
        }
    )+ };
}

async_drivers! {
    AsyncPgConnection, "diesel_async_postgres", Postgres, "$1";
    AsyncMysqlConnection, "diesel_async_mysql", MySql, "?";
    GuardedAsync<AsyncPgConnection>, "diesel_async_guarded_postgres", Postgres, "$1";
    GuardedAsync<AsyncMysqlConnection>, "diesel_async_guarded_mysql", MySql, "?";
    SyncConnectionWrapper<SqliteConnection, ScopedTokio>, "diesel_async_sqlite", Sqlite, "?";
}

fn dialect_of(backend: sea_orm::DbBackend) -> Dialect {
    match backend {
        sea_orm::DbBackend::MySql => Dialect::MySql,
        sea_orm::DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    }
}

fn mark_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "$1",
        _ => "?",
    }
}

/// SeaORM, watched or guarded.
pub(crate) trait Wrapped: ConnectionTrait {
    const NAME: &'static str;
}

impl Wrapped for DatabaseConnection {
    const NAME: &'static str = "sea_orm";
}

impl Wrapped for perfguard::sea_orm::Guarded<DatabaseConnection> {
    const NAME: &'static str = "sea_orm_guarded";
}

pub(crate) struct SeaOrm<C>(pub(crate) C);

impl<C: Wrapped> Driver for SeaOrm<C> {
    const NAME: &'static str = C::NAME;

    fn dialect(&self) -> Dialect {
        dialect_of(self.0.get_database_backend())
    }

    async fn text(&mut self, sql: &str) {
        let db = &self.0;
        if super::secrets::sown().is_multiple_of(3) {
            let _ = db.execute_unprepared(sql).await;
        } else {
            let sql = Statement::from_string(db.get_database_backend(), sql);
            let _ = db.query_all_raw(sql).await;
        }
    }

    async fn binds(&mut self, tag: &str) {
        let db = &self.0;
        let sql = by_hand(tag, mark_of(self.dialect()));
        for _ in 0..8 {
            for value in [
                Value::from(bound().text()),
                Value::from(bound().number()),
                Value::from(bound().bytes()),
                Value::from(bound().json()),
                Value::from(bound().uuid()),
            ] {
                let sql = Statement::from_sql_and_values(db.get_database_backend(), &sql, [value]);
                let _ = db.query_all_raw(sql).await;
            }
            let rows = canary::Entity::find();
            let named = rows.clone().filter(canary::Column::Name.eq(bound().text()));
            let _ = named.all(db).await;
            let sized = canary::Entity::find_by_id(bound().number());
            let _ = sized.limit(2_000).all(db).await;
            let filled = rows.filter(canary::Column::Data.eq(bound().bytes()));
            let _ = filled.one(db).await;
            let row = canary::ActiveModel {
                id: sea_orm::Set(bound().number()),
                name: sea_orm::Set(bound().text()),
                data: sea_orm::Set(bound().bytes()),
            };
            for _ in 0..2 {
                let insert = canary::Entity::insert(row.clone());
                let _ = insert.exec_without_returning(db).await;
            }
        }
    }
}

/// Bare sqlx, which perfguard knows by its events.
pub(crate) struct Sqlx(pub(crate) DatabaseConnection);

macro_rules! on_pool {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db.get_database_backend() {
            sea_orm::DbBackend::MySql => {
                let $pool = $db.get_mysql_connection_pool();
                $body
            }
            sea_orm::DbBackend::Postgres => {
                let $pool = $db.get_postgres_connection_pool();
                $body
            }
            _ => {
                let $pool = $db.get_sqlite_connection_pool();
                $body
            }
        }
    };
}

impl Driver for Sqlx {
    const NAME: &'static str = "sqlx";

    fn dialect(&self) -> Dialect {
        dialect_of(self.0.get_database_backend())
    }

    async fn text(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        on_pool!(self.0, |pool| drop(sqlx::query(sql).fetch_all(pool).await));
    }

    async fn binds(&mut self, tag: &str) {
        let sql = by_hand(tag, mark_of(self.dialect()));
        for _ in 0..8 {
            let sql = || AssertSqlSafe(sql.clone());
            on_pool!(self.0, |pool| {
                let _ = sqlx::query(sql())
                    .bind(bound().text())
                    .fetch_all(pool)
                    .await;
                let _ = sqlx::query(sql())
                    .bind(bound().number())
                    .fetch_all(pool)
                    .await;
                let _ = sqlx::query(sql())
                    .bind(bound().bytes())
                    .fetch_all(pool)
                    .await;
            });
        }
    }
}

/// A database with the table that the statements ask for.
pub(crate) async fn database(backend: Backend) -> Option<Database> {
    let database = Database::create(backend, 3).await?;
    let data = match backend {
        Backend::Postgres => "BYTEA",
        Backend::MySql | Backend::Sqlite => "BLOB",
    };
    let table = format!(
        "CREATE TABLE canaries (id BIGINT, name VARCHAR(200) NOT NULL UNIQUE, data {data})"
    );
    database
        .run(&[
            &table,
            "INSERT INTO canaries (id, name) VALUES (1, 'a'), (2, 'b')",
        ])
        .await;
    Some(database)
}

pub(crate) async fn pool(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).min_connections(1);
    sea_orm::Database::connect(options).await.unwrap()
}
