//! Hard limits: what is not sent, and how the application hears of it.

use std::borrow::Cow;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::result::Error;
use perfguard_core::adapter;
use perfguard_core::{Limits, Refusal};

use crate::backend;

/// Why a guarded connection did not send a statement, if that is what an error
/// is about.
///
/// Diesel has no kind of error for it: it is a
/// [`QueryBuilderError`](Error::QueryBuilderError), which Diesel gives for
/// statements that it does not send either, with a [`Refusal`] inside. Its
/// text is the refusal's.
///
/// ```
/// # fn answer(error: diesel::result::Error) -> u16 {
/// match perfguard_diesel::refusal(&error) {
///     Some(_) => 503,
///     None => 500,
/// }
/// # }
/// # assert_eq!(answer(diesel::result::Error::NotFound), 500);
/// ```
#[must_use]
pub fn refusal(error: &Error) -> Option<&Refusal> {
    match error {
        Error::QueryBuilderError(error) => error.downcast_ref(),
        _ => None,
    }
}

/// Asks whether a statement of the query builder may be sent.
#[inline]
pub(crate) fn admit<B, T>(limits: Limits, query: &T) -> QueryResult<()>
where
    B: Backend<QueryBuilder: Default> + Default,
    T: QueryFragment<B>,
{
    admitted(adapter::admit(limits, || {
        (Cow::Owned(text(query)), backend::dialect::<B>())
    }))
}

/// The text of a query, without values.
pub(crate) fn text<B>(query: &dyn QueryFragment<B>) -> String
where
    B: Backend<QueryBuilder: Default> + Default,
{
    let mut builder = B::QueryBuilder::default();
    // What cannot be written is not sent either, and says so itself.
    match query.to_sql(&mut builder, &B::default()) {
        Ok(()) => builder.finish(),
        Err(_) => String::new(),
    }
}

/// Asks whether a text may be sent.
pub(crate) fn admit_text<B>(limits: Limits, sql: &str) -> QueryResult<()> {
    admitted(adapter::admit(limits, || {
        (Cow::Borrowed(sql), backend::dialect::<B>())
    }))
}

#[inline]
fn admitted(result: Result<(), Refusal>) -> QueryResult<()> {
    result.map_err(|refusal| Error::QueryBuilderError(Box::new(refusal)))
}
