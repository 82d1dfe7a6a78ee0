//! The middleware, and what it is told.

use std::future::{Ready, ready};
use std::sync::Arc;

use ::actix_web::Error;
use ::actix_web::body::MessageBody;
use ::actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use perfguard_core::Budget;

use super::{ScopeService, ScopedBody};
use crate::served::Options;

/// Gives each request a scope, from the call of the service to the end of the
/// answer's body.
///
/// Its parent is the scope that was current when the middleware was made: what
/// breaks a budget on a server that a test starts fails that test. A server
/// builds its application on threads of its own, so make the middleware before,
/// inside `#[perfguard::test]`, and clone it there.
///
/// Requests are named by method and matched pattern, those of nested scopes by
/// the whole of it: `GET /posts/{id}`, and `GET unmatched` where none matches.
/// What a client wrote is in no name.
///
/// In a test a request that has broken a budget by the time its head is there
/// is answered with status 500 and the report; what breaks one only while the
/// body is sent fails the test, and the client has the answer. In production an
/// answer is never touched, and one warning is written when the scope has
/// ended, inside the span that was current when the middleware was called.
///
/// The scope of a request whose future, or whose body before its end, is
/// dropped ends as cancelled.
#[derive(Clone, Debug, Default)]
pub struct ScopeMiddleware {
    options: Options<Asks>,
}

/// Says which requests are answered with their numbers.
pub(super) type Asks = dyn Fn(&ServiceRequest) -> bool + Send + Sync;

impl ScopeMiddleware {
    /// A middleware whose requests belong to the scope that is current now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            options: Options::here(),
        }
    }

    /// Holds requests to a budget in which no annotated function runs. Where
    /// one runs, its attribute is what counts.
    ///
    /// ```
    /// use perfguard::Budget;
    /// use perfguard::actix_web::ScopeMiddleware;
    ///
    /// let scopes = ScopeMiddleware::new().budget(Budget::new(20).rows(1_000));
    /// # drop(scopes);
    /// ```
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.options.set_budget(budget);
        self
    }

    /// Answers requests for which `asks` says so with a header `Server-Timing`,
    /// which browsers show beside the request: how many statements ran, how
    /// many rows they returned, how long they took and how many findings there
    /// are, up to the head of the answer.
    ///
    /// It holds numbers, in 256 bytes at most; rows and times that are unknown
    /// are left out. One that the application writes itself stays. Who may see
    /// the numbers is yours to say: they tell of your data. A predicate that
    /// panics says no.
    #[must_use]
    pub fn server_timing(
        mut self,
        asks: impl Fn(&ServiceRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.set_server_timing(Arc::new(asks));
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for ScopeMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ScopedBody<B>>;
    type Error = Error;
    type Transform = ScopeService<S>;
    type InitError = ();
    type Future = Ready<Result<ScopeService<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ScopeService::new(service, self.options.clone())))
    }
}
