//! The blog in Diesel, sync and async.

use std::ops::DerefMut;

#[cfg(feature = "mysqlclient")]
use diesel::MysqlConnection;
use diesel::r2d2::{ConnectionManager, Pool, R2D2Connection};
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncMysqlConnection, AsyncPgConnection};
use perfguard::diesel::{Guarded, GuardedAsync, ScopedTokio};
use tokio::sync::Mutex;

use super::blog::Source;

const SOURCE: Source = Source {
    file: file!(),
    text: include_str!("diesel.rs"),
};

diesel::table! {
    authors (id) {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
    }
}

diesel::table! {
    posts (id) {
        id -> Integer,
        author_id -> Integer,
        title -> Text,
    }
}

diesel::table! {
    drafts (id) {
        id -> Integer,
    }
}

diesel::joinable!(posts -> authors (author_id));
diesel::allow_tables_to_appear_in_same_query!(authors, posts);

#[derive(diesel::Insertable)]
#[diesel(table_name = authors)]
struct NewAuthor {
    name: String,
    email: Option<String>,
}

impl NewAuthor {
    fn new(number: u32) -> Self {
        Self {
            name: format!("new {number}"),
            email: None,
        }
    }
}

#[derive(diesel::AsChangeset, diesel::Identifiable, diesel::Queryable)]
#[diesel(table_name = authors)]
struct Author {
    id: i32,
    name: String,
    email: Option<String>,
}

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Where the handlers take their connection from.
pub(crate) trait Connections {
    type Connection;

    async fn open(url: &str) -> Self;
    async fn check_out(&self) -> impl DerefMut<Target = Self::Connection>;
}

/// One sync connection.
pub(crate) struct Direct<C>(Mutex<C>);

impl<C: diesel::Connection> Connections for Direct<C> {
    type Connection = C;

    async fn open(url: &str) -> Self {
        perfguard::diesel::install().unwrap();
        Self(Mutex::new(C::establish(url).unwrap()))
    }

    async fn check_out(&self) -> impl DerefMut<Target = C> {
        self.0.lock().await
    }
}

/// Sync connections in a pool of `r2d2`.
pub(crate) struct R2d2<C: R2D2Connection + 'static>(Pool<ConnectionManager<C>>);

impl<C: R2D2Connection + 'static> Connections for R2d2<C> {
    type Connection = C;

    async fn open(url: &str) -> Self {
        perfguard::diesel::install().unwrap();
        let pool = Pool::builder().max_size(4).min_idle(Some(0));
        Self(pool.build_unchecked(ConnectionManager::new(url)))
    }

    async fn check_out(&self) -> impl DerefMut<Target = C> {
        self.0.get().unwrap()
    }
}

/// Async connections in a pool of `deadpool`.
macro_rules! deadpool {
    ($($Connection:ty),+) => { $(
        impl Connections for deadpool::Pool<$Connection> {
            type Connection = $Connection;

            async fn open(url: &str) -> Self {
                perfguard::diesel::install().unwrap();
                let pool = Self::builder(AsyncDieselConnectionManager::new(url));
                pool.max_size(4).build().unwrap()
            }

            async fn check_out(&self) -> impl DerefMut<Target = $Connection> {
                self.get().await.unwrap()
            }
        }
    )+ };
}

deadpool!(
    AsyncMysqlConnection,
    AsyncPgConnection,
    GuardedAsync<AsyncMysqlConnection>,
    GuardedAsync<AsyncPgConnection>,
    SyncConnectionWrapper<Guarded<SqliteConnection>, ScopedTokio>,
    SyncConnectionWrapper<SqliteConnection, ScopedTokio>
);

/// What sync and async code name alike.
mod sync_api {
    pub(super) use diesel::{Connection, RunQueryDsl, SaveChangesDsl};
}

mod async_api {
    pub(super) use diesel_async::{AsyncConnection as Connection, RunQueryDsl, SaveChangesDsl};
}

/// A batch insert. Diesel has one INSERT per row for it on SQLite, which
/// diesel-async does not offer: there it is sync code for a blocking thread.
macro_rules! insert_many {
    (here, $conn:ident, $insert:ident, $($wait:tt)*) => {
        $insert.execute($conn)$($wait)*
    };
    (blocking, $conn:ident, $insert:ident, $($wait:tt)*) => {
        $conn
            .spawn_blocking(move |conn| diesel::RunQueryDsl::execute($insert, conn))
            $($wait)*
    };
}

