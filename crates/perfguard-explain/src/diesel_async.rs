//! Connections of diesel-async.

use diesel::query_builder::SqlQuery;
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use perfguard_core::planned::Quietly;
use perfguard_core::statement::Dialect;
use perfguard_core::{Error, Report};

use crate::check::{candidates, not_begun, not_ended};
use crate::diesel::{Texts, dialect, rows};
use crate::engine;
use crate::explained::Explained;
use crate::foreign_keys::{ForeignKey, unindexed};
use crate::session::{Cells, Connection};

/// As [`check`](crate::check()), on a connection of diesel-async, guarded or
/// not: in a transaction that is rolled back, or in a savepoint of the one that
/// is open.
///
/// # Errors
/// As [`check`](crate::check()).
///
/// # Cancel safety
/// A future that is dropped leaves a transaction open: let a test await it to
/// its end.
pub async fn check_diesel_async<C>(connection: &mut C, report: &Report) -> Result<Explained, Error>
where
    C: AsyncConnection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
{
    let candidates = candidates(report)?;
    Quietly::new(async {
        let begun = C::TransactionManager::begin_transaction(connection).await;
        begun.map_err(|error| not_begun(&error.to_string()))?;
        let mut session = Waiting(connection);
        let explained = engine::explain(&mut session, report, candidates).await;
        let ended = C::TransactionManager::rollback_transaction(connection).await;
        ended.map_err(|error| not_ended(&error.to_string()))?;
        Ok(explained)
    })
    .await
}

/// As [`foreign_keys`](crate::foreign_keys()), on a connection of
/// diesel-async.
///
/// # Errors
/// As [`foreign_keys`](crate::foreign_keys()).
pub async fn foreign_keys_diesel_async<C>(connection: &mut C) -> Result<Vec<ForeignKey>, Error>
where
    C: AsyncConnection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
{
    let mut session = Waiting(connection);
    Quietly::new(unindexed(&mut session)).await
}

/// A connection that has to be waited for.
struct Waiting<'a, C>(&'a mut C);

impl<C> Connection for Waiting<'_, C>
where
    C: AsyncConnection,
    for<'query> SqlQuery: LoadQuery<'query, C, Texts>,
{
    fn dialect(&self) -> Dialect {
        dialect::<C::Backend>()
    }

    async fn run(&mut self, sql: &str) -> Result<(), String> {
        let done = SimpleAsyncConnection::batch_execute(self.0, sql).await;
        done.map_err(|error| error.to_string())
    }

    async fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        let read: Result<Vec<Texts>, _> =
            RunQueryDsl::load(diesel::sql_query(sql), &mut *self.0).await;
        rows(read)
    }

    async fn read_bound(&mut self, _explain: &str) -> Option<Result<Vec<Cells>, String>> {
        None
    }
}
