//! What one backend has and the others do not.

use diesel::backend::SqlDialect;
use diesel::backend::sql_dialect::default_keyword_for_insert::DoesNotSupportDefaultKeyword;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error;

use super::{Guardable, Guarded};

/// SQLite, known by what only its dialect lacks.
impl<C> Guarded<C>
where
    C: Guardable<Backend: SqlDialect<InsertWithDefaultKeyword = DoesNotSupportDefaultKeyword>>,
{
    /// As SQLite's own, with the guarded connection for the closure.
    ///
    /// # Errors
    /// That of the closure, or of the transaction's own statements.
    pub fn immediate_transaction<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<Error>,
    {
        self.begun_with("BEGIN IMMEDIATE", body)
    }

    /// As SQLite's own, with the guarded connection for the closure.
    ///
    /// # Errors
    /// That of the closure, or of the transaction's own statements.
    pub fn exclusive_transaction<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<Error>,
    {
        self.begun_with("BEGIN EXCLUSIVE", body)
    }

    fn begun_with<T, E, F>(&mut self, sql: &str, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<Error>,
    {
        AnsiTransactionManager::begin_transaction_sql(self, sql)?;
        match body(self) {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(self)?;
                Ok(value)
            }
            Err(error) => {
                AnsiTransactionManager::rollback_transaction(self)?;
                Err(error)
            }
        }
    }
}

/// PostgreSQL, by the type: Diesel's COPY has traits that a generic
/// implementation would send into an endless search.
#[cfg(feature = "guarded-postgres")]
mod postgres {
    use diesel::pg::{
        CopyFromQuery, GetPgMetadataCache, Pg, PgConnection, PgMetadataCache, TransactionBuilder,
    };
    use diesel::result::Error;
    use diesel::{ExecuteCopyFromDsl, QueryResult};

    use crate::attend::attend;
    use crate::guarded::Guarded;
    use crate::{refuse, rows};

    impl Guarded<PgConnection> {
        /// As PostgreSQL's own, with the guarded connection for the closure.
        pub fn build_transaction(&mut self) -> TransactionBuilder<'_, Self> {
            TransactionBuilder::new(self)
        }
    }

    impl GetPgMetadataCache for Guarded<PgConnection> {
        fn get_metadata_cache(&mut self) -> &mut PgMetadataCache {
            self.inner.get_metadata_cache()
        }
    }

    impl<T, A> ExecuteCopyFromDsl<Guarded<PgConnection>> for CopyFromQuery<T, A>
    where
        Self: ExecuteCopyFromDsl<PgConnection, Error: From<Error>>,
    {
        type Error = <Self as ExecuteCopyFromDsl<PgConnection>>::Error;

        fn execute(self, connection: &mut Guarded<PgConnection>) -> Result<usize, Self::Error> {
            let admitted: QueryResult<()> =
                connection.ask(|limits| refuse::admit_text::<Pg>(limits, "COPY FROM STDIN"));
            admitted?;
            let (affected, attended) = attend(|| {
                <Self as ExecuteCopyFromDsl<PgConnection>>::execute(self, &mut connection.inner)
            });
            rows::changed(&attended, affected.as_ref());
            affected
        }
    }
}
