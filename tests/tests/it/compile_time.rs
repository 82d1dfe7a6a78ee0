//! What the compiler says of annotated functions on the real ORMs.
//!
//! Nothing is run. A function that has to be warned of expects the warning, and the compiler refuses
//! an expectation that is not met; any other warning is refused as well.
#![deny(deprecated, unfulfilled_lint_expectations)]
#![allow(dead_code)]

use perfguard::query_budget;

struct Post {
    id: i32,
    author: i32,
}

mod diesel_sync {
    use std::sync::{Arc, Mutex, mpsc};

    use diesel::prelude::*;
    use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};
    use perfguard::diesel::Guarded;

    use super::*;

    diesel::table! {
        authors (id) {
            id -> Integer,
            name -> Text,
        }
    }

    type Sqlite = ConnectionManager<SqliteConnection>;

    fn author(conn: &mut SqliteConnection, id: i32) -> QueryResult<String> {
        authors::table.find(id).select(authors::name).first(conn)
    }

    impl Post {
        fn author(&self, conn: &mut impl Connection) -> i32 {
            let _ = conn;
            self.author
        }

        fn comments(&self, pool: &Pool<Sqlite>) -> i32 {
            let _ = pool;
            self.id
        }
    }

    #[expect(deprecated, reason = "a query in a loop")]
    #[query_budget(max = 3)]
    fn terminal(conn: &mut SqliteConnection, posts: &[Post]) -> QueryResult<Vec<String>> {
        let mut names = Vec::new();
        for post in posts {
            names.push(
                authors::table
                    .find(post.author)
                    .select(authors::name)
                    .first::<String>(conn)?,
            );
        }
        Ok(names)
    }

    #[expect(deprecated, reason = "a query in a closure")]
    #[query_budget(max = 3)]
    fn callee(conn: &mut SqliteConnection, posts: &[Post]) -> QueryResult<Vec<String>> {
        posts.iter().map(|post| author(conn, post.author)).collect()
    }

    #[expect(deprecated, reason = "a query in a method that is called in a loop")]
    #[query_budget(max = 3)]
    fn method(mut conn: PooledConnection<Sqlite>, posts: &[Post]) -> i32 {
        let mut sum = 0;
        for post in posts {
            sum += post.author(&mut conn);
        }
        sum
    }

    #[expect(deprecated, reason = "whatever its type is, it is a connection")]
    #[query_budget(max = 3)]
    fn generic<C: Connection>(conn: &mut C, posts: &[Post]) -> i32 {
        posts.iter().map(|post| post.author(conn)).sum()
    }

    #[expect(deprecated, reason = "perfguard's own")]
    #[query_budget(max = 3)]
    fn guarded(conn: &mut Guarded<SqliteConnection>, posts: &[Post]) -> i32 {
        posts.iter().map(|post| post.author(conn)).sum()
    }

    #[expect(deprecated, reason = "a connection behind a guard")]
    #[query_budget(max = 3)]
    fn behind_a_lock(shared: &Mutex<SqliteConnection>, posts: &[Post]) -> QueryResult<()> {
        let mut conn = shared.lock().expect("no panic");
        for post in posts {
            author(&mut conn, post.author)?;
        }
        Ok(())
    }

    #[expect(deprecated, reason = "a pool")]
    #[query_budget(max = 3)]
    fn pool(pool: &Pool<Sqlite>, posts: &[Post]) -> i32 {
        posts.iter().map(|post| post.comments(pool)).sum()
    }

    #[expect(deprecated, reason = "what a match takes from a pool")]
    #[query_budget(max = 3)]
    fn matched(pool: &Pool<Sqlite>, posts: &[Post]) -> QueryResult<()> {
        match pool.get() {
            Ok(mut conn) => {
                for post in posts {
                    author(&mut conn, post.author)?;
                }
                Ok(())
            }
            Err(_) => Err(diesel::result::Error::NotFound),
        }
    }

    struct Shop {
        pool: Pool<Sqlite>,
        name: String,
    }

    #[expect(deprecated, reason = "a part of a parameter")]
    #[query_budget(max = 3)]
    fn part(shop: Shop, posts: &[Post]) -> i32 {
        let Shop { pool, name } = shop;
        drop(name);
        posts.iter().map(|post| post.comments(&pool)).sum()
    }

    #[expect(deprecated, reason = "a pool behind an Arc")]
    #[query_budget(max = 3)]
    fn shared_pool(pool: &Arc<Pool<Sqlite>>, posts: &[Post]) -> i32 {
        posts.iter().map(|post| post.comments(pool)).sum()
    }

    #[expect(deprecated, reason = "in a transaction")]
    #[query_budget(max = 3)]
    fn transaction(conn: &mut SqliteConnection, posts: &[Post]) -> QueryResult<()> {
        conn.transaction(|conn| {
            for post in posts {
                diesel::insert_into(authors::table)
                    .values(authors::id.eq(post.author))
                    .execute(conn)?;
            }
            Ok(())
        })
    }

    #[expect(deprecated, reason = "the thread of the runtime waits")]
    #[query_budget(max = 3)]
    async fn blocking(pool: Pool<Sqlite>) -> QueryResult<String> {
        let mut conn = pool.get().expect("a connection");
        author(&mut conn, 1)
    }

    #[query_budget(max = 3)]
    async fn on_another_thread(pool: Pool<Sqlite>) -> QueryResult<String> {
        let run = perfguard::in_current_scope(move || {
            let mut conn = pool.get().expect("a connection");
            author(&mut conn, 1)
        });
        tokio::task::spawn_blocking(run).await.expect("no panic")
    }

    struct Conn(mpsc::Sender<i32>);

    #[query_budget(max = 3)]
    fn names_alone(conn: &mut Conn, tx: mpsc::Sender<i32>, db: &str, posts: &[Post]) {
        fn note(_: &mut Conn, _: &mpsc::Sender<i32>, _: &str, _: i32) {}
        for post in posts {
            note(conn, &tx, db, post.id);
        }
    }

    #[query_budget(max = 3)]
    fn batches(conn: &mut SqliteConnection, posts: &[Post]) -> QueryResult<Vec<String>> {
        let ids: Vec<i32> = posts.iter().map(|post| post.author).collect();
        let mut names = Vec::new();
        for ids in ids.chunks(1000) {
            let found = authors::table.filter(authors::id.eq_any(ids));
            names.extend(found.select(authors::name).load::<String>(conn)?);
        }
        Ok(names)
    }
}

