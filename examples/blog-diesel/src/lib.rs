//! A small blog: axum, Diesel on an embedded SQLite, and handlers that state
//! how many queries they may run.
//!
//! Each route exists twice. [`handlers`] holds the routes as they should be,
//! [`handlers::bad`] the same answers with the mistakes that perfguard is
//! there to catch.

pub mod db;
pub mod error;
pub mod handlers;
pub mod model;
pub mod schema;

use axum::Router;
use axum::routing::get;

use crate::db::Pool;

/// All routes, on the given database.
pub fn router(pool: Pool) -> Router {
    Router::new()
        .route("/posts", get(handlers::posts))
        .route("/archive", get(handlers::archive))
        .route("/authors/{id}/comments", get(handlers::comments))
        .route("/bad/posts", get(handlers::bad::posts))
        .route("/bad/archive", get(handlers::bad::archive))
        .route("/bad/authors/{id}/comments", get(handlers::bad::comments))
        .with_state(pool)
}
