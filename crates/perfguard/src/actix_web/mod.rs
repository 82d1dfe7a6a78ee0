//! A scope for each request of an actix-web application.
//!
//! An attribute on a handler does not see what extractors and other middleware
//! ask the database. [`ScopeMiddleware`] does, and it sees what a body asks
//! that is made while it is sent.
//!
//! ```
//! use actix_web::{App, HttpServer, web};
//! use perfguard::actix_web::ScopeMiddleware;
//!
//! # fn serve() -> std::io::Result<()> {
//! // Made once, and cloned for each worker.
//! let scopes = ScopeMiddleware::new();
//! let server = HttpServer::new(move || {
//!     App::new()
//!         .wrap(scopes.clone())
//!         .route("/posts/{id}", web::get().to(|| async { "a post" }))
//! });
//! # drop(server.bind("127.0.0.1:0")?);
//! # Ok(())
//! # }
//! ```

mod body;
mod future;
mod middleware;
mod service;

pub use body::ScopedBody;
pub use future::ResponseFuture;
pub use middleware::ScopeMiddleware;
pub use service::ScopeService;
