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

#[cfg(feature = "guarded-postgres")]
mod postgres {
    use diesel::ExecuteCopyFromDsl;
    use diesel::pg::{CopyFromQuery, GetPgMetadataCache, Pg, PgMetadataCache, TransactionBuilder};
    use diesel::result::Error;

    use crate::attend::attend;
    use crate::guarded::{Guardable, Guarded};
    use crate::{refuse, rows};

    impl<C> Guarded<C>
    where
        C: Guardable<Backend = Pg>,
    {
        /// As PostgreSQL's own, with the guarded connection for the closure.
        pub fn build_transaction(&mut self) -> TransactionBuilder<'_, Self> {
            TransactionBuilder::new(self)
        }
    }

    impl<C: GetPgMetadataCache> GetPgMetadataCache for Guarded<C> {
        fn get_metadata_cache(&mut self) -> &mut PgMetadataCache {
            self.inner.get_metadata_cache()
        }
    }

    impl<T, A, C> ExecuteCopyFromDsl<Guarded<C>> for CopyFromQuery<T, A>
    where
        C: Guardable<Backend = Pg>,
        Self: ExecuteCopyFromDsl<C, Error: From<Error>>,
    {
        type Error = <Self as ExecuteCopyFromDsl<C>>::Error;

        fn execute(self, connection: &mut Guarded<C>) -> Result<usize, Self::Error> {
            connection.ask(|limits| refuse::admit_text::<Pg>(limits, "COPY FROM STDIN"))?;
            let (affected, attended) =
                attend(|| <Self as ExecuteCopyFromDsl<C>>::execute(self, &mut connection.inner));
            rows::changed(&attended, affected.as_ref());
            affected
        }
    }
}