mod diesel_async {
    use ::diesel_async::pooled_connection::{bb8, deadpool};
    use ::diesel_async::{AsyncPgConnection, RunQueryDsl};
    use diesel::prelude::*;
    use perfguard::diesel::GuardedAsync;

    use super::diesel_sync::authors;
    use super::*;

    async fn author(conn: &mut AsyncPgConnection, id: i32) -> QueryResult<String> {
        let author = authors::table.find(id).select(authors::name);
        author.first(conn).await
    }

    #[expect(deprecated, reason = "a query in a loop")]
    #[query_budget(max = 3)]
    async fn callee(conn: &mut AsyncPgConnection, posts: &[Post]) -> QueryResult<()> {
        for post in posts {
            author(conn, post.author).await?;
        }
        Ok(())
    }

    #[expect(deprecated, reason = "a query in a loop, by a pooled connection")]
    #[query_budget(max = 3)]
    async fn pooled(pool: deadpool::Pool<AsyncPgConnection>, posts: &[Post]) -> QueryResult<()> {
        let mut conn = pool.get().await.expect("a connection");
        for post in posts {
            let name = authors::table.find(post.author).select(authors::name);
            let _: String = name.first(&mut conn).await?;
        }
        Ok(())
    }

    #[expect(deprecated, reason = "a pool")]
    #[query_budget(max = 3)]
    async fn pool(pool: &deadpool::Pool<AsyncPgConnection>, posts: &[Post]) {
        async fn author(_: &deadpool::Pool<AsyncPgConnection>, _: i32) {}
        for post in posts {
            author(pool, post.author).await;
        }
    }