/// The handlers over one type of connection: `$wait` is `.await` in async
/// code, and `$begin` what a transaction's closure begins with. `save_changes`
/// takes `conn$inner`: a guard of diesel-async's connections has it inside only.
macro_rules! handlers {
    (
        $module:ident, $Connection:ty, $backend:ident, $knows:ident,
        api: $api:ident, wait: [$($wait:tt)*], begin: [$($begin:tt)*],
        save: $save:literal, on: [$($inner:tt)*], batch: $batch:ident,
    ) => {
        pub(crate) mod $module {
            use diesel::prelude::*;
            use diesel::result::Error;
            use perfguard_tests::servers::{Backend, Database};

            use super::super::blog::{Blog, Knows, Source, Statements};
            use super::$api::{Connection, RunQueryDsl, SaveChangesDsl};
            use super::{Author, Connections, Named, NewAuthor, authors, drafts, posts};

            pub(crate) struct Handlers<C> {
                // Before the database, which it uses.
                connections: C,
                database: Database,
            }

            impl<C: Connections<Connection = $Connection>> Blog for Handlers<C> {
                const BACKEND: Backend = Backend::$backend;
                const SOURCE: Source = super::SOURCE;
                const KNOWS: Knows = Knows::$knows;
                const TELLS_TRANSACTIONS: bool = true;
                const STATEMENTS: Statements = Statements {
                    // Without a call that reads it back where there is no RETURNING.
                    insert_and_get: 2,
                    save: $save,
                };

                async fn connect(database: Database) -> Self {
                    let connections = C::open(database.url()).await;
                    Self { connections, database }
                }

                fn database(&self) -> &Database {
                    &self.database
                }

                async fn one_by_one(&self, posts: u32) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let latest = posts::table.select(posts::author_id).order(posts::id.desc());
                    let latest = latest.limit(posts.into());
                    let ids = latest.load::<i32>(conn)$($wait)*.unwrap(); // the posts to ask authors for
                    let mut names = Vec::new();
                    for id in ids {
                        let author = authors::table.find(id).select(authors::name);
                        names.push(author.first(conn)$($wait)*.unwrap()); // an author of a post
                    }
                    names
                }

                async fn in_a_batch(&self, posts: u32) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let latest = posts::table.select(posts::author_id).order(posts::id.desc());
                    let ids: Vec<i32> = latest.limit(posts.into()).load(conn)$($wait)*.unwrap();
                    let some = authors::table.filter(authors::id.eq_any(ids));
                    some.select(authors::name).load(conn)$($wait)*.unwrap()
                }

                async fn in_chunks(&self, posts: u32, size: usize) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let latest = posts::table.select(posts::author_id).order(posts::id.desc());
                    let ids: Vec<i32> = latest.limit(posts.into()).load(conn)$($wait)*.unwrap();
                    let mut names = Vec::new();
                    for ids in ids.chunks(size) {
                        let some = authors::table.filter(authors::id.eq_any(ids));
                        let some = some.select(authors::name);
                        names.extend(some.load::<String>(conn)$($wait)*.unwrap());
                    }
                    names
                }

                async fn joined(&self, posts: u32) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let latest = posts::table.inner_join(authors::table).order(posts::id.desc());
                    let latest = latest.select(authors::name).limit(posts.into());
                    latest.load(conn)$($wait)*.unwrap()
                }

                async fn again(&self, times: u32) -> Option<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let mut name = None;
                    for _ in 0..times {
                        let author = authors::table.find(1).select(authors::name);
                        name = author.first(conn)$($wait)*.optional().unwrap(); // the same author
                    }
                    name
                }

                async fn on_two_lines(&self) -> [Option<String>; 2] {
                    let conn = &mut *self.connections.check_out().await;
                    let author = |id: i32| authors::table.find(id).select(authors::name);
                    let one = author(1).first(conn)$($wait)*.optional().unwrap();
                    let other = author(2).first(conn)$($wait)*.optional().unwrap();
                    [one, other]
                }

                async fn by_hand(&self, ids: &[i32]) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let mark = Backend::$backend.placeholder();
                    let mut names = Vec::new();
                    for id in ids {
                        let sql = format!("SELECT name FROM authors WHERE id = {mark}");
                        let author = diesel::sql_query(sql);
                        let author = author.bind::<diesel::sql_types::Integer, _>(*id);
                        let found: Named = author.get_result(conn)$($wait)*.unwrap(); // by hand
                        names.push(found.name);
                    }
                    names
                }

                async fn by_hand_with_literals(&self, ids: &[i32]) -> Vec<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let mut names = Vec::new();
                    for id in ids {
                        let sql = format!("SELECT name FROM authors WHERE id = {id}");
                        let author = diesel::sql_query(sql);
                        let found: Named = author.get_result(conn)$($wait)*.unwrap(); // by hand, with literals
                        names.push(found.name);
                    }
                    names
                }

                async fn all(&self) -> usize {
                    let conn = &mut *self.connections.check_out().await;
                    let all = posts::table.select(posts::title);
                    all.load::<String>(conn)$($wait)*.unwrap().len() // each post
                }

                async fn page(&self, posts: u32) -> usize {
                    let conn = &mut *self.connections.check_out().await;
                    let latest = posts::table.select(posts::title).order(posts::id.desc());
                    let latest = latest.limit(posts.into());
                    latest.load::<String>(conn)$($wait)*.unwrap().len()
                }

                async fn count_and_exists(&self, id: i32) -> (i64, bool) {
                    let conn = &mut *self.connections.check_out().await;
                    let count = authors::table.count().get_result(conn)$($wait)*.unwrap();
                    let exists = diesel::select(diesel::dsl::exists(authors::table.find(id)));
                    (count, exists.get_result(conn)$($wait)*.unwrap())
                }

                async fn insert(&self) {
                    let conn = &mut *self.connections.check_out().await;
                    let insert = diesel::insert_into(authors::table).values(NewAuthor::new(1));
                    insert.execute(conn)$($wait)*.unwrap();
                }

                async fn insert_many(&self, authors: u32) {
                    let conn = &mut *self.connections.check_out().await;
                    let new: Vec<_> = (0..authors).map(NewAuthor::new).collect();
                    let insert = diesel::insert_into(authors::table).values(new);
                    insert_many!($batch, conn, insert, $($wait)*).unwrap();
                }

                async fn insert_each(&self, authors: u32) {
                    let conn = &mut *self.connections.check_out().await;
                    for number in 0..authors {
                        let new = NewAuthor::new(number);
                        let insert = diesel::insert_into(authors::table).values(new);
                        insert.execute(conn)$($wait)*.unwrap(); // an author at a time
                    }
                }

                async fn insert_and_get(&self) -> i32 {
                    let conn = &mut *self.connections.check_out().await;
                    let insert = diesel::insert_into(authors::table).values(NewAuthor::new(1));
                    insert.execute(conn)$($wait)*.unwrap();
                    let latest = authors::table.select(authors::id).order(authors::id.desc());
                    latest.first(conn)$($wait)*.unwrap()
                }

                async fn save(&self, id: i32) -> String {
                    let conn = &mut *self.connections.check_out().await;
                    let author = Author {
                        id,
                        name: "saved".to_owned(),
                        email: None,
                    };
                    let saved: Author = author.save_changes(conn$($inner)*)$($wait)*.unwrap();
                    assert_eq!((saved.id, saved.email), (id, None));
                    saved.name
                }

                async fn update(&self, up_to: i32) {
                    let conn = &mut *self.connections.check_out().await;
                    let some = authors::table.filter(authors::id.le(up_to));
                    let update = diesel::update(some).set(authors::name.eq("renamed"));
                    update.execute(conn)$($wait)*.unwrap();
                }

                async fn delete(&self, up_to: i32) {
                    let conn = &mut *self.connections.check_out().await;
                    let some = authors::table.filter(authors::id.le(up_to));
                    diesel::delete(some).execute(conn)$($wait)*.unwrap();
                }

                async fn read_write_read(&self) -> Option<String> {
                    let conn = &mut *self.connections.check_out().await;
                    let author = authors::table.find(1);
                    let read = author.select(authors::name);
                    let _: String = read.first(conn)$($wait)*.unwrap();
                    let update = diesel::update(author).set(authors::name.eq("renamed"));
                    update.execute(conn)$($wait)*.unwrap();
                    read.first(conn)$($wait)*.optional().unwrap()
                }

                async fn in_a_transaction(&self) {
                    let conn = &mut *self.connections.check_out().await;
                    conn.transaction($($begin)* |conn| {
                        let update = diesel::update(authors::table.find(1));
                        let update = update.set(authors::name.eq("renamed"));
                        update.execute(conn)$($wait)*?;
                        let update = diesel::update(posts::table.find(1));
                        let update = update.set(posts::title.eq("renamed"));
                        update.execute(conn)$($wait)*?;
                        QueryResult::Ok(())
                    })$($wait)*.unwrap();
                }

                async fn in_a_savepoint(&self) {
                    let conn = &mut *self.connections.check_out().await;
                    conn.transaction($($begin)* |conn| {
                        let update = diesel::update(authors::table.find(1));
                        let update = update.set(authors::name.eq("renamed"));
                        update.execute(conn)$($wait)*?;
                        conn.transaction($($begin)* |conn| {
                            let update = diesel::update(posts::table.find(1));
                            let update = update.set(posts::title.eq("renamed"));
                            update.execute(conn)$($wait)*?;
                            QueryResult::Ok(())
                        })$($wait)*
                    })$($wait)*.unwrap();
                }

                async fn rolled_back(&self) {
                    let conn = &mut *self.connections.check_out().await;
                    let result = conn.transaction($($begin)* |conn| {
                        let update = diesel::update(authors::table.find(1));
                        let update = update.set(authors::name.eq("renamed"));
                        update.execute(conn)$($wait)*?;
                        QueryResult::<()>::Err(Error::RollbackTransaction)
                    })$($wait)*;
                    assert_eq!(result, Err(Error::RollbackTransaction));
                }

                async fn taken(&self) -> bool {
                    let conn = &mut *self.connections.check_out().await;
                    let post = (posts::id.eq(1), posts::author_id.eq(1), posts::title.eq("again"));
                    let insert = diesel::insert_into(posts::table).values(post);
                    insert.execute(conn)$($wait)*.is_err()
                }

                async fn drafts(&self) -> Option<i64> {
                    let conn = &mut *self.connections.check_out().await;
                    drafts::table.count().get_result(conn)$($wait)*.ok()
                }

                async fn checked_out_twice(&self) -> [Option<String>; 2] {
                    let author = |id: i32| authors::table.find(id).select(authors::name);
                    let one = {
                        let conn = &mut *self.connections.check_out().await;
                        author(1).first(conn)$($wait)*.optional().unwrap()
                    };
                    let conn = &mut *self.connections.check_out().await;
                    let other = author(2).first(conn)$($wait)*.optional().unwrap();
                    [one, other]
                }
            }
        }
    };
}

