//! The gallery's databases, asked for plans.

use std::future::Future;

use perfguard::Report;
use perfguard::explain::{Explained, check, check_async};

use crate::Error;
use crate::case::SeaOrm;
use crate::in_diesel::Diesel;

/// What a handler takes, if there is a database in it.
pub(crate) trait Explains {
    /// What the plans of a report's statements say.
    fn explain(&self, report: &Report) -> impl Future<Output = Result<Option<Explained>, Error>>;
}

impl Explains for Diesel {
    async fn explain(&self, report: &Report) -> Result<Option<Explained>, Error> {
        let mut connection = self.pool.get()?;
        Ok(Some(check(&mut *connection, report)?))
    }
}

impl Explains for SeaOrm {
    async fn explain(&self, report: &Report) -> Result<Option<Explained>, Error> {
        Ok(Some(check_async(self, report).await?))
    }
}

impl Explains for () {
    async fn explain(&self, _: &Report) -> Result<Option<Explained>, Error> {
        Ok(None)
    }
}
