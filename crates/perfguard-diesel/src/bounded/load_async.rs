//! Loading, for diesel-async's connections.

use std::pin::Pin;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::LimitDsl;
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnectionCore, RunQueryDsl};
use perfguard_core::generated::{self, begin_allows};

use super::{Bounded, Page, assumed, check};

/// [`LoadBounded`](super::LoadBounded) for diesel-async.
///
/// The methods are called the same: import the one whose connection you use,
/// as with the two `RunQueryDsl`. The futures are boxed: a future without a
/// name would repeat the compiler's error at every place that it goes through.
pub trait LoadBoundedAsync<C>: QueryId + Sized {
    /// As diesel-async's `load`, for a query that has a LIMIT.
    ///
    /// All else is as for Diesel's own connections:
    /// [`LoadBounded::load_bounded`](super::LoadBounded::load_bounded).
    ///
    /// ```
    /// use diesel::pg::Pg;
    /// use diesel::prelude::{ExpressionMethods, QueryDsl, QueryResult};
    /// use diesel_async::AsyncConnection;
    /// use perfguard_diesel::LoadBoundedAsync;
    ///
    /// # diesel::table! { posts (id) { id -> Integer, title -> Text, } }
    /// async fn latest(
    ///     conn: &mut impl AsyncConnection<Backend = Pg>,
    /// ) -> QueryResult<Vec<(i32, String)>> {
    ///     posts::table.order(posts::id.desc()).limit(20).load_bounded(conn).await
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`LoadBounded::load_bounded`](super::LoadBounded::load_bounded).
    fn load_bounded<'conn, 'query: 'conn, U>(
        self,
        connection: &'conn mut C,
    ) -> Pin<Box<dyn Future<Output = QueryResult<Vec<U>>> + Send + 'conn>>
    where
        Self: Bounded + LoadQuery<'query, C, U> + QueryFragment<C::Backend> + 'query,
        U: Send + 'conn,
        C: AsyncConnectionCore,
        C::Backend: Backend<QueryBuilder: Default> + Default,
    {
        // As diesel-async does, what can be done is done before the first poll.
        let allow = assumed::allow(&self);
        let loading = check::has_limit::<C::Backend, Self>(&self).map(|()| {
            let _allowed = allow.map(|allow| begin_allows(&[allow]));
            RunQueryDsl::load(self, connection)
        });
        let loaded = async { loading?.await };
        match allow {
            Some(allow) => Box::pin(generated::allow(&[allow], loaded)),
            None => Box::pin(loaded),
        }
    }

    /// Loads at most `rows` rows, and tells whether there are more:
    /// [`LoadBounded::load_page`](super::LoadBounded::load_page).
    ///
    /// # Errors
    /// As [`LoadBounded::load_page`](super::LoadBounded::load_page).
    fn load_page<'conn, 'query: 'conn, U>(
        self,
        rows: u32,
        connection: &'conn mut C,
    ) -> Pin<Box<dyn Future<Output = QueryResult<Page<U>>> + Send + 'conn>>
    where
        Self: LimitDsl,
        Self::Output: LoadQuery<'query, C, U> + QueryFragment<C::Backend> + 'query,
        U: Send + 'conn,
        C: AsyncConnectionCore,
        C::Backend: Backend<QueryBuilder: Default> + Default,
    {
        let query = self.limit(i64::from(rows) + 1);
        let loading = check::has_order::<C::Backend, _>(&query)
            .map(|()| RunQueryDsl::load(query, connection));
        Box::pin(async move { Ok(Page::of(loading?.await?, rows)) })
    }
}

impl<Q: QueryId, C> LoadBoundedAsync<C> for Q {}
