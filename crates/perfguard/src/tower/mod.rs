//! A scope for each request of a `tower` service: axum, tonic, hyper and
//! others.
//!
//! An attribute on a handler does not see what extractors and middleware ask
//! the database: they run before the handler. [`ScopeLayer`] does, and it sees
//! what a body asks that is made while it is sent.
//!
//! The scope travels with the answer: it is opened when the service is called,
//! it is current whenever the future of the response ([`ResponseFuture`]) and
//! then its body ([`ScopedBody`]) are polled, and it ends with the body.

mod body;
mod future;
mod layer;
mod service;

pub use body::ScopedBody;
pub use future::ResponseFuture;
pub use layer::ScopeLayer;
pub use service::ScopeService;
