//! The tables in Diesel.

use std::error::Error;
use std::time::Duration;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sqlite::Sqlite;
use perfguard::diesel::Guarded;

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
        views -> Integer,
    }
}

diesel::table! {
    comments (id) {
        id -> Integer,
        post_id -> Integer,
        author_id -> Integer,
        body -> Text,
    }
}

diesel::table! {
    tags (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    settings (id) {
        id -> Integer,
        theme -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> Integer,
        kind -> Text,
    }
}

// Of its 21 columns: Diesel knows tables of 16 without a feature.
diesel::table! {
    products (id) {
        id -> Integer,
        name -> Text,
    }
}

// Views, which to a SELECT are tables.
diesel::table! {
    countries (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    visits (id) {
        id -> Integer,
        page -> Text,
    }
}

/// SQL functions that cases bring with them.
#[diesel::declare_sql_function]
extern "SQL" {
    /// Takes its time, and returns 1.
    fn waits() -> Integer;
}

diesel::joinable!(posts -> authors (author_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(comments -> authors (author_id));
diesel::allow_tables_to_appear_in_same_query!(authors, posts, comments, countries, tags);

#[derive(Clone, Debug, Identifiable, Queryable, Selectable)]
pub struct Author {
    pub id: i32,
    pub name: String,
}

#[derive(Clone, Debug, Identifiable, Associations, Queryable, Selectable)]
#[diesel(belongs_to(Author))]
pub struct Post {
    pub id: i32,
    pub author_id: i32,
    pub title: String,
}

#[derive(Clone, Debug, Identifiable, Associations, Queryable, Selectable)]
#[diesel(belongs_to(Post))]
pub struct Comment {
    pub id: i32,
    pub post_id: i32,
    pub author_id: i32,
}

/// A post with all its columns, to be changed.
#[derive(Clone, Debug, AsChangeset, Identifiable, Queryable)]
#[diesel(table_name = posts)]
pub struct WholePost {
    pub id: i32,
    pub author_id: i32,
    pub title: String,
    pub views: i32,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = tags)]
pub struct NewTag {
    pub name: String,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = authors)]
pub struct NewAuthor {
    pub name: String,
    pub email: Option<String>,
}

/// The last six posts.
pub fn latest<C>(conn: &mut C) -> QueryResult<Vec<Post>>
where
    C: LoadConnection<Backend = Sqlite>,
{
    posts::table
        .select(Post::as_select())
        .order(posts::id.desc())
        .limit(6)
        .load(conn)
}

/// From now on each look at [`waits`](fn@waits) takes so long.
pub fn wait_for(conn: &mut SqliteConnection, time: Duration) -> QueryResult<()> {
    waits_utils::register_nondeterministic_impl(conn, move || {
        std::thread::sleep(time);
        1
    })
}

/// What it takes to make connections.
pub struct Diesel {
    pub pool: Pool<ConnectionManager<SqliteConnection>>,
    pub url: String,
}

pub(super) fn open() -> Result<SqliteConnection, Box<dyn Error>> {
    perfguard::diesel::install()?;
    filled(SqliteConnection::establish(":memory:")?)
}

pub(super) fn open_guarded() -> Result<Guarded<SqliteConnection>, Box<dyn Error>> {
    filled(Guarded::establish(":memory:")?)
}

pub(super) fn open_pool() -> Result<Diesel, Box<dyn Error>> {
    perfguard::diesel::install()?;
    let url = crate::fresh_database();
    let pool = Pool::builder()
        .max_size(2)
        .build(ConnectionManager::new(&url))?;
    filled(pool.get()?)?;
    Ok(Diesel { pool, url })
}

fn filled<C: SimpleConnection>(mut connection: C) -> Result<C, Box<dyn Error>> {
    connection.batch_execute(include_str!("schema.sql"))?;
    Ok(connection)
}
