//! A connection that counts rows and keeps to limits.
//!
//! It is generic over Diesel's connections, and names none of them: a backend's
//! feature brings its C library, and an application has one or two. What a
//! backend has beyond `Connection` is in [`backends`].

mod backends;
mod connection;
mod cursor;
mod delegated;
#[cfg(feature = "explain")]
mod explain;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{AnsiTransactionManager, Connection};
use diesel::query_builder::QueryFragment;
use perfguard_core::{Limits, adapter};

pub use cursor::Cursor;
use cursor::Slot;

use crate::bind;
use crate::rows::Rows;
use crate::{backend, refuse, watched};

/// A connection that counts the rows of its statements, and refuses a
/// statement where a hard limit is reached.
///
/// ```ignore
/// type DbConnection = perfguard::diesel::Guarded<PgConnection>;
/// ```
///
/// It goes wherever the connection went: into r2d2's and deadpool's pools,
/// `#[derive(MultiConnection)]` (through a type alias), migrations, and
/// `SyncConnectionWrapper`. Reports then know, of each read, how many rows the
/// application took and how many the database sent, and of each write how many
/// rows it changed.
///
/// Neither [`install`](crate::install) nor a default instrumentation is needed
/// for it. [`set_instrumentation`](Connection::set_instrumentation) keeps
/// perfguard's beside yours.
///
/// # Hard limits
/// Before each statement, the [`Limits`] of each scope around are looked at,
/// and its own. A statement beyond them is not sent: the call returns an error
/// that [`refusal`](crate::refusal) knows. The connection stays usable, and a
/// transaction is what it was: the closure of `transaction` decides, by
/// returning the error, whether it is rolled back. `save_changes` is asked for
/// once, also where Diesel runs two statements for it.
///
/// # What does not compile
/// `copy_to(..).load` and `load_raw`, and on SQLite `get_results` of a batch
/// insert: Diesel has them for its own types only. Run them on the connection
/// inside, `&mut **connection`; their rows are unknown.
pub struct Guarded<C> {
    inner: C,
    limits: Limits,
    slot: Slot,
    #[cfg(feature = "explain")]
    explains: bool,
}

/// Connections that [`Guarded`] can wrap: Diesel's own for PostgreSQL, MySQL
/// and SQLite, and all that are made like them.
pub trait Guardable:
    Connection<
        TransactionManager = AnsiTransactionManager,
        Backend: Backend<QueryBuilder: Default> + Default,
    > + Explains
{
}

impl<C> Guardable for C where
    C: Connection<
            TransactionManager = AnsiTransactionManager,
            Backend: Backend<QueryBuilder: Default> + Default,
        > + Explains
{
}

#[cfg(feature = "explain")]
use perfguard_explain::guarded::Explains;

/// Nothing is asked of connections where nothing is explained.
#[cfg(not(feature = "explain"))]
#[expect(unnameable_types, reason = "it stands for one that has a name")]
pub trait Explains {}

#[cfg(not(feature = "explain"))]
impl<C> Explains for C {}

impl<C: Guardable> Guarded<C> {
    /// Guards a connection, and watches it if nothing does yet.
    ///
    /// Diesel's default instrumentation is kept. One that was set on this
    /// connection alone cannot be taken off it and is replaced, unless it was
    /// made by [`chain`](crate::chain): set it again, on the guarded one.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self::watching(connection).0
    }

    /// One that was made right now: says so if nothing has watched it.
    fn established(connection: C, elapsed: Duration) -> Self {
        let (mut guarded, was_watched) = Self::watching(connection);
        if let Some(watch) = watched::watch_of(guarded.inner.instrumentation())
            && !was_watched
        {
            watch.connected().established(elapsed);
        }
        guarded
    }

    fn watching(mut connection: C) -> (Self, bool) {
        let dialect = backend::dialect::<C::Backend>();
        let missing = watched::missing(connection.instrumentation(), dialect);
        let was_watched = missing.is_none();
        if let Some(missing) = missing {
            connection.set_instrumentation(missing);
        }
        let guarded = Self {
            inner: connection,
            limits: Limits::new(),
            slot: Slot {
                rows: Rows::default(),
                dialect,
            },
            #[cfg(feature = "explain")]
            explains: false,
        };
        (guarded, was_watched)
    }

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

    /// The connection, no longer guarded. It stays watched.
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    /// Asks whether a statement of the query builder may be sent.
    #[inline]
    fn admit<T: QueryFragment<C::Backend>>(&mut self, query: &T) -> QueryResult<()> {
        // Mostly there is nobody to ask.
        if adapter::is_admitted(&self.limits) {
            return Ok(());
        }
        #[cfg(feature = "explain")]
        self.explain(query);
        self.ask(|limits| refuse::admit(limits, query))
    }

    /// Asks `ask` with this connection's limits, in the scope that it is bound
    /// to where the thread is in none.
    fn ask<R>(&mut self, ask: impl FnOnce(Limits) -> R) -> R {
        let limits = self.limits;
        self.in_its_scope(|| ask(limits))
    }

    fn in_its_scope<R>(&mut self, ask: impl FnOnce() -> R) -> R {
        if adapter::is_scoped() {
            return ask();
        }
        match watched::watch_of(self.inner.instrumentation()) {
            Some(watch) => bind::in_bound_scope(watch, |_| ask()),
            None => ask(),
        }
    }
}

impl<C> fmt::Debug for Guarded<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<C> Deref for Guarded<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.inner
    }
}

impl<C> DerefMut for Guarded<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}