handlers! {
    on_sqlite, super::SqliteConnection, Sqlite, Statements,
    api: sync_api, wait: [], begin: [],
    save: 2, on: [], batch: here,
}
handlers! {
    on_postgres, super::PgConnection, Postgres, Statements,
    api: sync_api, wait: [], begin: [],
    save: 1, on: [], batch: here,
}
#[cfg(feature = "mysqlclient")]
handlers! {
    on_mysql, super::MysqlConnection, MySql, Statements,
    api: sync_api, wait: [], begin: [],
    save: 2, on: [], batch: here,
}
handlers! {
    guarded_on_sqlite, super::Guarded<super::SqliteConnection>, Sqlite, Rows,
    api: sync_api, wait: [], begin: [],
    save: 2, on: [], batch: here,
}
handlers! {
    guarded_on_postgres, super::Guarded<super::PgConnection>, Postgres, Rows,
    api: sync_api, wait: [], begin: [],
    save: 1, on: [], batch: here,
}
#[cfg(feature = "mysqlclient")]
handlers! {
    guarded_on_mysql, super::Guarded<super::MysqlConnection>, MySql, Rows,
    api: sync_api, wait: [], begin: [],
    save: 2, on: [], batch: here,
}
handlers! {
    async_on_sqlite, super::SyncConnectionWrapper<super::SqliteConnection, super::ScopedTokio>, Sqlite, Statements,
    api: async_api, wait: [.await], begin: [async],
    save: 1, on: [], batch: blocking,
}
handlers! {
    async_on_postgres, super::AsyncPgConnection, Postgres, Statements,
    api: async_api, wait: [.await], begin: [async],
    save: 1, on: [], batch: here,
}
handlers! {
    async_on_mysql, super::AsyncMysqlConnection, MySql, Statements,
    api: async_api, wait: [.await], begin: [async],
    save: 2, on: [], batch: here,
}
handlers! {
    guarded_async_on_sqlite, super::SyncConnectionWrapper<super::Guarded<super::SqliteConnection>, super::ScopedTokio>, Sqlite, Rows,
    api: async_api, wait: [.await], begin: [async],
    save: 1, on: [], batch: blocking,
}
handlers! {
    guarded_async_on_postgres, super::GuardedAsync<super::AsyncPgConnection>, Postgres, Rows,
    api: async_api, wait: [.await], begin: [async],
    save: 1, on: [.inner_mut()], batch: here,
}
handlers! {
    guarded_async_on_mysql, super::GuardedAsync<super::AsyncMysqlConnection>, MySql, Rows,
    api: async_api, wait: [.await], begin: [async],
    save: 2, on: [.inner_mut()], batch: here,
}
