//! What perfguard says of the blog's routes under `cargo test`.

use std::error::Error;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const ROUTES: [&str; 3] = ["/posts", "/archive?page=2", "/authors/7/comments"];

async fn app() -> TestResult<Router> {
    perfguard::diesel::install()?;
    Ok(blog_diesel::router(blog_diesel::db::open()?))
}

/// Asks the app for a path, without a network.
async fn get(app: &Router, path: &str) -> TestResult<(StatusCode, String)> {
    let request = Request::get(path).body(Body::empty())?;
    let response = app.clone().oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    Ok((status, String::from_utf8(body.to_vec())?))
}

/// Asks the app for a path, over TCP.
async fn get_served(app: Router, path: &str) -> TestResult<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// The line that holds `text`, counted from 1.
fn line_of(text: &str, source: &str) -> Option<u32> {
    (1..)
        .zip(source.lines())
        .find_map(|(number, line)| line.contains(text).then_some(number))
}

#[tokio::test]
async fn good_routes_stay_within_their_budgets() -> TestResult {
    let app = app().await?;
    for path in ROUTES {
        // Nothing to say about budgets: a broken one panics here.
        let (status, body) = get(&app, path).await?;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert!(body.starts_with("[{"), "{path}: {body}");
    }
    Ok(())
}

#[tokio::test]
async fn bad_routes_answer_the_same() -> TestResult {
    let app = app().await?;
    for path in ROUTES {
        let good = get(&app, path).await?;
        let (bad, report) = observe(get(&app, &format!("/bad{path}"))).await;
        assert_eq!(good, bad?);
        assert!(!report.findings().is_empty(), "{path}: {report}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_author_is_not_found() -> TestResult {
    let (status, _) = get(&app().await?, "/authors/1000/comments").await?;
    assert_eq!(status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
#[should_panic(expected = "n-plus-one")]
async fn a_query_per_post_fails_the_test() {
    let _ = fetch("/bad/posts").await;
}

#[tokio::test]
#[should_panic(expected = "n-plus-one")]
async fn a_query_per_comment_fails_the_test() {
    let _ = fetch("/bad/authors/7/comments").await;
}

#[tokio::test]
#[should_panic(expected = "unbounded-result")]
async fn a_whole_table_fails_the_test() {
    let _ = fetch("/bad/archive?page=2").await;
}

async fn fetch(path: &str) -> TestResult<(StatusCode, String)> {
    get(&app().await?, path).await
}

#[tokio::test]
async fn the_report_names_the_line_and_the_repaired_route_is_silent() -> TestResult {
    let app = app().await?;
    let (bad, report) = observe(get(&app, "/bad/posts")).await;
    let finding = report.findings().first().ok_or("nothing was found")?;
    assert_eq!(finding.rule(), "n-plus-one");
    assert_eq!(finding.count(), 20);
    let site = finding.call_site().ok_or("the call site is not known")?;
    let source = include_str!("../src/handlers/bad.rs");
    assert_eq!(site.file(), "examples/blog-diesel/src/handlers/bad.rs");
    assert_eq!(Some(site.line()), line_of("// once per post", source));

    let (good, report) = observe(get(&app, "/posts")).await;
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.queries(), 1);
    assert_eq!(good?, bad?);
    Ok(())
}

#[perfguard::test]
#[tokio::test]
async fn a_served_request_counts_for_the_test_that_built_the_router() -> TestResult {
    for path in ROUTES {
        let app = app().await?.layer(ScopeLayer::new());
        let answer = get_served(app, path).await?;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    Ok(())
}

#[perfguard::test]
#[tokio::test]
#[should_panic(expected = "n-plus-one")]
async fn it_fails_that_test_although_nobody_looks_at_the_answer() {
    if let Ok(app) = app().await {
        let _ = get_served(app.layer(ScopeLayer::new()), "/bad/posts").await;
    }
}
