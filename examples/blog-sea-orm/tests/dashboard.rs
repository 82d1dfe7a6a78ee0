//! The Live view of the blog. In a process of its own: settings are installed
//! once.

use std::error::Error;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const TOKEN: &str = "a-token-of-the-test";

async fn get(app: &Router, path: &str, token: &str) -> TestResult<(StatusCode, String)> {
    let request = Request::get(path)
        .header("host", "localhost:3000")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())?;
    let response = app.clone().oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    Ok((status, String::from_utf8(body.to_vec())?))
}

#[tokio::test]
async fn it_shows_what_a_request_ran_to_who_knows_the_token() -> TestResult {
    let mut db = blog_sea_orm::db::open().await?;
    perfguard::sea_orm::install(&mut db);
    let app = blog_sea_orm::dashboard::mounted(blog_sea_orm::router(db), TOKEN)?;

    let (status, _) = get(&app, "/posts", "").await?;
    assert_eq!(status, StatusCode::OK);
    let (status, page) = get(&app, "/perfguard", TOKEN).await?;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(">GET /posts</a>"), "{page}");
    assert!(!page.contains("GET /perfguard"), "{page}");
    let (status, page) = get(&app, "/perfguard", "another-token-of-a-test").await?;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(!page.contains("/posts"), "{page}");
    Ok(())
}
