//! How many items the body of an annotated function answers.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::current;

pin_project! {
    /// The body of a function, whose value is counted before its scope ends.
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<F: Future> {
        #[pin]
        body: F,
        counter: fn(&F::Output) -> Option<u64>,
    }
}

impl<F: Future> fmt::Debug for Answering<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

impl<F: Future> Answering<F> {
    pub(crate) fn new(counter: fn(&F::Output) -> Option<u64>, body: F) -> Self {
        Self { body, counter }
    }
}

impl<F: Future> Future for Answering<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let poll = this.body.poll(context);
        if let Poll::Ready(value) = &poll {
            current::answered((this.counter)(value));
        }
        poll
    }
}
