//! The statements of a guarded connection.

use std::any::TypeId;
use std::borrow::Cow;

use perfguard_core::adapter::{self, Binds, Completion, Orm, Query};
use perfguard_core::statement::Dialect;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, StatementBuilder,
};

use super::Guarded;
use super::session::count_in;
use crate::hook::{binds, dialect, has_callback};
use crate::transit::{Text, Transit, is_counted};

/// Has a statement explained where a test wants its plan.
macro_rules! explain {
    ($guarded:expr, $statement:expr) => {
        #[cfg(feature = "explain")]
        if let Some(explaining) = $guarded.explain($statement) {
            explaining.await;
        }
    };
}

#[async_trait::async_trait]
impl<C: ConnectionTrait + 'static> ConnectionTrait for Guarded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.connection.is_mock_connection()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        explain!(self, &statement);
        let transit = self.depart(&statement)?;
        let executed = self.connection.execute_raw(statement);
        transit.watch(executed, changed).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        #[cfg(feature = "explain")]
        if self.may_explain() {
            let statement = Statement::from_string(self.get_database_backend(), sql);
            explain!(self, &statement);
        }
        let transit =
            self.depart_text(sql, dialect(self.get_database_backend()), || Binds::None)?;
        let executed = self.connection.execute_unprepared(sql);
        transit.watch(executed, changed).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        explain!(self, &statement);
        let transit = self.depart(&statement)?;
        let queried = self.connection.query_one_raw(statement);
        transit.watch(queried, one).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        explain!(self, &statement);
        let transit = self.depart(&statement)?;
        let queried = self.connection.query_all_raw(statement);
        transit.watch(queried, |rows| all(rows)).await
    }

    async fn execute<S: StatementBuilder>(&self, builder: &S) -> Result<ExecResult, DbErr> {
        if builds_and_sends::<C>() {
            let statement = self.get_database_backend().build(builder);
            explain!(self, &statement);
            let transit = self.depart(&statement)?;
            let executed = self.connection.execute_raw(statement);
            return transit.watch(executed, changed).await;
        }
        let transit = self.depart_built(builder)?;
        let executed = self.connection.execute(builder);
        transit.watch(executed, changed).await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        builder: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        if builds_and_sends::<C>() {
            let statement = self.get_database_backend().build(builder);
            explain!(self, &statement);
            let transit = self.depart(&statement)?;
            let queried = self.connection.query_one_raw(statement);
            return transit.watch(queried, one).await;
        }
        let transit = self.depart_built(builder)?;
        let queried = self.connection.query_one(builder);
        transit.watch(queried, one).await
    }

    async fn query_all<S: StatementBuilder>(&self, builder: &S) -> Result<Vec<QueryResult>, DbErr> {
        if builds_and_sends::<C>() {
            let statement = self.get_database_backend().build(builder);
            explain!(self, &statement);
            let transit = self.depart(&statement)?;
            let queried = self.connection.query_all_raw(statement);
            return transit.watch(queried, |rows| all(rows)).await;
        }
        let transit = self.depart_built(builder)?;
        let queried = self.connection.query_all(builder);
        transit.watch(queried, |rows| all(rows)).await
    }
}

impl<C: ConnectionTrait + 'static> Guarded<C> {
    /// Counts a statement that is about to be sent.
    fn depart(&self, statement: &Statement) -> Result<Transit, DbErr> {
        let dialect = dialect(statement.db_backend);
        self.depart_text(&statement.sql, dialect, || binds(statement))
    }

    fn depart_text(
        &self,
        sql: &str,
        dialect: Dialect,
        binds: impl FnOnce() -> Binds,
    ) -> Result<Transit, DbErr> {
        if is_counted(Some(sql)) {
            return Ok(Transit::counted_around());
        }
        // Inside a connection of SeaORM's own only the callback could count
        // the statement, and it sends no other.
        let note = if builds_and_sends::<C>() {
            has_callback().then_some(Text::Any)
        } else {
            Some(Text::of(sql))
        };
        if !adapter::is_scoped() {
            adapter::record_unattributed();
            return Ok(Transit::unscoped(note));
        }
        self.admit(|| (Cow::Borrowed(sql), dialect))?;
        let query = Query::new(sql, dialect).orm(Orm::SeaOrm);
        let counted = count_in(self.session.as_ref(), query, binds);
        Ok(Transit::of(counted, note))
    }

    /// Counts a statement that the connection inside builds by itself.
    fn depart_built<S: StatementBuilder>(&self, builder: &S) -> Result<Transit, DbErr> {
        if adapter::is_scoped() {
            self.depart(&self.get_database_backend().build(builder))
        } else if is_counted(None) {
            Ok(Transit::counted_around())
        } else {
            adapter::record_unattributed();
            Ok(Transit::unscoped(Some(Text::Any)))
        }
    }
}

/// True for the connections that build a statement and send it, and do nothing
/// else with its builder: what they send is built once. The compiler decides
/// it.
pub(super) fn builds_and_sends<C: 'static>() -> bool {
    let connection = TypeId::of::<C>();
    connection == TypeId::of::<DatabaseConnection>()
        || connection == TypeId::of::<DatabaseTransaction>()
}

fn changed(executed: &ExecResult) -> Completion {
    Completion::new().rows_affected(executed.rows_affected())
}

/// Of a write that returns a row, more may have been changed.
fn one(row: &Option<QueryResult>) -> Completion {
    Completion::new().rows(u64::from(row.is_some()))
}

/// A write that returns rows returns those that it changed; one that returns
/// none may have changed some.
fn all(rows: &[QueryResult]) -> Completion {
    let count = rows.len() as u64;
    let completion = Completion::new().rows(count).collected();
    if rows.is_empty() {
        completion
    } else {
        completion.rows_affected(count)
    }
}
