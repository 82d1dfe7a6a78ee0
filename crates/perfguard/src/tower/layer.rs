//! The layer, and what it is told.

use std::sync::Arc;

use http::request::Parts;
use perfguard_core::Budget;

use super::ScopeService;
use crate::served::Options;

/// Gives each request a scope, from the call of the service to the end of the
/// answer's body.
///
/// Its parent is the scope that was current when the layer was built: a server
/// that a test starts runs its connections on other tasks, and what breaks a
/// budget there fails that test all the same. Build the router inside
/// `#[perfguard::test]`.
///
/// ```
/// use perfguard::tower::ScopeLayer;
/// # #[cfg(feature = "axum")]
/// # fn app() {
/// use axum::{Router, routing::get};
///
/// let app: Router = Router::new()
///     .route("/posts/{id}", get(|| async { "a post" }))
///     .layer(ScopeLayer::new());
/// # }
/// # let _ = ScopeLayer::new();
/// ```
///
/// # Names
///
/// With feature `axum`, and added with `Router::layer`, requests are named by
/// method and matched route, nested ones by the whole of it: `GET
/// /posts/{id}`. Where no route matched, and in front of services that have
/// none, the name is `GET unmatched`. What a client wrote is in no name.
///
/// # In a test
///
/// A request that has broken a budget by the time its head is there is answered
/// with status 500 and the report. What breaks one only while the body is sent
/// fails the test, and the client has the answer. (A body of other data than
/// [`Bytes`](bytes::Bytes) is empty instead of the report.)
///
/// # In production
///
/// An answer is never touched. One warning is written when the scope has ended,
/// inside the span that was current when the layer was called.
///
/// # Clients that leave
///
/// The scope of a request whose future, or whose body before its end, is
/// dropped ends as cancelled. An answer to HEAD, one without content, and one
/// whose length is known and was taken need not be polled to their end.
#[derive(Clone, Debug, Default)]
pub struct ScopeLayer {
    options: Options<Asks>,
}

/// Says which requests are answered with their numbers.
pub(super) type Asks = dyn Fn(&Parts) -> bool + Send + Sync;

impl ScopeLayer {
    /// A layer whose requests belong to the scope that is current now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            options: Options::here(),
        }
    }

    /// Holds requests to a budget in which no annotated function runs.
    ///
    /// Where one runs, its attribute is what counts. A budget broken by a
    /// request is what one broken by a function is: status 500 in a test, a
    /// warning in production.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use perfguard::Budget;
    /// use perfguard::tower::ScopeLayer;
    ///
    /// let layer = ScopeLayer::new().budget(Budget::new(20).time(Duration::from_millis(200)));
    /// # drop(layer);
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
    ///
    /// ```
    /// use perfguard::tower::ScopeLayer;
    ///
    /// let layer = ScopeLayer::new()
    ///     .server_timing(|request| request.headers.contains_key("x-debug"));
    /// # drop(layer);
    /// ```
    #[must_use]
    pub fn server_timing(mut self, asks: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.options.set_server_timing(Arc::new(asks));
        self
    }
}

impl<S> tower_layer::Layer<S> for ScopeLayer {
    type Service = ScopeService<S>;

    fn layer(&self, inner: S) -> ScopeService<S> {
        ScopeService::new(inner, self.options.clone())
    }
}
