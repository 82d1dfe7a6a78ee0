//! The gallery's databases in Diesel.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ConnectionManager;
use perfguard::diesel::Guarded;

use crate::failed::Failed;

/// A connection that knows its rows.
pub(crate) type Connection = Guarded<SqliteConnection>;

pub(crate) type Pool = diesel::r2d2::Pool<ConnectionManager<Connection>>;

/// What a handler takes.
#[derive(Clone)]
pub(crate) struct Diesel {
    pub(crate) pool: Pool,
    /// For those that establish a connection by themselves.
    pub(crate) url: String,
}

/// The tables of the blog.
pub(crate) mod blog {
    use diesel::prelude::*;
    use serde::Serialize;

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
}

/// A new in-memory database with these tables.
pub(crate) fn open(tables: &str) -> Result<Diesel, crate::Error> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = format!("file:gallery_{number}?mode=memory&cache=shared");
    let pool = Pool::builder()
        .max_size(4)
        // An in-memory database is gone with its last connection.
        .idle_timeout(None)
        .max_lifetime(None)
        .build(ConnectionManager::<Connection>::new(&url))?;
    pool.get()?.batch_execute(tables)?;
    Ok(Diesel { pool, url })
}

impl Diesel {
    /// Runs sync Diesel code where it may block, in the scope of the caller.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        body: impl FnOnce(&mut Connection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, Failed> {
        let pool = self.pool;
        tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
            Ok(body(&mut *pool.get()?)?)
        }))
        .await?
    }
}
