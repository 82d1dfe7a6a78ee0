//! Counts client spans as outgoing calls of
//! [perfguard](https://docs.rs/perfguard).
//!
//! Clients that follow OpenTelemetry's conventions open a `tracing` span for
//! each request, with the field `otel.kind = "client"`: `reqwest-tracing` and
//! others, or your own. [`layer`] counts such a span as one call in the scope
//! that is current when it is entered first, and in each scope around it. It
//! has the span's name, which is a constant of the code: no field of it is
//! kept, and so no address.
//!
//! Its time is that from its first to its last moment of being entered. One
//! that is never entered counts when it is closed.
//!
//! # What it does not count
//!
//! - **Spans of databases**, which have a field `db.*`: statements are counted
//!   by the adapters.
//! - **A span inside another call** of the same scope: a client may open one
//!   for each attempt inside one for all. That is known where the outer one is
//!   entered, or the outer call's future polled, on the same thread: a span on a
//!   task that was spawned counts by itself. So does a call that is marked by
//!   `perfguard::call`: a span inside it is a part of it, whichever of the two
//!   is the outer one.
//! - **What is entered in no scope**: work that leaves the task takes
//!   the scope along with `perfguard::in_current_scope`.
//!
//! # If it hears nothing
//!
//! A filter of the whole subscriber may switch the spans off: give each layer a
//! filter of its own. Spans at TRACE are not heard.
//!
//! ```
//! use tracing_subscriber::filter::LevelFilter;
//! use tracing_subscriber::prelude::*;
//!
//! let log = tracing_subscriber::layer::Identity::new(); // yours: `fmt::layer()`
//! tracing_subscriber::registry()
//!     .with(log.with_filter(LevelFilter::WARN))
//!     .with(perfguard_calls::layer())
//!     .init();
//! ```

mod filter;
mod layer;
#[cfg(test)]
mod tests;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::registry::LookupSpan;

pub use filter::CallFilter;
pub use layer::CallLayer;

/// A layer that counts client spans as outgoing calls.
///
/// It brings its own filter, and leaves those of other layers alone. Install
/// one: two count twice.
#[must_use = "a layer hears nothing before it is part of the subscriber"]
pub fn layer<S>() -> Filtered<CallLayer, CallFilter, S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    CallLayer::new().with_filter(CallFilter::new())
}
