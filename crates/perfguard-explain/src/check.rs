//! The ways in.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use perfguard_core::{Error, Finding, Report, planned};

use crate::engine;
use crate::explained::Explained;
use crate::session::{Blocking, Session};

/// Explains the statements of a report on a connection, and says which indexes
/// are missing.
///
/// Each distinct SELECT, UPDATE and DELETE is explained, none is run. An index
/// that could serve one is created in a transaction, or in a savepoint of the
/// one that is open, and everything is rolled back: use a test's database. What
/// cannot be explained is said in the result, and the rest goes on.
///
/// # Errors
/// If the report is not one of a test (`testing::observe`, or a scope in a test
/// binary): plans are not read in production. If no transaction can be begun,
/// as in one that has failed already.
pub fn check<S: Session>(session: &mut S, report: &Report) -> Result<Explained, Error> {
    let candidates = candidates(report)?;
    planned::quietly(|| {
        session.begin().map_err(|said| not_begun(&said))?;
        let mut connection = Blocking(session);
        let explained = at_once(engine::explain(&mut connection, report, candidates));
        session.rollback().map_err(|said| not_ended(&said))?;
        explained
            .ok_or_else(|| Error::explain("a connection that answers at once has to be waited for"))
    })
}

/// The statements that may be asked about.
pub(crate) fn candidates(report: &Report) -> Result<Vec<Finding>, Error> {
    planned::candidates(report).ok_or_else(|| {
        Error::explain(format!(
            "cannot explain the statements of `{}`: plans are read in tests only; observe the \
             code with `perfguard::testing::observe`, or run it in a test",
            report.name()
        ))
    })
}

pub(crate) fn not_begun(said: &str) -> Error {
    Error::explain(format!(
        "cannot explain: no transaction or savepoint can be begun on this connection: {said}; \
         use a connection whose transaction, if it is in one, has not failed"
    ))
}

pub(crate) fn not_ended(said: &str) -> Error {
    Error::explain(format!(
        "what was tried out could not be rolled back: {said}; drop this connection"
    ))
}

/// What a future that never waits comes to.
pub(crate) fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
