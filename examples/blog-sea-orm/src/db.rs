//! The database.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

/// A new in-memory database with the blog's rows in it.
///
/// Call `perfguard::sea_orm::install` on it before it is cloned.
///
/// # Errors
/// If SQLite cannot be opened, or refuses the rows.
pub async fn open() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(4)
        .sqlx_logging(false)
        // An in-memory database is gone with its last connection.
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = Database::connect(options).await?;
    db.execute_unprepared(include_str!("../seed.sql")).await?;
    Ok(db)
}
