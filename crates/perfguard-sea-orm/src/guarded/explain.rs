//! The plans of statements, where a test wants them.

use std::any::Any;
use std::pin::Pin;

use perfguard_core::planned;
use perfguard_explain::guarded::explain;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement};

use super::Guarded;
use crate::hook::dialect;

type Explaining<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl<C> Guarded<C> {
    /// Explains each statement before it first runs in a test: what the plans
    /// say is in the reports, as for `#[perfguard::test(explain)]`. In
    /// production nothing is explained, nor on connections that are neither a
    /// `DatabaseConnection` nor one of its transactions.
    #[must_use]
    pub fn explaining(self) -> Self {
        Self {
            explains: true,
            ..self
        }
    }
}

impl<C: 'static> Guarded<C> {
    /// Has a statement explained that is about to be sent, if somebody wants
    /// its plan.
    #[inline]
    pub(super) fn explain<'a>(&'a self, statement: &'a Statement) -> Option<Explaining<'a>> {
        if !self.may_explain() {
            return None;
        }
        self.explain_wanted(statement)
    }

    pub(super) fn may_explain(&self) -> bool {
        self.explains || planned::are_wanted()
    }

    #[cold]
    #[inline(never)]
    fn explain_wanted<'a>(&'a self, statement: &'a Statement) -> Option<Explaining<'a>> {
        let connection: &dyn Any = &self.connection;
        if let Some(connection) = connection.downcast_ref::<DatabaseConnection>() {
            if connection.is_mock_connection() {
                return None;
            }
            let wanted = self.wanted(statement)?;
            return Some(Box::pin(explain(connection, statement, wanted)));
        }
        let transaction = connection.downcast_ref::<DatabaseTransaction>()?;
        let wanted = self.wanted(statement)?;
        Some(Box::pin(explain(transaction, statement, wanted)))
    }

    fn wanted(&self, statement: &Statement) -> Option<planned::Wanted> {
        planned::wanted(&statement.sql, dialect(statement.db_backend), self.explains)
    }
}
