//! What an adapter reports of one executed statement.

use std::fmt;
use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crate::callsite::{CallSiteKey, Trace};
use crate::connection::Connection;
use crate::statement::Dialect;

/// One executed statement, as a database driver saw it.
///
/// What a driver cannot tell stays unknown; nothing is guessed.
pub struct Query<'a> {
    pub(crate) sql: &'a str,
    pub(crate) dialect: Dialect,
    pub(crate) orm: Orm,
    pub(crate) binds: Binds,
    pub(crate) completion: Completion,
    pub(crate) connection: Option<&'a Connection>,
    pub(crate) call_site: Option<CallSiteKey>,
    pub(crate) started: Option<Instant>,
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the text: it may hold literals.
        f.debug_struct("Query")
            .field("dialect", &self.dialect)
            .field("orm", &self.orm)
            .finish_non_exhaustive()
    }
}

impl<'a> Query<'a> {
    /// A statement of which only the text is known.
    #[must_use]
    pub fn new(sql: &'a str, dialect: Dialect) -> Self {
        Self {
            sql,
            dialect,
            orm: Orm::Other,
            binds: Binds::Unknown,
            completion: Completion::default(),
            connection: None,
            call_site: None,
            started: None,
        }
    }

    /// The ORM that wrote the statement: findings speak its language.
    #[must_use]
    pub fn orm(mut self, orm: Orm) -> Self {
        self.orm = orm;
        self
    }

    /// What is known of the bound values.
    #[must_use]
    pub fn binds(mut self, binds: Binds) -> Self {
        self.binds = binds;
        self
    }

    /// What is already known of how it ended.
    #[must_use]
    pub fn completion(mut self, completion: Completion) -> Self {
        self.completion = completion;
        self
    }

    /// The connection that it runs on, in the innermost transaction of that.
    #[must_use]
    pub fn connection(mut self, connection: &'a Connection) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The place that ran it, where the driver knows better than the stack:
    /// then the stack is not read.
    #[must_use]
    pub fn call_site(mut self, key: CallSiteKey) -> Self {
        self.call_site = Some(key);
        self
    }

    /// When it was sent, for drivers and replays that tell when it
    /// [ended](Completion::ended) instead of how long it took.
    #[must_use]
    pub fn started(mut self, at: Instant) -> Self {
        self.started = Some(at);
        self
    }
}

/// The ORM that wrote a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Orm {
    /// Diesel or diesel-async.
    Diesel,
    /// Any other driver.
    Other,
    /// SeaORM.
    SeaOrm,
}

impl Orm {
    /// The name as its authors write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Diesel => "Diesel",
            Self::Other => "SQL",
            Self::SeaOrm => "SeaORM",
        }
    }
}

/// What is known of the values bound to a statement: whether two executions
/// had equal ones, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binds {
    /// Equal for equal values, in this process only: see
    /// [`BindHasher`](crate::adapter::BindHasher).
    Identity(u64),
    /// The statement has no bound values.
    None,
    /// The driver does not tell.
    Unknown,
    /// As [`Identity`](Self::Identity), and one of the values is a text that
    /// starts with `%`: as a pattern of LIKE it starts with a wildcard.
    Wildcard(u64),
}

impl Binds {
    /// The identity of bound values, if there are any and it is known.
    pub(crate) fn identity(self) -> Option<u64> {
        match self {
            Self::Identity(binds) | Self::Wildcard(binds) => Some(binds),
            Self::None | Self::Unknown => None,
        }
    }
}

/// How an execution ended, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Completion {
    pub(crate) elapsed: Option<Duration>,
    pub(crate) ended: Option<Instant>,
    pub(crate) failed: bool,
    pub(crate) rows: Option<u64>,
    pub(crate) rows_transferred: Option<u64>,
    pub(crate) rows_affected: Option<u64>,
    pub(crate) is_collected: bool,
}

impl Completion {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time from sending the statement to its end.
    #[must_use]
    pub fn elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = Some(elapsed);
        self
    }

    /// When it ended: the time since [`Query::started`], if that was given.
    #[must_use]
    pub fn ended(mut self, at: Instant) -> Self {
        self.ended = Some(at);
        self
    }

    /// The same with the time that it took, if its two ends are known.
    #[inline]
    pub(crate) fn since(mut self, started: Option<Instant>) -> Self {
        if let (Some(started), Some(ended), None) = (started, self.ended, self.elapsed) {
            self.elapsed = Some(ended.saturating_duration_since(started));
        }
        self
    }

    /// Whether the database or the driver refused it.
    #[must_use]
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// How many rows the application took.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }

    /// How many rows came from the database, where it sends more than the
    /// application takes.
    #[must_use]
    pub fn rows_transferred(mut self, rows: u64) -> Self {
        self.rows_transferred = Some(rows);
        self
    }

    /// That all of its rows were in memory at once, where the driver knows.
    #[must_use]
    pub fn collected(mut self) -> Self {
        self.is_collected = true;
        self
    }

    /// How many rows a write changed.
    #[must_use]
    pub fn rows_affected(mut self, rows: u64) -> Self {
        self.rows_affected = Some(rows);
        self
    }
}

/// A transaction that a driver began, for statements that are its own doing.
///
/// Diesel writes a batch insert on SQLite as one INSERT per row inside a
/// transaction of its own. Both the transaction and its statements then come
/// from one place in the user's code, and count as one write.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) id: u64,
    pub(crate) begun: Option<Trace>,
    /// The scopes that it began in: one that began around a scope is nothing
    /// that an ORM did for a call in there.
    pub(crate) scopes: SmallVec<[u64; 4]>,
}