    #[expect(deprecated, reason = "another pool")]
    #[query_budget(max = 3)]
    async fn other_pool(pool: &bb8::Pool<AsyncPgConnection>, posts: &[Post]) {
        async fn author(_: &bb8::Pool<AsyncPgConnection>, _: i32) {}
        for post in posts {
            author(pool, post.author).await;
        }
    }

    #[expect(deprecated, reason = "perfguard's own")]
    #[query_budget(max = 3)]
    async fn guarded(conn: &mut GuardedAsync<AsyncPgConnection>, posts: &[Post]) -> i32 {
        async fn author(_: &mut GuardedAsync<AsyncPgConnection>, id: i32) -> i32 {
            id
        }
        let mut sum = 0;
        for post in posts {
            sum += author(conn, post.author).await;
        }
        sum
    }

    /// It awaits, and blocks nobody.
    #[query_budget(max = 3)]
    async fn one(conn: &mut AsyncPgConnection) -> QueryResult<String> {
        author(conn, 1).await
    }

    fn is_send<T: Send>(_: &T) {}

    fn stays_send(conn: &mut AsyncPgConnection, posts: &[Post]) {
        is_send(&callee(conn, posts));
    }
}

mod sea_orm {
    use std::sync::Arc;

    use ::sea_orm::{
        ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait,
    };
    use futures::future::try_join_all;
    use perfguard::sea_orm::Guarded;

    use super::*;

    #[derive(Clone)]
    struct State {
        db: DatabaseConnection,
        shared: Arc<DatabaseConnection>,
    }

    async fn author(db: &impl ConnectionTrait, id: i32) -> Result<i32, DbErr> {
        let _ = db;
        Ok(id)
    }

    async fn in_pool(db: &DatabaseConnection, id: i32) -> Result<i32, DbErr> {
        author(db, id).await
    }

    #[expect(deprecated, reason = "a query in a loop")]
    #[query_budget(max = 3)]
    async fn field(state: State, posts: Vec<Post>) -> Result<i32, DbErr> {
        let mut sum = 0;
        for post in posts {
            sum += author(&state.db, post.author).await?;
        }
        Ok(sum)
    }

    #[expect(deprecated, reason = "a query in a loop, behind an Arc")]
    #[query_budget(max = 3)]
    async fn shared(state: &State, posts: &[Post]) -> Result<i32, DbErr> {
        let mut sum = 0;
        for post in posts {
            sum += in_pool(&state.shared, post.author).await?;
        }
        Ok(sum)
    }

    #[expect(deprecated, reason = "all at once are as many")]
    #[query_budget(max = 3)]
    async fn joined(db: &DatabaseConnection, posts: &[Post]) -> Result<Vec<i32>, DbErr> {
        try_join_all(posts.iter().map(|post| author(db, post.author))).await
    }

    #[expect(deprecated, reason = "in a transaction")]
    #[query_budget(max = 3)]
    async fn transaction(db: &DatabaseConnection, posts: &[Post]) -> Result<i32, DbErr> {
        let tx: DatabaseTransaction = db.begin().await?;
        let mut sum = 0;
        for post in posts {
            sum += author(&tx, post.author).await?;
        }
        tx.commit().await?;
        Ok(sum)
    }

    #[expect(deprecated, reason = "perfguard's own")]
    #[query_budget(max = 3)]
    async fn guarded(db: &Guarded<DatabaseConnection>, posts: &[Post]) -> Result<i32, DbErr> {
        let mut sum = 0;
        for post in posts {
            sum += author(db, post.author).await?;
        }
        Ok(sum)
    }

    #[expect(deprecated, reason = "whatever its type is, it is a connection")]
    #[query_budget(max = 3)]
    async fn generic<C: ConnectionTrait>(db: &C, posts: &[Post]) -> Result<i32, DbErr> {
        let mut sum = 0;
        for post in posts {
            sum += author(db, post.author).await?;
        }
        Ok(sum)
    }

    #[query_budget(max = 3)]
    async fn allowed(db: &DatabaseConnection, posts: &[Post]) -> Result<i32, DbErr> {
        let mut sum = 0;
        #[perfguard::allow(query_in_loop, reason = "three posts")]
        for post in posts {
            sum += author(db, post.author).await?;
        }
        Ok(sum)
    }
}
