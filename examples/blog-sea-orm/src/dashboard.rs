//! The blog with perfguard's Live view.

use axum::Router;
use perfguard::dashboard::Dashboard;
use perfguard::tower::ScopeLayer;
use perfguard::{Error, Settings};

/// The blog, with a scope for each request, and what the last of them ran at
/// `/perfguard`.
///
/// Without a token, an empty one, it starts in builds with `debug_assertions`
/// only.
///
/// # Errors
/// If the view may not be opened, or if settings are in use already.
pub fn mounted(app: Router, token: &str) -> Result<Router, Error> {
    let mut dashboard = Dashboard::new().mounted_at("/perfguard");
    if !token.is_empty() {
        dashboard = dashboard.token(token);
    }
    let view = dashboard.open()?;
    Settings::new().sink(view.clone()).install()?;
    // After the layer: a request for the view needs no scope.
    let app = app.layer(ScopeLayer::new());
    Ok(app.nest_service("/perfguard", view))
}
