//! What a browser is told of a request, where the application wants that.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use perfguard::Budget;
use perfguard::adapter::{self, Completion, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard_test_tools::{browser, seen};
use perfguard_tests::diesel_blog::{Pool, connection, find_author, pool};
use tower::ServiceExt as _;

use crate::served::request;
use crate::support::opaque;

/// Reads five rows in 173 microseconds.
fn read(table: &str) {
    let sql = format!("SELECT a FROM {table} WHERE id = ?");
    let completion = Completion::new()
        .rows(5)
        .elapsed(Duration::from_micros(173));
    adapter::record(&Query::new(&sql, Dialect::Sqlite)).complete(completion);
}

async fn known() -> &'static str {
    read("posts");
    read("authors");
    "known"
}

/// Of Diesel's connections nobody knows the rows.
#[perfguard::query_budget(max = 1)]
async fn looping(State(pool): State<Pool>) -> &'static str {
    for id in 1..=opaque(3) {
        find_author(&mut connection(&pool), id);
    }
    "looping"
}

async fn own() -> ([(&'static str, &'static str); 1], &'static str) {
    read("posts");
    ([("server-timing", "cache;desc=\"hit\"")], "own")
}

const PAGE: &str = "<!doctype html><title>waiting</title><script>
fetch('/known').then(it => it.text()).then(() => {
  const [entry] = performance.getEntriesByName(location.origin + '/known');
  const seen = entry.serverTiming.map(it => [it.name, it.duration, it.description]);
  document.title = JSON.stringify(seen);
});
</script>";

fn app() -> Router {
    let layer = ScopeLayer::new()
        .budget(Budget::new(20))
        .server_timing(|request| {
            let wants = |it: &axum::http::HeaderValue| it != "panic" || panic!("asked to");
            request.headers.get("x-debug").is_none_or(wants) && request.uri.query() != Some("quiet")
        });
    Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/known", get(known))
        .route("/own", get(own))
        .route("/looping", get(looping))
        .with_state(pool(3))
        .layer(layer)
}

async fn told(path: &str, debug: &str) -> Vec<String> {
    let (told, _) = observe(async {
        let mut request = request(path);
        request
            .headers_mut()
            .insert("x-debug", debug.parse().unwrap());
        let response = app().oneshot(request).await.unwrap();
        let told = response.headers().get_all("server-timing").into_iter();
        told.map(|it| it.to_str().unwrap().to_owned()).collect()
    })
    .await;
    told
}

#[tokio::test]
async fn numbers_are_told_and_unknown_ones_left_out() {
    assert_eq!(
        told("/known", "1").await,
        ["db;dur=0.346, db-queries;desc=\"2\", db-rows;desc=\"10\", db-findings;desc=\"0\""]
    );
    let looping = told("/looping", "1").await.concat();
    assert!(looping.contains("db-queries;desc=\"3\""), "{looping}");
    assert!(!looping.contains("db-rows"), "{looping}");
    assert!(looping.ends_with("db-findings;desc=\"2\""), "{looping}");
}

#[tokio::test]
async fn what_the_application_says_stays() {
    let told = told("/own", "1").await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], "cache;desc=\"hit\"");
    assert!(told[1].contains("db-queries;desc=\"1\""), "{told:?}");
}

#[tokio::test]
async fn the_application_says_who_is_told() {
    assert!(told("/known?quiet", "1").await.is_empty());
    assert_eq!(told("/own?quiet", "1").await, ["cache;desc=\"hit\""]);
    assert!(told("/known", "panic").await.is_empty());
    let (response, _) = observe(async {
        let app = Router::new()
            .route("/known", get(known))
            .layer(ScopeLayer::new());
        app.oneshot(request("/known")).await.unwrap()
    })
    .await;
    assert!(response.headers().get("server-timing").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_them() {
    let Some(browser) = browser() else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app()).await });
    let profile = tempfile::tempdir().unwrap();
    let seen = tokio::task::spawn_blocking(move || seen(&browser, profile.path(), &[], &url));
    let (dom, _) = seen.await.unwrap().unwrap();
    let expected = "[[\"db\",0.346,\"\"],[\"db-queries\",0,\"2\"],[\"db-rows\",0,\"10\"],[\"db-findings\",0,\"0\"]]";
    assert!(dom.contains(&format!("<title>{expected}</title>")), "{dom}");
}
