//! The future of an answer's head.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use perfguard_core::generated::Request;
use pin_project_lite::pin_project;

pin_project! {
    /// A future that is polled, and dropped, in a request's scope; it gives the
    /// request on, for the answer's body.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Running<F> {
        #[pin]
        future: Option<F>,
        request: Option<Request>,
    }

    impl<F> PinnedDrop for Running<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Drivers report then what is still in flight.
            if let Some(request) = this.request {
                request.in_scope(|| this.future.set(None));
            }
        }
    }
}

impl<F> Running<F> {
    pub(crate) fn new(future: F, request: Request) -> Self {
        Self {
            future: Some(future),
            request: Some(request),
        }
    }
}

impl<F: Future> Future for Running<F> {
    type Output = (F::Output, Request);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let future = this.future.as_mut().as_pin_mut();
        let (Some(future), Some(request)) = (future, this.request.as_mut()) else {
            return Poll::Pending;
        };
        let value = ready!(request.poll(|| future.poll(context)));
        request.in_scope(|| this.future.set(None));
        match this.request.take() {
            Some(request) => Poll::Ready((value, request)),
            None => Poll::Pending,
        }
    }
}
