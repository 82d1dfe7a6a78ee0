//! How a statement of a guarded connection ends.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use diesel::QueryResult;
use diesel::result::Error;
use pin_project_lite::pin_project;

use crate::attend::Attended;
use crate::rows::{self, Returning, Rows};

pin_project! {
    /// A write under way.
    pub struct Execute<F> {
        #[pin]
        running: Option<F>,
        refused: Option<Error>,
        attended: Attended,
    }
}

pin_project! {
    /// A read under way.
    pub struct Load<F> {
        #[pin]
        running: Option<F>,
        refused: Option<Error>,
        attended: Attended,
        returning: Returning,
    }
}

pin_project! {
    /// The rows of a read, counted as they are taken.
    pub struct Stream<S> {
        #[pin]
        inner: S,
        rows: Rows,
    }
}

impl<F> Execute<F> {
    pub(super) fn started(future: F, attended: Attended) -> Self {
        Self {
            running: Some(future),
            refused: None,
            attended,
        }
    }

    pub(super) fn refused(refused: Error) -> Self {
        Self {
            running: None,
            refused: Some(refused),
            attended: Attended::default(),
        }
    }
}

impl<F> Load<F> {
    pub(super) fn started(future: F, attended: Attended, returning: Returning) -> Self {
        Self {
            running: Some(future),
            refused: None,
            attended,
            returning,
        }
    }

    pub(super) fn refused(refused: Error) -> Self {
        Self {
            running: None,
            refused: Some(refused),
            attended: Attended::default(),
            returning: Returning::Unknown,
        }
    }
}

impl<F> Future for Execute<F>
where
    F: Future<Output = QueryResult<usize>>,
{
    type Output = QueryResult<usize>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(running) = this.running.as_pin_mut() else {
            return answer(this.refused);
        };
        let affected = ready!(running.poll(context));
        rows::changed(this.attended, affected.as_ref());
        Poll::Ready(affected)
    }
}

impl<F, S> Future for Load<F>
where
    F: Future<Output = QueryResult<S>>,
    S: futures_core::Stream,
{
    type Output = QueryResult<Stream<S>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(running) = this.running.as_pin_mut() else {
            return answer(this.refused);
        };
        let loaded = ready!(running.poll(context));
        if loaded.is_err() {
            rows::failed(this.attended);
        }
        Poll::Ready(loaded.map(|inner| {
            let attended = std::mem::take(this.attended);
            let mut rows = Rows::default();
            rows.begin(attended, inner.size_hint(), *this.returning);
            Stream { inner, rows }
        }))
    }
}

/// A statement that was not sent. It answers once; a future that is polled
/// again has no more to say.
fn answer<T>(refused: &mut Option<Error>) -> Poll<QueryResult<T>> {
    match refused.take() {
        Some(refused) => Poll::Ready(Err(refused)),
        None => Poll::Pending,
    }
}

impl<S, R, E> futures_core::Stream for Stream<S>
where
    S: futures_core::Stream<Item = Result<R, E>>,
{
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let item = ready!(this.inner.poll_next(context));
        this.rows.note(item.as_ref());
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<F> fmt::Debug for Execute<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Load<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Load").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
