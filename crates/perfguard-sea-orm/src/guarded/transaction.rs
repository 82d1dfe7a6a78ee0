//! The transactions of a guarded connection, which are guarded as well.

use std::fmt::{Debug, Display};
use std::pin::Pin;

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, IsolationLevel, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};

use super::{Guarded, note_transaction_control};

#[async_trait::async_trait]
impl<C> TransactionTrait for Guarded<C>
where
    C: TransactionTrait,
    C::Transaction: Sync + 'static,
{
    type Transaction = Guarded<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.begun(self.connection.begin().await)
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self
            .connection
            .begin_with_config(isolation_level, access_mode);
        self.begun(begun.await)
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        self.begun(self.connection.begin_with_options(options).await)
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        let begun = self.begin_with_config(isolation_level, access_mode).await;
        let transaction = begun.map_err(TransactionError::Connection)?;
        let result = callback(&transaction).await;
        transaction.end(result).await
    }
}

impl<C> Guarded<C>
where
    C: TransactionTrait,
    C::Transaction: Sync + 'static,
{
    /// Runs an async closure inside a transaction: committed if it succeeds,
    /// rolled back if it fails.
    ///
    /// As the method of the same name on `DatabaseConnection`.
    ///
    /// # Errors
    /// The closure's own, or that of the transaction's begin or end.
    pub async fn transaction_async<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c Guarded<C::Transaction>) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.transaction_with_config_async(callback, None, None)
            .await
    }

    /// As [`transaction_async`](Self::transaction_async), with an isolation
    /// level and an access mode.
    ///
    /// # Errors
    /// The closure's own, or that of the transaction's begin or end.
    pub async fn transaction_with_config_async<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c Guarded<C::Transaction>) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        let begun = self.begin_with_config(isolation_level, access_mode).await;
        let transaction = begun.map_err(TransactionError::Connection)?;
        let result = callback(&transaction).await;
        transaction.end(result).await
    }

    fn begun(
        &self,
        begun: Result<C::Transaction, DbErr>,
    ) -> Result<Guarded<C::Transaction>, DbErr> {
        begun.map(|transaction| self.inherit(transaction))
    }
}

impl<C: ConnectionTrait + TransactionSession + Send> Guarded<C> {
    /// Commits the transaction.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn commit(self) -> Result<(), DbErr> {
        let backend = self.backend();
        self.connection.commit().await?;
        match &self.session {
            Some(session) => session.commit(),
            None => note_transaction_control("COMMIT", backend),
        }
        Ok(())
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let backend = self.backend();
        self.connection.rollback().await?;
        match &self.session {
            Some(session) => session.rollback(),
            None => note_transaction_control("ROLLBACK", backend),
        }
        Ok(())
    }

    /// Ends the transaction as the closure that ran in it has ended.
    async fn end<T, E>(self, result: Result<T, E>) -> Result<T, TransactionError<E>>
    where
        E: Display + Debug,
    {
        match result {
            Ok(value) => {
                let committed = self.commit().await;
                committed.map_err(TransactionError::Connection)?;
                Ok(value)
            }
            Err(error) => {
                let rolled_back = self.rollback().await;
                rolled_back.map_err(TransactionError::Connection)?;
                Err(TransactionError::Transaction(error))
            }
        }
    }

    fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait + TransactionSession + Send> TransactionSession for Guarded<C> {
    async fn commit(self) -> Result<(), DbErr> {
        Self::commit(self).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Self::rollback(self).await
    }
}
