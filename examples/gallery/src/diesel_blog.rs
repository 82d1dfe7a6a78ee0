//! The gallery's tables in Diesel.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ConnectionManager;
use serde::Serialize;

use crate::failed::Failed;

/// Connections to one database.
pub(crate) type Pool = diesel::r2d2::Pool<ConnectionManager<SqliteConnection>>;

diesel::table! {
    authors (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    posts (id) {
        id -> Integer,
        author_id -> Integer,
        title -> Text,
    }
}

#[derive(Clone, Queryable, Selectable, Serialize)]
pub(crate) struct Author {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Serialize)]
pub(crate) struct Post {
    id: i32,
    pub(crate) author_id: i32,
    title: String,
}

/// A new in-memory database with the rows of `seed.sql`.
pub(crate) fn open() -> Result<Pool, crate::Error> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = format!("file:gallery_{number}?mode=memory&cache=shared");
    perfguard::diesel::install()?;
    let pool = Pool::builder()
        .max_size(4)
        // An in-memory database is gone with its last connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .build(ConnectionManager::new(url))?;
    pool.get()?.batch_execute(include_str!("../seed.sql"))?;
    Ok(pool)
}

/// Runs sync Diesel code where it may block, in the scope of the caller.
pub(crate) async fn run<T: Send + 'static>(
    pool: Pool,
    body: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
        Ok(body(&mut *pool.get()?)?)
    }))
    .await?
}
