//! A service with the Live view on the outside and the inside of its layer, for
//! a test to look at. Prints its address.

#![expect(deprecated, reason = "the compiler warns of the loops that are shown")]

use std::error::Error;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use perfguard::dashboard::Dashboard;
use perfguard::tower::ScopeLayer;
use perfguard::{Enforcement, Settings};
use perfguard_tests::diesel_blog::{self, Pool};
use perfguard_tests::sea_orm_blog;
use sea_orm::DatabaseConnection;

#[perfguard::query_budget(max = 3)]
async fn diesel_posts(State(pool): State<Pool>, Path(posts): Path<i64>) -> String {
    let names = tokio::task::spawn_blocking(perfguard::in_current_scope(move || {
        let conn = &mut diesel_blog::connection(&pool);
        let mut names = Vec::new();
        for post in diesel_blog::latest(conn, posts) {
            names.push(diesel_blog::find_author(conn, post.author_id).name);
        }
        names
    }));
    names.await.unwrap_or_default().join(",")
}

#[perfguard::query_budget(max = 3)]
async fn sea_orm_posts(State(db): State<DatabaseConnection>, Path(posts): Path<u64>) -> String {
    let mut names = Vec::new();
    for post in sea_orm_blog::latest(&db, posts).await {
        names.push(sea_orm_blog::find_author(&db, post.author_id).await.name);
    }
    names.join(",")
}

#[expect(clippy::print_stdout, reason = "tells the test that it has begun")]
async fn never() {
    println!("never ends");
    std::future::pending().await
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "tells the test where it is")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut dashboard = Dashboard::new();
    if let Some(token) = std::env::args().nth(1) {
        dashboard = dashboard.token(token);
    }
    let view = dashboard.open()?;
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(view.clone()).install()?;

    let diesel = Router::new()
        .route("/diesel/{posts}", get(diesel_posts))
        .with_state(diesel_blog::pool(300));
    let sea_orm = Router::new()
        .route("/sea-orm/{posts}", get(sea_orm_posts))
        .with_state(sea_orm_blog::connect(300).await);
    let app = diesel
        .merge(sea_orm)
        .route("/never", get(never))
        // A request for the view is not shown, wherever that is mounted.
        .nest_service("/inside", view.clone())
        .layer(ScopeLayer::new())
        .nest_service("/perfguard", view);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
