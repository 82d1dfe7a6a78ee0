//! A scope for each request of a `tower` service.
//!
//! An attribute on a handler does not see what extractors and middleware ask
//! the database: they run before the handler. [`ScopeLayer`] does.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use perfguard_core::Scope;
use perfguard_core::generated;
use pin_project_lite::pin_project;

/// Gives each request a scope.
///
/// Its parent is the scope that was current when the layer was built: a server
/// that a test starts runs its connections on other tasks, and what breaks a
/// budget there fails that test all the same. Build the router inside
/// `#[perfguard::test]`.
///
/// In a test a request that breaks a budget is answered with status 500 and
/// the report. In production the answer is not touched: one warning is
/// written.
///
/// The request's scope is named by method and matched route (`GET
/// /posts/{id}`) with feature `axum`, when the layer is added with
/// `Router::layer`; otherwise by the method. It ends with the head of the
/// response: what a streaming body queries is not in it yet.
#[derive(Clone, Debug)]
pub struct ScopeLayer {
    parent: Option<Scope>,
}

impl ScopeLayer {
    /// A layer whose requests belong to the scope that is current now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            parent: Scope::current(),
        }
    }
}

impl Default for ScopeLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> tower_layer::Layer<S> for ScopeLayer {
    type Service = ScopeService<S>;

    fn layer(&self, inner: S) -> ScopeService<S> {
        ScopeService {
            inner,
            parent: self.parent.clone(),
        }
    }
}

/// The service that [`ScopeLayer`] makes.
#[derive(Clone, Debug)]
pub struct ScopeService<S> {
    inner: S,
    parent: Option<Scope>,
}

impl<S, Body, ResponseBody> tower_service::Service<Request<Body>> for ScopeService<S>
where
    S: tower_service::Service<Request<Body>, Response = Response<ResponseBody>>,
    ResponseBody: From<String>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let scope = generated::Request::open(name(&request), self.parent.as_ref());
        // A service may already work before its future is polled.
        let response = scope.in_scope(|| self.inner.call(request));
        ResponseFuture {
            judged: scope.run(response),
        }
    }
}

pin_project! {
    /// The future of [`ScopeService`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        judged: generated::Judged<F>,
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: From<String>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.project()
            .judged
            .poll(context)
            .map(|(result, outcome)| {
                let Some(message) = outcome.into_message() else {
                    return result;
                };
                result.map(|_| {
                    let mut response = Response::new(B::from(message));
                    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                    response.headers_mut().insert(
                        http::header::CONTENT_TYPE,
                        http::HeaderValue::from_static("text/plain; charset=utf-8"),
                    );
                    response
                })
            })
    }
}

/// `GET /posts/{id}`. Never the path itself, which holds what a client wrote.
fn name<B>(request: &Request<B>) -> std::borrow::Cow<'static, str> {
    #[cfg(feature = "axum")]
    if let Some(route) = request.extensions().get::<axum::extract::MatchedPath>() {
        return format!("{} {}", request.method(), route.as_str()).into();
    }
    format!("{} request", method(request)).into()
}

fn method<B>(request: &Request<B>) -> &str {
    match request.method().as_str() {
        known @ ("CONNECT" | "DELETE" | "GET" | "HEAD" | "OPTIONS" | "PATCH" | "POST" | "PUT"
        | "TRACE") => known,
        _ => "other",
    }
}
