//! The future of an answer's head.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::actix_web::body::{BodySize, MessageBody};
use ::actix_web::dev::ServiceResponse;
use ::actix_web::http::StatusCode;
use ::actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ::actix_web::{Error, HttpResponse};
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

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ScopedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (result, mut request) = ready!(this.running.poll(context));
        Poll::Ready(match result {
            Ok(response) => Ok(answer(request, this.method, *this.is_timed, response)),
            Err(error) => {
                // The application makes an answer of it further out.
                let status = error.as_response_error().status_code();
                request.note_status(status.as_u16());
                let _ = request.end();
                Err(error)
            }
        })
    }
}

/// Hands the request on to its body, or answers with the report.
fn answer<B: MessageBody>(
    mut request: Request,
    method: &str,
    is_timed: bool,
    response: ServiceResponse<B>,
) -> ServiceResponse<ScopedBody<B>> {
    let status = response.status().as_u16();
    let judged = Judged::of(&request, status, is_timed);
    if let Some((report, scope)) = judged.failure(&mut request) {
        let (asked, response) = response.into_parts();
        match scope {
            Some(scope) => scope.in_scope(|| drop(response)),
            None => drop(response),
        }
        let mut failed = failed(report);
        tell(&judged, failed.headers_mut());
        return ServiceResponse::new(asked, failed);
    }
    let whole = match response.response().body().size() {
        BodySize::None => Some(0),
        BodySize::Sized(size) => Some(size),
        BodySize::Stream => None,
    };
    let delivery = Delivery::new(request, method, status, whole);
    let mut response = response.map_body(|_, body| ScopedBody::new(body, delivery));
    tell(&judged, response.headers_mut());
    response
}

fn failed<B>(report: String) -> HttpResponse<ScopedBody<B>> {
    let body = ScopedBody::report(report);
    let mut response = HttpResponse::with_body(StatusCode::INTERNAL_SERVER_ERROR, body);
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// Adds what is known of the request to what the application says of itself.
fn tell(judged: &Judged, headers: &mut HeaderMap) {
    let value = judged.server_timing().map(HeaderValue::try_from);
    if let Some(Ok(value)) = value {
        headers.append(HeaderName::from_static(SERVER_TIMING), value);
    }
}
