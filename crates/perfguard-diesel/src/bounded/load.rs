//! Loading, for Diesel's own connections.

use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::{LimitDsl, LoadQuery};
use diesel::{QueryResult, RunQueryDsl};
use perfguard_core::generated::begin_allows;

use super::{Bounded, Page, assumed, check};

/// `load`, for queries that say how many rows they want.
///
/// Clippy can keep `load` itself out of a code base, in `clippy.toml`:
///
/// ```toml
/// disallowed-methods = [
///     { path = "diesel::RunQueryDsl::load", reason = "use `load_bounded` or `load_page`" },
///     { path = "diesel::RunQueryDsl::load_iter", reason = "use `load_bounded` or `load_page`" },
///     { path = "diesel::RunQueryDsl::get_results", reason = "use `load_bounded` or `load_page`" },
/// ]
/// ```
///
/// The same for `diesel_async::RunQueryDsl`, whose `load_iter` is called
/// `load_stream`.
pub trait LoadBounded<C>: QueryId + Sized {
    /// As Diesel's `load`, for a query that has a LIMIT.
    ///
    /// Without one it does not compile. A boxed query always does: it is
    /// looked at when it runs. So is a query whose text depends on its values,
    /// such as the length of a list.
    ///
    /// ```
    /// use diesel::connection::LoadConnection;
    /// use diesel::pg::Pg;
    /// use diesel::prelude::*;
    /// use perfguard_diesel::LoadBounded;
    ///
    /// # diesel::table! { posts (id) { id -> Integer, title -> Text, } }
    /// fn latest(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    ///     posts::table.order(posts::id.desc()).limit(20).load_bounded(conn)
    /// }
    ///
    /// // Compiles, and is refused when it runs: `boxed` could have a LIMIT.
    /// fn all(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    ///     let boxed = posts::table.into_boxed();
    ///     boxed.load_bounded(conn)
    /// }
    /// ```
    ///
    /// ```compile_fail,E0277
    /// # use diesel::connection::LoadConnection;
    /// # use diesel::pg::Pg;
    /// # use diesel::prelude::*;
    /// # use perfguard_diesel::LoadBounded;
    /// #
    /// # diesel::table! { posts (id) { id -> Integer, title -> Text, } }
    /// fn all(conn: &mut impl LoadConnection<Backend = Pg>) -> QueryResult<Vec<(i32, String)>> {
    ///     posts::table.filter(posts::id.gt(0)).load_bounded(conn)
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of `load`. A [`QueryBuilderError`], before anything is sent, for a
    /// boxed query without LIMIT and for an empty reason of
    /// [`assume_bounded`](super::AssumeBounded::assume_bounded).
    ///
    /// [`QueryBuilderError`]: diesel::result::Error::QueryBuilderError
    fn load_bounded<'query, U>(self, connection: &mut C) -> QueryResult<Vec<U>>
    where
        Self: Bounded + LoadQuery<'query, C, U> + QueryFragment<C::Backend>,
        C: Connection,
        C::Backend: Backend<QueryBuilder: Default> + Default,
    {
        check::has_limit::<C::Backend, Self>(&self)?;
        let allow = assumed::allow(&self);
        let _allowed = allow.map(|allow| begin_allows(&[allow]));
        self.load(connection)
    }

    /// Loads at most `rows` rows, and tells whether there are more.
    ///
    /// It asks for one row more than it returns, so that no second query has
    /// to count. A LIMIT that the query has is replaced. Where the page begins
    /// is for the query to say: `.offset(n)`, or better
    /// `.filter(posts::id.lt(last))`, which costs the same for every page. A
    /// page of 0 rows is empty, and tells whether there is any.
    ///
    /// ```
    /// use diesel::connection::LoadConnection;
    /// use diesel::pg::Pg;
    /// use diesel::prelude::*;
    /// use perfguard_diesel::{LoadBounded, Page};
    ///
    /// # diesel::table! { posts (id) { id -> Integer, title -> Text, } }
    /// fn older_than(
    ///     last: i32,
    ///     conn: &mut impl LoadConnection<Backend = Pg>,
    /// ) -> QueryResult<Page<(i32, String)>> {
    ///     posts::table
    ///         .filter(posts::id.lt(last))
    ///         .order(posts::id.desc())
    ///         .load_page(20, conn)
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of `load`. A [`QueryBuilderError`], before anything is sent, for a
    /// query without ORDER BY: its rows come in any order, and the next page
    /// could repeat them.
    ///
    /// [`QueryBuilderError`]: diesel::result::Error::QueryBuilderError
    fn load_page<'query, U>(self, rows: u32, connection: &mut C) -> QueryResult<Page<U>>
    where
        Self: LimitDsl,
        Self::Output: LoadQuery<'query, C, U> + QueryFragment<C::Backend>,
        C: Connection,
        C::Backend: Backend<QueryBuilder: Default> + Default,
    {
        let query = self.limit(i64::from(rows) + 1);
        check::has_order::<C::Backend, _>(&query)?;
        Ok(Page::of(query.load(connection)?, rows))
    }
}

impl<Q: QueryId, C> LoadBounded<C> for Q {}
