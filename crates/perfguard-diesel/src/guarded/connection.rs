//! Diesel's `Connection`, around another.

use std::time::Instant;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, Instrumentation,
    LoadConnection, SimpleConnection,
};
use diesel::expression::QueryMetadata;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::{ConnectionResult, QueryResult};

use super::{Cursor, Guardable, Guarded};
use crate::attend::{Attending, attend};
use crate::rows::{self, Returning};
use crate::{backend, refuse, watched};

impl<C: Guardable> SimpleConnection for Guarded<C> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.ask(|limits| refuse::admit_text::<C::Backend>(limits, query))?;
        self.inner.batch_execute(query)
    }
}

impl<C> ConnectionSealed for Guarded<C> {}

impl<C: Guardable> Connection for Guarded<C> {
    type Backend = C::Backend;
    type TransactionManager = AnsiTransactionManager;

    fn establish(database_url: &str) -> ConnectionResult<Self> {
        let started = Instant::now();
        let connection = C::establish(database_url)?;
        Ok(Self::established(connection, started.elapsed()))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        self.admit(source)?;
        let (affected, attended) = attend(|| self.inner.execute_returning_count(source));
        rows::changed(&attended, affected.as_ref());
        affected
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
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

    fn begin_test_transaction(&mut self) -> QueryResult<()> {
        self.inner.begin_test_transaction()
    }
}

impl<C, B> LoadConnection<B> for Guarded<C>
where
    C: LoadConnection<B> + Guardable,
{
    type Cursor<'conn, 'query>
        = Cursor<'conn, C::Cursor<'conn, 'query>>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = C::Row<'conn, 'query>
    where
        Self: 'conn;

    /// Not inlined, as Diesel's own is not: a cursor is large and moved several
    /// times, and where the compiler cuts it into other pieces at each move,
    /// the processor waits for one before it can begin the next. That cost more
    /// than all else here.
    #[inline(never)]
    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: QueryMetadata<T::SqlType>,
    {
        self.admit(&source)?;
        let attending = Attending::begin();
        let cursor = <C as LoadConnection<B>>::load(&mut self.inner, source);
        let attended = attending.end();
        let slot = &mut self.slot;
        match &cursor {
            Ok(cursor) => {
                let returning = Returning::of::<T::SqlType>();
                slot.rows.begin(attended, cursor.size_hint(), returning);
            }
            Err(_) => rows::failed(&attended),
        }
        cursor.map(|cursor| Cursor::new(cursor, slot))
    }
}
