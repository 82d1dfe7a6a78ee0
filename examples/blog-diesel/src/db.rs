//! The database and the way to it from async code.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ConnectionManager;

use crate::error::AppError;

/// Connections to one database.
pub type Pool = diesel::r2d2::Pool<ConnectionManager<SqliteConnection>>;

/// A new in-memory database with the blog's rows in it.
///
/// Call `perfguard::diesel::install` before: connections that exist already
/// are not watched.
///
/// # Errors
/// If SQLite cannot be opened, or refuses the rows.
pub fn open() -> Result<Pool, Box<dyn Error + Send + Sync>> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = format!("file:blog_{number}?mode=memory&cache=shared");
    let pool = Pool::builder()
        .max_size(4)
        // An in-memory database is gone with its last connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .build(ConnectionManager::new(url))?;
    pool.get()?.batch_execute(include_str!("../seed.sql"))?;
    Ok(pool)
}

/// Runs sync Diesel code where it may block, in the scope of the caller: what
/// it asks the database counts for the handler that awaits it.
///
/// # Errors
/// What `body` returns, and if there is no connection to give to it.
pub async fn run<T: Send + 'static>(
    pool: Pool,
    body: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
        Ok(body(&mut *pool.get()?)?)
    }))
    .await?
}
