//! The future of an answer's head.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use http_body::Body;
use perfguard_core::generated::Request;
use pin_project_lite::pin_project;

use super::ScopedBody;
use crate::served::Delivery;

pin_project! {
    /// The future of [`ScopeService`](super::ScopeService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        future: Option<F>,
        request: Option<Request>,
        method: &'static str,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // Drivers report then what is still in flight.
            if let Some(request) = this.request {
                request.in_scope(|| this.future.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(future: F, request: Request, method: &'static str) -> Self {
        Self {
            future: Some(future),
            request: Some(request),
            method,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data: 'static>,
{
    type Output = Result<Response<ScopedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (Some(future), Some(request)) =
            (this.future.as_mut().as_pin_mut(), this.request.as_mut())
        else {
            return Poll::Pending;
        };
        let result = ready!(request.poll(|| future.poll(context)));
        request.in_scope(|| this.future.set(None));
        let Some(mut request) = this.request.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(response) => Ok(answer(request, this.method, response)),
            Err(error) => {
                request.end();
                Err(error)
            }
        })
    }
}

/// Hands the request on to its body, or answers with the report.
fn answer<B>(mut request: Request, method: &str, response: Response<B>) -> Response<ScopedBody<B>>
where
    B: Body<Data: 'static>,
{
    let status = response.status().as_u16();
    request.note_status(status);
    let preview = request.can_fail().then(|| request.preview()).flatten();
    if preview.is_some_and(|preview| preview.fails) {
        let scope = request.scope();
        if let Some(report) = request.end() {
            // What it asks the database in its end is not the client's.
            if let Some(scope) = scope {
                scope.in_scope(|| drop(response));
            }
            return failed(report);
        }
    }
    let length = response.body().size_hint().exact();
    let length = length.or_else(|| content_length(&response));
    let delivery = Delivery::new(method, status, length);
    response.map(|body| ScopedBody::new(body, request, delivery))
}

fn failed<B: Body<Data: 'static>>(report: String) -> Response<ScopedBody<B>> {
    let mut response = Response::new(ScopedBody::report(report));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// The length that the application states of a body that does not tell.
fn content_length<B>(response: &Response<B>) -> Option<u64> {
    let stated = response.headers().get(header::CONTENT_LENGTH)?;
    stated.to_str().ok()?.trim().parse().ok()
}
