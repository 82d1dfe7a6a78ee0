//! What a request's scope is called, and what it is that runs in it.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::{any, get};
use perfguard::Scope;
use perfguard::tower::ScopeLayer;
use tower::{ServiceBuilder, ServiceExt as _};

use crate::served::{body_of, request};

/// Answers with the name of the scope that it runs in.
async fn name() -> String {
    Scope::current().map_or_else(String::new, |scope| scope.name().to_owned())
}

async fn named(router: Router, method: &str, path: &str) -> String {
    let mut request = request(path);
    *request.method_mut() = method.parse().unwrap();
    body_of(router.oneshot(request).await.unwrap()).await
}

fn app() -> Router {
    let posts = Router::new()
        .route("/", get(name))
        .route("/{id}", get(name).post(name))
        .route("/files/{*path}", get(name));
    let api = Router::new().nest("/posts", posts).route("/any", any(name));
    Router::new()
        .nest("/api/{tenant}", api)
        .nest_service("/static", tower::service_fn(plain))
        .fallback(name)
        .layer(ScopeLayer::new())
}

/// A service that knows no routes.
async fn plain(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::from(name().await)))
}

#[tokio::test]
async fn a_request_is_named_by_its_whole_route() {
    for (method, path, expected) in [
        ("GET", "/api/acme/posts/7", "GET /api/{tenant}/posts/{id}"),
        ("POST", "/api/acme/posts/7", "POST /api/{tenant}/posts/{id}"),
        ("GET", "/api/acme/posts", "GET /api/{tenant}/posts"),
        (
            "GET",
            "/api/acme/posts/files/a/b?c=d",
            "GET /api/{tenant}/posts/files/{*path}",
        ),
        ("BREW", "/api/acme/any", "other /api/{tenant}/any"),
    ] {
        assert_eq!(named(app(), method, path).await, expected);
    }
}

#[tokio::test]
async fn what_matches_no_route_is_named_by_nothing_that_a_client_wrote() {
    for (method, path) in [
        ("GET", "/wp-admin/secret.php"),
        ("GET", "/static/secret"),
        ("GET", "/api/acme/secret"),
    ] {
        assert_eq!(named(app(), method, path).await, "GET unmatched", "{path}");
    }
    assert_eq!(named(app(), "SECRET", "/").await, "other unmatched");
}

#[tokio::test]
async fn a_service_without_routes_has_a_scope_a_request() {
    let service = ServiceBuilder::new()
        .layer(ScopeLayer::new())
        .service_fn(plain);
    for _ in 0..2 {
        let response = service.clone().oneshot(request("/secret")).await.unwrap();
        assert_eq!(body_of(response).await, "GET unmatched");
    }
    assert!(Scope::current().is_none());
}

#[tokio::test]
async fn what_a_service_does_before_its_future_is_polled_counts_too() {
    let service = ServiceBuilder::new()
        .layer(ScopeLayer::new())
        .service_fn(|_: Request<Body>| {
            let called = Scope::current().is_some();
            async move { Ok::<_, Infallible>(Response::new(Body::from(called.to_string()))) }
        });
    let response = service.oneshot(request("/")).await.unwrap();
    assert_eq!(body_of(response).await, "true");
}

#[tokio::test]
async fn an_error_of_the_service_is_passed_on() {
    let service = ServiceBuilder::new()
        .layer(ScopeLayer::new())
        .service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>("refused") });
    let refused = service.oneshot(request("/")).await.err();
    assert_eq!(refused, Some("refused"));
}
