//! The service, which opens the scope.

use std::task::{Context, Poll};

use ::actix_web::Error;
use ::actix_web::body::MessageBody;
use ::actix_web::dev::{Service, ServiceRequest, ServiceResponse};

use super::middleware::Asks;
use super::{ResponseFuture, ScopedBody};
use crate::served::{Options, method, named};

/// The service that [`ScopeMiddleware`](super::ScopeMiddleware) makes.
#[derive(Debug)]
pub struct ScopeService<S> {
    inner: S,
    options: Options<Asks>,
}

impl<S> ScopeService<S> {
    pub(super) fn new(inner: S, options: Options<Asks>) -> Self {
        Self { inner, options }
    }
}

impl<S, B> Service<ServiceRequest> for ScopeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ScopedBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let method = method(request.method().as_str());
        let name = named(method, request.match_pattern().as_deref());
        let mut scope = self.options.open(name);
        let is_timed = self.options.is_timed(|asks| asks(&request));
        // A service may already work before its future is polled.
        let response = scope.in_scope(|| self.inner.call(request));
        ResponseFuture::new(response, scope, method, is_timed)
    }
}
