//! The same for diesel-async.

mod connection;
mod ends;

use std::fmt;

use diesel_async::{AnsiTransactionManager, AsyncConnection};
use perfguard_core::Limits;

pub use ends::{Execute, Load, Stream};

use crate::{backend, watched};

/// A connection of diesel-async that counts the rows of its statements, and
/// refuses a statement where a hard limit is reached.
///
/// ```ignore
/// type DbConnection = perfguard::diesel::GuardedAsync<AsyncPgConnection>;
/// ```
///
/// As [`Guarded`](crate::Guarded), for `AsyncPgConnection` and
/// `AsyncMysqlConnection`; for SQLite guard the connection inside:
/// `SyncConnectionWrapper<Guarded<SqliteConnection>, ScopedTokio>`.
///
/// Pools, `transaction`, `load_stream`, `AsyncMigrationHarness` and
/// `AsyncConnectionWrapper` take it. What diesel-async has for one database
/// only is called on the connection inside: see
/// [`inner_mut`](Self::inner_mut).
///
/// # Cancel safety
/// diesel-async starts a statement when its future is made, and that is where
/// it counts, in the scope that is current then. What is dropped before its
/// rows came has unknown rows; of a stream that is dropped early, the rows
/// taken so far count.
pub struct GuardedAsync<C> {
    inner: C,
    limits: Limits,
}

impl<C> GuardedAsync<C>
where
    C: AsyncConnection<TransactionManager = AnsiTransactionManager>,
{
    /// Guards a connection, and watches it if nothing does yet.
    ///
    /// Diesel's default instrumentation is kept. One that was set on this
    /// connection alone cannot be taken off it and is replaced, unless it was
    /// made by [`chain`](crate::chain): set it again, on the guarded one.
    #[must_use]
    pub fn new(mut connection: C) -> Self {
        let dialect = backend::dialect::<C::Backend>();
        if let Some(missing) = watched::missing(connection.instrumentation(), dialect) {
            connection.set_instrumentation(missing);
        }
        Self {
            inner: connection,
            limits: Limits::new(),
        }
    }
}

impl<C> GuardedAsync<C> {
    /// Limits of this connection, for every scope that uses it.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Changes the limits of this connection.
    pub fn limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The connection inside, for what needs no counting: `cancel_token`.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The connection inside. What it runs itself is neither refused nor are
    /// its rows known: `build_transaction`, `notifications_stream`.
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// The connection, no longer guarded. It stays watched.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }
}

impl<C> fmt::Debug for GuardedAsync<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedAsync")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
