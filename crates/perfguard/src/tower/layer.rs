//! The layer, and what it is told.

use std::sync::Arc;

use perfguard_core::Scope;

use super::ScopeService;

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
    options: Arc<Options>,
}

/// In one allocation: services are cloned for each request.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) parent: Option<Scope>,
}

impl ScopeLayer {
    /// A layer whose requests belong to the scope that is current now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            options: Arc::new(Options {
                parent: Scope::current(),
            }),
        }
    }
}

impl<S> tower_layer::Layer<S> for ScopeLayer {
    type Service = ScopeService<S>;

    fn layer(&self, inner: S) -> ScopeService<S> {
        ScopeService::new(inner, Arc::clone(&self.options))
    }
}
