//! A connection that can explain, and what its plans are asked through.

use std::future::{Future, ready};

use perfguard_core::statement::Dialect;

/// The cells of a row, as text.
pub type Cells = Vec<Option<String>>;

/// A connection on which statements can be explained.
///
/// With feature `diesel` every Diesel connection is one, guarded or not. For
/// another driver the five calls are all that is needed; what they send is not
/// counted, because recording is switched off around them.
pub trait Session {
    /// The database's dialect.
    fn dialect(&self) -> Dialect;

    /// Begins a transaction, or a savepoint in the one that is open.
    ///
    /// # Errors
    /// What the database says, also of a transaction that has failed already.
    fn begin(&mut self) -> Result<(), String>;

    /// Rolls back what [`begin`](Self::begin) has begun.
    ///
    /// # Errors
    /// What the database says.
    fn rollback(&mut self) -> Result<(), String>;

    /// Runs a statement that returns no rows.
    ///
    /// # Errors
    /// What the database says.
    fn run(&mut self, sql: &str) -> Result<(), String>;

    /// Reads the rows of a statement that has no placeholders bound.
    ///
    /// # Errors
    /// What the database says.
    fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String>;

    /// Reads the rows of `explain` in front of the statement that is asked
    /// about, with its own text and values, where the session has them.
    ///
    /// # Errors
    /// What the database says, which is not repeated: it may show a value.
    fn read_bound(&mut self, explain: &str) -> Option<Result<Vec<Cells>, String>> {
        let _ = explain;
        None
    }
}

/// The same, for the engine, which does not care whether it has to wait.
pub(crate) trait Connection {
    fn dialect(&self) -> Dialect;
    fn run(&mut self, sql: &str) -> impl Future<Output = Result<(), String>> + Send;
    fn read(&mut self, sql: &str) -> impl Future<Output = Result<Vec<Cells>, String>> + Send;
    fn read_bound(
        &mut self,
        explain: &str,
    ) -> impl Future<Output = Option<Result<Vec<Cells>, String>>> + Send;
}

/// A session that answers at once.
pub(crate) struct Blocking<'a, S>(pub(crate) &'a mut S);

impl<S: Session> Connection for Blocking<'_, S> {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn run(&mut self, sql: &str) -> impl Future<Output = Result<(), String>> + Send {
        ready(self.0.run(sql))
    }

    fn read(&mut self, sql: &str) -> impl Future<Output = Result<Vec<Cells>, String>> + Send {
        ready(self.0.read(sql))
    }

    fn read_bound(
        &mut self,
        explain: &str,
    ) -> impl Future<Output = Option<Result<Vec<Cells>, String>>> + Send {
        ready(self.0.read_bound(explain))
    }
}
