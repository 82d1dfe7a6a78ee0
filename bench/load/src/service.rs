//! The service: the same handlers, watched or not.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::get;
use axum::{Json, Router};
use blog_sea_orm::entity::{author, post};
use blog_sea_orm::model::{PAGE_SIZE, PostWithAuthor};
use perfguard::tower::ScopeLayer;
use sea_orm::{
    DatabaseConnection, DbErr, EntityTrait as _, LoaderTrait as _, QueryOrder as _,
    QuerySelect as _,
};
use tower_service::Service as _;

use crate::Result;

/// Serves on a free port, and prints which.
#[tokio::main(worker_threads = 1)]
pub(crate) async fn serve(is_watched: bool) -> Result<()> {
    // What is written of broken budgets costs as in any service.
    tracing_subscriber::fmt()
        .with_writer(std::io::sink)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let router = router(is_watched).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// Answers one route so many times, without a network: for a profiler that
/// counts instructions.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn answer(is_watched: bool, route: &str, times: u32) -> Result<()> {
    let mut router = router(is_watched).await?;
    for _ in 0..times {
        let request = Request::get(route).body(Body::empty())?;
        let response = router.call(request).await?;
        if !response.status().is_success() {
            return Err(format!("{route} was answered with {}", response.status()).into());
        }
        axum::body::to_bytes(response.into_body(), usize::MAX).await?;
    }
    Ok(())
}

async fn router(is_watched: bool) -> Result<Router> {
    let mut db = blog_sea_orm::db::open().await?;
    let router = if is_watched {
        perfguard::sea_orm::install(&mut db);
        Router::new()
            .route("/posts", get(watched::posts))
            .route("/authors", get(watched::authors))
            .layer(ScopeLayer::new())
    } else {
        Router::new()
            .route("/posts", get(posts))
            .route("/authors", get(authors))
    };
    Ok(router.with_state(db))
}

type Answer<T> = std::result::Result<Json<Vec<T>>, String>;

fn failed(error: DbErr) -> String {
    error.to_string()
}

/// The latest posts with their authors.
async fn posts(State(db): State<DatabaseConnection>) -> Answer<PostWithAuthor> {
    let posts = post::Entity::find()
        .order_by_desc(post::Column::Id)
        .limit(PAGE_SIZE)
        .all(&db)
        .await
        .map_err(failed)?;
    let authors = posts.load_one(author::Entity, &db).await.map_err(failed)?;
    let posts = posts
        .into_iter()
        .zip(authors)
        .map(|(post, author)| PostWithAuthor { post, author });
    Ok(Json(posts.collect()))
}

/// Authors one by one: more queries in one request than most have.
async fn authors(State(db): State<DatabaseConnection>) -> Answer<author::Model> {
    let mut authors = Vec::new();
    for id in 1..=20 {
        let found = author::Entity::find_by_id(id).one(&db).await;
        authors.extend(found.map_err(failed)?);
    }
    Ok(Json(authors))
}

mod watched {
    use super::{Answer, DatabaseConnection, PostWithAuthor, State, author};

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn posts(db: State<DatabaseConnection>) -> Answer<PostWithAuthor> {
        super::posts(db).await
    }

    #[perfguard::query_budget(max = 20, allow(n_plus_one, reason = "the load is its purpose"))]
    pub(super) async fn authors(db: State<DatabaseConnection>) -> Answer<author::Model> {
        super::authors(db).await
    }
}
