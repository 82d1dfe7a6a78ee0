//! A service as it runs in production: two handlers with an N+1 each, one per
//! ORM, behind a served router. Prints its address, then logs.
#![expect(
    deprecated,
    reason = "the compiler warns of the mistakes that are tested"
)]
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's own service"
)]

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use perfguard_tests::{diesel_blog, sea_orm_blog};
use sea_orm::DatabaseConnection;

#[perfguard::query_budget(max = 3)]
async fn diesel_posts(State(pool): State<diesel_blog::Pool>) -> String {
    tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
        let conn = &mut diesel_blog::connection(&pool);
        let posts = diesel_blog::latest(conn, 20);
        posts
            .iter()
            .map(|post| diesel_blog::find_author(conn, post.author_id).name)
            .collect::<Vec<_>>()
            .join(",")
    }))
    .await
    .expect("the closure does not panic")
}

#[perfguard::query_budget(max = 3)]
async fn sea_orm_posts(State(db): State<DatabaseConnection>) -> String {
    let mut names = Vec::new();
    for post in sea_orm_blog::latest(&db, 20).await {
        names.push(sea_orm_blog::find_author(&db, post.author_id).await.name);
    }
    names.join(",")
}

#[perfguard::query_budget(max = 5)]
async fn outer(db: State<DatabaseConnection>) -> String {
    sea_orm_posts(db).await
}

#[perfguard::query_budget(max = 3)]
async fn good(State(db): State<DatabaseConnection>) -> String {
    sea_orm_blog::latest(&db, 20).await.len().to_string()
}

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_ansi(false).init();
    let settings = perfguard::Settings::new();
    let settings = match std::env::args().nth(1).as_deref() {
        Some("resolve") => settings.resolve_call_sites(true),
        Some("off") => settings.enforcement(perfguard::Enforcement::Off),
        _ => settings,
    };
    if let Err(error) = settings.install() {
        println!("settings: {error}");
    }
    let diesel = Router::new()
        .route("/diesel", get(diesel_posts))
        .with_state(diesel_blog::pool(20));
    let sea_orm = Router::new()
        .route("/sea-orm", get(sea_orm_posts))
        .route("/outer", get(outer))
        .route("/good", get(good))
        .with_state(sea_orm_blog::connect(20).await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a port");
    println!("{}", listener.local_addr().expect("it is bound"));
    axum::serve(listener, diesel.merge(sea_orm))
        .await
        .expect("it serves");
}
