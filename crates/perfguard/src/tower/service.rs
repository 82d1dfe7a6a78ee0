//! The service, which opens the scope.

use std::borrow::Cow;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;

use super::layer::Asks;
use super::{ResponseFuture, ScopedBody};
use crate::served::{Options, method, named};

/// The service that [`ScopeLayer`](super::ScopeLayer) makes.
#[derive(Clone, Debug)]
pub struct ScopeService<S> {
    inner: S,
    options: Options<Asks>,
}

impl<S> ScopeService<S> {
    pub(super) fn new(inner: S, options: Options<Asks>) -> Self {
        Self { inner, options }
    }
}

impl<S, RequestBody, B> tower_service::Service<Request<RequestBody>> for ScopeService<S>
where
    S: tower_service::Service<Request<RequestBody>, Response = Response<B>>,
    B: Body<Data: 'static>,
{
    type Response = Response<ScopedBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let method = method(request.method().as_str());
        let name = name(method, &request);
        let mut scope = self.options.open(name);
        let mut is_timed = false;
        if self.options.may_be_timed() {
            let (parts, body) = request.into_parts();
            is_timed = self.options.is_timed(|asks| asks(&parts));
            request = Request::from_parts(parts, body);
        }
        // A service may already work before its future is polled.
        let response = scope.in_scope(|| self.inner.call(request));
        ResponseFuture::new(response, scope, method, is_timed)
    }
}

fn name<B>(method: &'static str, request: &Request<B>) -> Cow<'static, str> {
    #[cfg(feature = "axum")]
    let route = request.extensions().get::<axum::extract::MatchedPath>();
    #[cfg(feature = "axum")]
    let route = route.map(axum::extract::MatchedPath::as_str);
    #[cfg(not(feature = "axum"))]
    let (route, _) = (None, request);
    named(method, route)
}
