//! SeaORM's connections.

use perfguard_core::adapter::Orm;
use perfguard_core::planned::{Quietly, Wanted};
use perfguard_core::statement::Dialect;
use perfguard_core::{Error, Report};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionSession, TransactionTrait};

use crate::check::{candidates, not_begun, not_ended};
use crate::engine;
use crate::explained::Explained;
use crate::foreign_keys::{ForeignKey, unindexed};
use crate::guarded::said;
use crate::session::{Cells, Connection};

/// As [`check`](crate::check()), on a connection, a transaction or a guarded one
/// of SeaORM's: one connection of the pool, in a transaction that is rolled
/// back, or a savepoint of the one that is open.
///
/// # Errors
/// As [`check`](crate::check()).
///
/// # Cancel safety
/// A future that is dropped leaves a transaction that SeaORM rolls back. On
/// MariaDB and MySQL the connection keeps a temporary table then: let a test
/// await it to its end.
pub async fn check_async<C>(connection: &C, report: &Report) -> Result<Explained, Error>
where
    C: TransactionTrait,
{
    let candidates = candidates(report)?;
    Quietly::new(async {
        let begun = connection.begin().await;
        let transaction = begun.map_err(|error| not_begun(&error.to_string()))?;
        let mut session = Transaction {
            connection: &transaction,
            asked: None,
        };
        let explained = engine::explain(&mut session, report, candidates).await;
        let ended = transaction.rollback().await;
        ended.map_err(|error| not_ended(&error.to_string()))?;
        Ok(explained)
    })
    .await
}

/// As [`foreign_keys`](crate::foreign_keys()), on SeaORM's connections.
///
/// # Errors
/// As [`foreign_keys`](crate::foreign_keys()).
pub async fn foreign_keys_async<C>(connection: &C) -> Result<Vec<ForeignKey>, Error>
where
    C: ConnectionTrait,
{
    let mut session = Transaction {
        connection,
        asked: None,
    };
    Quietly::new(unindexed(&mut session)).await
}

/// Explains a statement that is about to run, with its values, and leaves what
/// the plan says.
pub async fn explain<C: TransactionTrait>(connection: &C, statement: &Statement, wanted: Wanted) {
    let answer = Quietly::new(async {
        let begun = connection.begin().await;
        let transaction = begun.map_err(|error| not_begun(&error.to_string()).to_string())?;
        let mut session = Transaction {
            connection: &transaction,
            asked: Some(statement),
        };
        let looked = engine::look_at(&mut session, &[wanted.statement()]).await;
        let ended = transaction.rollback().await;
        ended.map_err(|error| not_ended(&error.to_string()).to_string())?;
        said(looked, Orm::SeaOrm)
    })
    .await;
    wanted.answer(answer);
}

struct Transaction<'a, T> {
    connection: &'a T,
    /// The statement that is asked about, where it is at hand.
    asked: Option<&'a Statement>,
}

impl<T: ConnectionTrait> Connection for Transaction<'_, T> {
    fn dialect(&self) -> Dialect {
        match self.connection.get_database_backend() {
            DbBackend::MySql => Dialect::MySql,
            DbBackend::Postgres => Dialect::Postgres,
            DbBackend::Sqlite => Dialect::Sqlite,
            _ => Dialect::Ansi,
        }
    }

    async fn run(&mut self, sql: &str) -> Result<(), String> {
        let done = self.connection.execute_unprepared(sql).await;
        done.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        let backend = self.connection.get_database_backend();
        self.rows(Statement::from_string(backend, sql)).await
    }

    async fn read_bound(&mut self, explain: &str) -> Option<Result<Vec<Cells>, String>> {
        let mut statement = self.asked?.clone();
        statement.sql.insert_str(0, explain);
        Some(self.rows(statement).await)
    }
}

impl<T: ConnectionTrait> Transaction<'_, T> {
    async fn rows(&self, statement: Statement) -> Result<Vec<Cells>, String> {
        let rows = self.connection.query_all_raw(statement).await;
        let rows = rows.map_err(|error| error.to_string())?;
        let cells = rows
            .iter()
            .map(|row| cells(row).map_err(|error| error.to_string()));
        cells.collect()
    }
}

fn cells(row: &sea_orm::QueryResult) -> Result<Cells, DbErr> {
    let columns = row.column_names().len();
    let cells = (0..columns).map(|at| match row.try_get_by_index::<Option<String>>(at) {
        Ok(text) => Ok(text),
        // PostgreSQL's plans are JSON; SQLite's have numbers beside the text.
        Err(_) => match row.try_get_by_index::<Option<serde_json::Value>>(at) {
            Ok(json) => Ok(json.map(|json| json.to_string())),
            Err(_) => row
                .try_get_by_index::<Option<i64>>(at)
                .map(|number| number.map(|it| it.to_string())),
        },
    });
    cells.collect()
}
