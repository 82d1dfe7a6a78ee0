//! A connection that counts what it sends, and can refuse to send it.

mod connection;
#[cfg(feature = "explain")]
mod explain;
mod session;
mod stream;
mod transaction;

use std::borrow::Cow;

use perfguard_core::Limits;
use perfguard_core::adapter::{self, Orm, Query};
use perfguard_core::statement::Dialect;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

pub use stream::GuardedStream;

use crate::hook::{ADAPTER, dialect};
use session::Session;

/// A connection that counts what it sends, row by row, and can refuse to.
///
/// It wraps any connection of SeaORM's, a mock or a proxy too, and is one
/// itself: hand `&guarded` to whatever takes `&impl ConnectionTrait`. So are
/// its transactions and its streams. [`install`](crate::install) is not needed
/// for it, and does no harm: nothing is counted twice. The
/// [crate's table](crate#what-each-of-them-sees) has what it sees.
///
/// ```
/// use perfguard_sea_orm::Guarded;
/// use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
///
/// async fn clean_up(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
///     let deleted = db.execute_unprepared("DELETE FROM sessions WHERE is_over").await?;
///     Ok(deleted.rows_affected())
/// }
///
/// async fn nightly(db: DatabaseConnection) -> Result<u64, DbErr> {
///     clean_up(&Guarded::new(db)).await
/// }
/// ```
///
/// # It never turns into the connection inside by itself
///
/// A `Deref` would let the compiler hand the bare connection to a function
/// that names its type, and nothing would be counted there, silently. Instead
/// that is an error, and the way round is to be seen in the code:
/// [`unguarded`](Self::unguarded).
///
/// ```compile_fail,E0308
/// # use perfguard_sea_orm::Guarded;
/// # use sea_orm::DatabaseConnection;
/// fn takes_the_bare_connection(db: &DatabaseConnection) {}
///
/// fn handler(db: &Guarded<DatabaseConnection>) {
///     takes_the_bare_connection(db);
/// }
/// ```
///
/// SeaORM's migrations and its schema sync name the types that they take:
/// `Migrator::up(guarded.unguarded(), None)` runs them, and what they send
/// counts as [`install`](crate::install) counts it.
///
/// # What it costs
///
/// One small allocation per statement beside what counting it costs. A
/// statement that SeaORM builds is built once on `DatabaseConnection` and
/// `DatabaseTransaction`. Any other connection may look into the builder, as
/// access control does: it is handed the builder itself, and inside a scope
/// the statement is built once more to be read.
#[derive(Clone, Debug)]
pub struct Guarded<C> {
    connection: C,
    limits: Limits,
    /// Of a transaction that a guarded connection began.
    session: Option<Session>,
    #[cfg(feature = "explain")]
    explains: bool,
}

impl<C> Guarded<C> {
    /// Guards a connection.
    #[must_use]
    pub fn new(connection: C) -> Self {
        ADAPTER.installed();
        ADAPTER.connected();
        Self {
            connection,
            limits: Limits::new(),
            session: None,
            #[cfg(feature = "explain")]
            explains: false,
        }
    }

    /// Refuses statements of a scope that has reached one of these limits.
    ///
    /// Scopes have limits of their own as well, which hold on every guarded
    /// connection: see [`Limits`]. A refused statement is not sent; its error
    /// is a [`DbErr::Custom`] that [`is_refusal`] knows. The connection and an
    /// open transaction stay as they are: it can be committed or rolled back.
    ///
    /// ```
    /// use perfguard_core::Limits;
    /// use perfguard_sea_orm::Guarded;
    /// # fn guard(db: sea_orm::DatabaseConnection) -> Guarded<sea_orm::DatabaseConnection> {
    /// Guarded::new(db).limits(Limits::new().hard_max(500).hard_max_rows(100_000))
    /// # }
    /// ```
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The connection inside, whose statements are not counted here.
    #[must_use]
    pub fn unguarded(&self) -> &C {
        &self.connection
    }

    /// The connection inside, with the guard taken off.
    #[must_use]
    pub fn into_unguarded(self) -> C {
        self.connection
    }

    /// A transaction that has begun on this connection, with the same limits.
    fn inherit<T: ConnectionTrait>(&self, transaction: T) -> Guarded<T> {
        let dialect = dialect(transaction.get_database_backend());
        Guarded {
            connection: transaction,
            limits: self.limits,
            session: Some(Session::begin(self.session.as_ref(), dialect)),
            #[cfg(feature = "explain")]
            explains: self.explains,
        }
    }

    /// Asks whether a statement may be sent.
    fn admit<'a>(&self, statement: impl FnOnce() -> (Cow<'a, str>, Dialect)) -> Result<(), DbErr> {
        admit(self.limits, statement)
    }
}

impl<C: ConnectionTrait> Guarded<C> {
    /// The database's kind: two traits of SeaORM's have this, so that without
    /// it every caller would have to say which.
    #[must_use]
    pub fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }
}

fn admit<'a>(
    limits: Limits,
    statement: impl FnOnce() -> (Cow<'a, str>, Dialect),
) -> Result<(), DbErr> {
    adapter::admit(limits, statement).map_err(|refusal| DbErr::Custom(refusal.to_string()))
}

/// Notes the end of a transaction whose beginning was not seen: what is read
/// after it may be other data.
fn note_transaction_control(sql: &str, backend: DbBackend) {
    if adapter::is_scoped() {
        let query = Query::new(sql, dialect(backend)).orm(Orm::SeaOrm);
        let _nothing_to_complete = adapter::record(&query);
    }
}

/// True for the error of a statement that a guarded connection refused to
/// send.
///
/// ```
/// use sea_orm::DbErr;
///
/// fn status(error: &DbErr) -> u16 {
///     if perfguard_sea_orm::is_refusal(error) { 503 } else { 500 }
/// }
/// # assert_eq!(status(&DbErr::Custom("no".to_owned())), 500);
/// ```
#[must_use]
pub fn is_refusal(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(text) if text.starts_with("perfguard refused `"))
}
