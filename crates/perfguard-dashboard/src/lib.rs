//! The Live view of [perfguard](https://docs.rs/perfguard): use that crate,
//! with feature `dashboard`.
//!
//! The last 50 requests and other outermost scopes of this process, with what
//! they ran and did wrong, as a page that the application mounts. It is
//! read-only, stands alone and needs no script.
//!
//! ```
//! use perfguard_core::Settings;
//! use perfguard_dashboard::Dashboard;
//!
//! # fn token() -> String { "a-secret-of-16-characters".to_owned() }
//! let view = Dashboard::new().token(token()).open()?;
//! Settings::new().sink(view.clone()).install()?;
//! // axum: Router::new().nest_service("/perfguard", view)
//! # Ok::<(), perfguard_core::Error>(())
//! ```
//!
//! What the page tells is about the inside of an application, so that it is
//! shown to nobody by accident: see [`Dashboard`] for who may look.

mod answer;
mod dashboard;
mod guard;
#[cfg(feature = "json")]
mod json;
mod page;
mod request;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub use dashboard::Dashboard;
pub use view::LiveView;
