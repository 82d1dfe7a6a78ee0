//! The blog in Diesel.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, PooledConnection};

pub type Pool = diesel::r2d2::Pool<ConnectionManager<SqliteConnection>>;
pub type Pooled = PooledConnection<ConnectionManager<SqliteConnection>>;

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

diesel::joinable!(posts -> authors (author_id));
diesel::allow_tables_to_appear_in_same_query!(authors, posts);

#[derive(Clone, Debug, Identifiable, Queryable, Selectable)]
#[diesel(table_name = authors)]
pub struct Author {
    pub id: i32,
    pub name: String,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = posts)]
pub struct Post {
    pub id: i32,
    pub author_id: i32,
    pub title: String,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = authors)]
pub struct NewAuthor {
    pub name: String,
    pub email: Option<String>,
}

/// A pool of four on a database with `posts` posts, each by its own author.
pub fn pool(posts: i32) -> Pool {
    perfguard::diesel::install().expect("diesel takes an instrumentation");
    let pool = Pool::builder()
        .max_size(4)
        .build(ConnectionManager::new(crate::fresh_database()))
        .expect("sqlite opens");
    let mut connection = pool.get().expect("the pool has a connection");
    connection
        .batch_execute(&format!(
            "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
             CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {posts})
             INSERT INTO posts SELECT i, i, 'post ' || i FROM n;
             INSERT INTO authors SELECT id, 'author ' || id, NULL FROM posts;"
        ))
        .expect("the tables are made");
    pool
}

pub fn connection(pool: &Pool) -> Pooled {
    pool.get().expect("the pool has a connection")
}

pub fn latest(conn: &mut SqliteConnection, n: i64) -> Vec<Post> {
    posts::table
        .select(Post::as_select())
        .order(posts::id.desc())
        .limit(n)
        .load(conn)
        .expect("posts are read")
}

pub fn find_author(conn: &mut SqliteConnection, id: i32) -> Author {
    authors::table
        .find(id)
        .select(Author::as_select())
        .first(conn)
        .expect("the author exists")
}
