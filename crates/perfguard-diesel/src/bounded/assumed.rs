//! Queries that are small for a reason that no type and no text tells.

use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};
use perfguard_core::generated::Allow;

use super::Bounded;

/// Lets a query without LIMIT be loaded by
/// [`load_bounded`](super::LoadBounded::load_bounded).
pub trait AssumeBounded: AsQuery + Sized {
    /// States why the query returns few rows, without a LIMIT.
    ///
    /// While such a query is loaded by `load_bounded`, the reason also allows
    /// what rule `unbounded-result` finds. An empty one is a mistake: the query
    /// is not sent then.
    ///
    /// ```
    /// use diesel::connection::LoadConnection;
    /// use diesel::pg::Pg;
    /// use diesel::prelude::*;
    /// use perfguard_diesel::{AssumeBounded, LoadBounded};
    ///
    /// # diesel::table! { currencies (code) { code -> Text, } }
    /// fn codes(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<String>> {
    ///     let codes = currencies::table.select(currencies::code);
    ///     codes.assume_bounded("a shop has ten currencies").load_bounded(conn)
    /// }
    /// ```
    fn assume_bounded(self, reason: &'static str) -> Assumed<Self::Query> {
        Assumed {
            query: self.as_query(),
            reason,
        }
    }
}

impl<Q: AsQuery> AssumeBounded for Q {}

/// A query that was stated to be small, by
/// [`assume_bounded`](AssumeBounded::assume_bounded). Diesel runs it as the
/// query itself.
#[derive(Clone, Copy, Debug)]
#[must_use = "a query is only sent when it is loaded"]
pub struct Assumed<Q> {
    query: Q,
    reason: &'static str,
}

impl<Q> Bounded for Assumed<Q> {
    fn assumed(&self) -> Option<&'static str> {
        Some(self.reason)
    }
}

/// What the reason of a query allows while it is loaded. The allow has no
/// place: it is not one that could be removed.
pub(super) fn allow(query: &impl Bounded) -> Option<Allow> {
    let reason = query.assumed()?;
    Some(Allow::new("unbounded-result", reason))
}

impl<Q: Query> Query for Assumed<Q> {
    type SqlType = Q::SqlType;
}

/// It is the same text, and may share its prepared statement.
impl<Q: QueryId> QueryId for Assumed<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q, DB> QueryFragment<DB> for Assumed<Q>
where
    Q: QueryFragment<DB>,
    DB: diesel::backend::Backend,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }
}

impl<Q, C> RunQueryDsl<C> for Assumed<Q> {}
