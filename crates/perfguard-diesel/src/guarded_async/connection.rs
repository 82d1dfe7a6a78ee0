//! diesel-async's `AsyncConnection`, around another.
//!
//! diesel-async starts a statement when its future is made, on the stack of
//! whoever made it; so that is when it is attended.

use diesel::backend::Backend;
use diesel::connection::{CacheSize, Instrumentation};
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::{ConnectionResult, QueryResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, SimpleAsyncConnection,
    TransactionManager,
};
use perfguard_core::Limits;

use super::{Execute, GuardedAsync, Load};
use crate::attend::attend;
use crate::guarded_async::Stream;
use crate::rows::Returning;
use crate::{backend, refuse, watched};

/// Starts a read, unless it is refused.
fn load<B, T, F>(limits: Limits, source: T, start: impl FnOnce(T::Query) -> F) -> Load<F>
where
    B: Backend<QueryBuilder: Default> + Default,
    T: AsQuery,
    T::Query: QueryFragment<B> + QueryId,
{
    let query = source.as_query();
    match refuse::admit::<B, _>(limits, &query) {
        Ok(()) => {
            let (future, attended) = attend(|| start(query));
            Load::started(future, attended, Returning::of::<T::SqlType>())
        }
        Err(refused) => Load::refused(refused),
    }
}

/// Starts a write, unless it is refused.
fn execute<B, T, F>(limits: Limits, source: T, start: impl FnOnce(T) -> F) -> Execute<F>
where
    B: Backend<QueryBuilder: Default> + Default,
    T: QueryFragment<B> + QueryId,
{
    match refuse::admit::<B, _>(limits, &source) {
        Ok(()) => {
            let (future, attended) = attend(|| start(source));
            Execute::started(future, attended)
        }
        Err(refused) => Execute::refused(refused),
    }
}

impl<C> SimpleAsyncConnection for GuardedAsync<C>
where
    C: AsyncConnectionCore,
{
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        refuse::admit_text::<C::Backend>(self.limits, query)?;
        self.inner.batch_execute(query).await
    }
}

impl<C> AsyncConnectionCore for GuardedAsync<C>
where
    C: AsyncConnectionCore<Backend: Backend<QueryBuilder: Default> + Default>,
{
    type ExecuteFuture<'conn, 'query> = Execute<C::ExecuteFuture<'conn, 'query>>;
    type LoadFuture<'conn, 'query> = Load<C::LoadFuture<'conn, 'query>>;
    type Stream<'conn, 'query> = Stream<C::Stream<'conn, 'query>>;
    type Row<'conn, 'query> = C::Row<'conn, 'query>;
    type Backend = C::Backend;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        load::<C::Backend, T, _>(self.limits, source, |query| {
            self.inner.load(Started::<T>(query))
        })
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        execute::<C::Backend, T, _>(self.limits, source, |source| {
            self.inner.execute_returning_count(source)
        })
    }
}

/// A query that was made of `T` already: it had to be looked at.
struct Started<T: AsQuery>(T::Query);

impl<T: AsQuery> AsQuery for Started<T> {
    type SqlType = T::SqlType;
    type Query = T::Query;

    fn as_query(self) -> Self::Query {
        self.0
    }
}

impl<C> AsyncConnection for GuardedAsync<C>
where
    C: AsyncConnection<
            TransactionManager = AnsiTransactionManager,
            Backend: Backend<QueryBuilder: Default> + Default,
        >,
{
    type TransactionManager = AnsiTransactionManager;

    async fn establish(database_url: &str) -> ConnectionResult<Self> {
        C::establish(database_url).await.map(Self::new)
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <AnsiTransactionManager as TransactionManager<Self>>::TransactionStateData {
        self.inner.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.inner.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        let dialect = backend::dialect::<C::Backend>();
        self.inner
            .set_instrumentation(watched::beside(Box::new(instrumentation), dialect));
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.inner.set_prepared_statement_cache_size(size);
    }
}

impl<C> PoolableConnection for GuardedAsync<C>
where
    Self: AsyncConnection,
    C: PoolableConnection,
{
    fn is_broken(&mut self) -> bool {
        self.inner.is_broken()
    }
}

/// Statements under way at once, on one connection: pipelining.
#[cfg(feature = "async-guarded-postgres")]
mod pipelined {
    use diesel_async::AsyncPgConnection;

    use super::*;

    impl SimpleAsyncConnection for &GuardedAsync<AsyncPgConnection> {
        async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
            refuse::admit_text::<diesel::pg::Pg>(self.limits, query)?;
            let mut inner = &self.inner;
            SimpleAsyncConnection::batch_execute(&mut inner, query).await
        }
    }

    impl<'a> AsyncConnectionCore for &'a GuardedAsync<AsyncPgConnection> {
        type ExecuteFuture<'conn, 'query> =
            Execute<<&'a AsyncPgConnection as AsyncConnectionCore>::ExecuteFuture<'conn, 'query>>;
        type LoadFuture<'conn, 'query> =
            Load<<&'a AsyncPgConnection as AsyncConnectionCore>::LoadFuture<'conn, 'query>>;
        type Stream<'conn, 'query> =
            Stream<<&'a AsyncPgConnection as AsyncConnectionCore>::Stream<'conn, 'query>>;
        type Row<'conn, 'query> =
            <&'a AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;
        type Backend = diesel::pg::Pg;

        fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
        where
            T: AsQuery + 'query,
            T::Query: QueryFragment<Self::Backend> + QueryId + 'query,
        {
            let mut inner: &'a AsyncPgConnection = &self.inner;
            load::<Self::Backend, T, _>(self.limits, source, |query| {
                AsyncConnectionCore::load(&mut inner, Started::<T>(query))
            })
        }

        fn execute_returning_count<'conn, 'query, T>(
            &'conn mut self,
            source: T,
        ) -> Self::ExecuteFuture<'conn, 'query>
        where
            T: QueryFragment<Self::Backend> + QueryId + 'query,
        {
            let mut inner: &'a AsyncPgConnection = &self.inner;
            execute::<Self::Backend, T, _>(self.limits, source, |source| {
                AsyncConnectionCore::execute_returning_count(&mut inner, source)
            })
        }
    }
}
