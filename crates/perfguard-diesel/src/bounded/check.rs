//! What no type tells, asked before a query is sent.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId, debug_query};
use diesel::result::Error;
use perfguard_core::statement::{Limit, Statement};

use super::Bounded;
use crate::{backend, display};

/// Refuses a query that turns out to have no LIMIT: only its type is known to
/// have one, or a reason was given.
pub(super) fn has_limit<DB, Q>(query: &Q) -> QueryResult<()>
where
    DB: Backend<QueryBuilder: Default> + Default,
    Q: Bounded + QueryFragment<DB> + QueryId,
{
    if let Some(reason) = query.assumed() {
        return match reason.trim() {
            "" => Err(refused(
                "`assume_bounded` has no reason, so the query was not sent: say why it returns few rows".to_owned(),
            )),
            _ => Ok(()),
        };
    }
    // One type, one text: that of a query with a LIMIT.
    if Q::HAS_STATIC_QUERY_ID {
        return Ok(());
    }
    match read::<DB, Q>(query) {
        Some(statement) if statement.shape().limit() == Limit::Absent => Err(refused(format!(
            "`{}` has no LIMIT, so it was not sent: add `.limit(n)`, or `.assume_bounded(\"reason\")`; \
             for one row use `.first(conn)`",
            statement.brief()
        ))),
        _ => Ok(()),
    }
}

/// Refuses a page of rows in no order: the next one might repeat them.
pub(super) fn has_order<DB, Q>(query: &Q) -> QueryResult<()>
where
    DB: Backend<QueryBuilder: Default> + Default,
    Q: QueryFragment<DB>,
{
    match read::<DB, Q>(query) {
        Some(statement) if !statement.shape().has_order_by() => Err(refused(format!(
            "`{}` is a page without ORDER BY, so it was not sent: the next page could repeat or skip rows; \
             add `.order(..)` by something unique",
            statement.brief()
        ))),
        _ => Ok(()),
    }
}

/// What the text of a query says. Nothing if it cannot be read to its end,
/// where the clauses stand that are asked for: what is not known is not
/// refused, and if Diesel cannot write it, Diesel says so.
fn read<DB, Q>(query: &Q) -> Option<Statement>
where
    DB: Backend<QueryBuilder: Default> + Default,
    Q: QueryFragment<DB>,
{
    let sql = display::sql(&debug_query::<DB, Q>(query))?;
    let statement = Statement::new(&sql, backend::dialect::<DB>());
    statement.shape().is_complete().then_some(statement)
}

fn refused(message: String) -> Error {
    Error::QueryBuilderError(message.into())
}
