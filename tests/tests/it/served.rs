//! Handlers behind a router that is really served: what the client sees, and
//! which test fails.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http_body_util::BodyExt as _;
use perfguard::tower::ScopeLayer;
use perfguard_tests::diesel_blog::{Pool, connection, find_author, latest, pool};
use perfguard_tests::sea_orm_blog;
use sea_orm::DatabaseConnection;
use tower::ServiceExt as _;

use crate::support::{opaque, panic_of};

#[perfguard::query_budget(max = 3)]
async fn diesel_posts(State(pool): State<Pool>) -> String {
    tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
        let conn = &mut connection(&pool);
        let posts = latest(conn, opaque(20));
        posts
            .iter()
            .map(|post| find_author(conn, post.author_id).name)
            .collect::<Vec<_>>()
            .join(",")
    }))
    .await
    .unwrap()
}

#[perfguard::query_budget(max = 3)]
async fn sea_orm_posts(State(db): State<DatabaseConnection>) -> String {
    let mut names = Vec::new();
    for post in sea_orm_blog::latest(&db, opaque(20)).await {
        names.push(sea_orm_blog::find_author(&db, post.author_id).await.name);
    }
    names.join(",")
}

async fn router() -> Router {
    let diesel = Router::new()
        .route("/diesel", get(diesel_posts))
        .with_state(pool(20));
    let sea_orm = Router::new()
        .route("/sea-orm", get(sea_orm_posts))
        .with_state(sea_orm_blog::connect(20).await);
    diesel.merge(sea_orm)
}

/// Asks for a path.
pub(crate) fn request(path: &str) -> axum::http::Request<axum::body::Body> {
    let request = axum::http::Request::get(path).body(axum::body::Body::empty());
    request.unwrap()
}

/// All of an answer's body.
pub(crate) async fn body_of<B>(response: axum::http::Response<B>) -> String
where
    B: axum::body::HttpBody<Error: std::fmt::Debug>,
{
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

/// Serves the router on loopback and asks for a path over TCP.
pub(crate) async fn ask(router: Router, path: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn oneshot_fails_the_test() {
    for path in ["/diesel", "/sea-orm"] {
        let router = router().await;
        let report = panic_of(async move {
            let request = axum::http::Request::get(path).body(axum::body::Body::empty());
            router.oneshot(request.unwrap()).await
        })
        .await;
        assert!(report.contains("n-plus-one: 20 times"), "{report}");
    }
}

#[tokio::test]
async fn without_the_layer_the_client_loses_its_connection() {
    for path in ["/diesel", "/sea-orm"] {
        let answer = ask(router().await, path).await.unwrap_or_default();
        assert_eq!(answer, "", "the handler panicked on the connection's task");
    }
}

#[perfguard::test]
#[test]
#[should_panic = "n-plus-one: 20 times"]
fn with_the_layer_a_served_handler_fails_the_test_that_built_the_router() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for path in ["/diesel", "/sea-orm"] {
        let answer = runtime.block_on(async {
            let router = router().await.layer(ScopeLayer::new());
            ask(router, path).await.unwrap()
        });
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("n-plus-one: 20 times"), "{answer}");
    }
}

#[perfguard::test]
#[tokio::test(flavor = "multi_thread")]
#[should_panic = "query budgets broken in the test"]
async fn a_test_fails_at_its_end_although_nobody_looked_at_the_answer() {
    let router = router().await.layer(ScopeLayer::new());
    let _ = ask(router, "/diesel").await;
}

#[perfguard::test]
#[tokio::test]
async fn a_request_within_its_budget_is_answered_unchanged() {
    #[perfguard::query_budget(max = 1)]
    async fn good(State(pool): State<Pool>) -> String {
        latest(&mut connection(&pool), 20).len().to_string()
    }
    let router = Router::new()
        .route("/good", get(good))
        .with_state(pool(20))
        .layer(ScopeLayer::new());
    let request = axum::http::Request::get("/good").body(axum::body::Body::empty());
    let response = router.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "20");
}

#[perfguard::test]
#[tokio::test]
async fn the_layer_sees_what_runs_before_the_handler() {
    use axum::middleware::{Next, from_fn_with_state};

    async fn middleware(
        State(pool): State<Pool>,
        request: axum::extract::Request,
        next: Next,
    ) -> axum::response::Response {
        for id in 1..=opaque(3) {
            find_author(&mut connection(&pool), id);
        }
        next.run(request).await
    }
    let pool = pool(20);
    let ((), report) = perfguard::testing::observe(async {
        let router = Router::new()
            .route("/items/{id}", get(|| async { "fine" }))
            .layer(from_fn_with_state(pool.clone(), middleware))
            .layer(ScopeLayer::new());
        let request = axum::http::Request::get("/items/7").body(axum::body::Body::empty());
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
    })
    .await;
    let finding = crate::support::n_plus_one(&report);
    assert_eq!(finding.count(), 3);
    assert!(report.to_string().contains("GET /items/{id}"), "{report}");
}

#[tokio::test]
async fn a_router_shared_by_tests_charges_the_one_that_asks() {
    let pool = pool(20);
    let (router, first) = perfguard::testing::observe(async {
        Router::new()
            .route("/diesel", get(diesel_posts))
            .with_state(pool)
            .layer(ScopeLayer::new())
    })
    .await;
    let ((), second) = perfguard::testing::observe(async {
        let request = axum::http::Request::get("/diesel").body(axum::body::Body::empty());
        router.oneshot(request.unwrap()).await.unwrap();
    })
    .await;
    assert!(first.findings().is_empty(), "{first}");
    assert_eq!(crate::support::n_plus_one(&second).count(), 20);
}
