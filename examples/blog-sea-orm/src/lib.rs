//! A small blog: axum, SeaORM on an embedded SQLite, and handlers that state
//! how many queries they may run.
//!
//! Each route exists twice. [`handlers`] holds the routes as they should be,
//! [`handlers::bad`] the same answers with the mistakes that perfguard is
//! there to catch.

pub mod dashboard;
pub mod db;
pub mod entity;
pub mod error;
pub mod handlers;
pub mod model;

use axum::Router;
use axum::routing::get;
use sea_orm::DatabaseConnection;

/// All routes, on the given database.
pub fn router(db: DatabaseConnection) -> Router {
    Router::new()
        .route("/posts", get(handlers::posts))
        .route("/archive", get(handlers::archive))
        .route("/authors/{id}/comments", get(handlers::comments))
        .route("/bad/posts", get(handlers::bad::posts))
        .route("/bad/archive", get(handlers::bad::archive))
        .route("/bad/authors/{id}/comments", get(handlers::bad::comments))
        .with_state(db)
}
