//! The future of an answer's head.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body::Body;
use perfguard_core::generated::Request;
use pin_project_lite::pin_project;

use super::ScopedBody;
use crate::served::{Delivery, Judged, Running, SERVER_TIMING};

pin_project! {
    /// The future of [`ScopeService`](super::ScopeService).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        running: Running<F>,
        method: &'static str,
        is_timed: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(future: F, request: Request, method: &'static str, is_timed: bool) -> Self {
        Self {
            running: Running::new(future, request),
            method,
            is_timed,
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
        let this = self.project();
        let (result, mut request) = ready!(this.running.poll(context));
        Poll::Ready(match result {
            Ok(response) => Ok(answer(request, this.method, *this.is_timed, response)),
            Err(error) => {
                let _ = request.end();
                Err(error)
            }
        })
    }
}

/// Hands the request on to its body, or answers with the report.
fn answer<B>(
    mut request: Request,
    method: &str,
    is_timed: bool,
    mut response: Response<B>,
) -> Response<ScopedBody<B>>
where
    B: Body<Data: 'static>,
{
    let status = response.status().as_u16();
    let judged = Judged::of(&request, status, is_timed);
    if let Some((report, scope)) = judged.failure(&mut request) {
        match scope {
            Some(scope) => scope.in_scope(|| drop(response)),
            None => drop(response),
        }
        let mut failed = failed(report);
        tell(&judged, failed.headers_mut());
        return failed;
    }
    tell(&judged, response.headers_mut());
    let length = response.body().size_hint().exact();
    let length = length.or_else(|| content_length(&response));
    let delivery = Delivery::new(request, method, status, length);
    response.map(|body| ScopedBody::new(body, delivery))
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

/// Adds what is known of the request to what the application says of itself.
fn tell(judged: &Judged, headers: &mut HeaderMap) {
    let value = judged.server_timing().map(HeaderValue::try_from);
    if let Some(Ok(value)) = value {
        headers.append(SERVER_TIMING, value);
    }
}

/// The length that the application states of a body that does not tell.
fn content_length<B>(response: &Response<B>) -> Option<u64> {
    let stated = response.headers().get(header::CONTENT_LENGTH)?;
    stated.to_str().ok()?.trim().parse().ok()
}
