//! The blog of `blog-sea-orm` as a fleet runs it: each request has a scope, and
//! `/metrics` answers Prometheus.
//!
//! Serves on port 3000, or on the port given as argument.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use blog_sea_orm::entity::post;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use perfguard::metrics::{BUCKETS, Metrics};
use perfguard::tower::ScopeLayer;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait};
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

const PATHS: [&str; 4] = ["/posts", "/bad/posts", "/bad/archive?page=2", "/metrics"];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "says how to try it")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::WARN))
        // Rows: SeaORM itself does not tell them.
        .with(perfguard::sqlx::layer())
        .init();
    let recorder = install_recorder()?;
    perfguard::Settings::new().sink(Metrics::new()).install()?;

    let db = open().await?;
    tokio::spawn(count_posts(db.clone()));
    tokio::spawn(upkeep(recorder.clone()));
    let app = blog_sea_orm::router(db)
        .layer(ScopeLayer::new())
        // After the layer: a scrape is no request to be watched.
        .merge(metrics(recorder));

    let port = std::env::args().nth(1).map(|port| port.parse());
    let listener = TcpListener::bind(("127.0.0.1", port.transpose()?.unwrap_or(3000))).await?;
    let address = listener.local_addr()?;
    for path in PATHS {
        println!("curl 'http://{address}{path}'");
    }
    axum::serve(listener, app).await?;
    Ok(())
}

/// The recorder, with the names and buckets that the dashboard and the alerts
/// in `monitoring` ask for.
fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
    for (name, buckets) in BUCKETS {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
    }
    builder.install_recorder()
}

/// Answers scrapes.
fn metrics(recorder: PrometheusHandle) -> Router {
    let scrape = || async move {
        // Statements in no scope, also where no scope has ended since.
        perfguard::metrics::refresh();
        recorder.render()
    };
    Router::new().route("/metrics", get(scrape))
}

/// The recorder keeps each value until somebody scrapes, or calls this.
async fn upkeep(recorder: PrometheusHandle) {
    let mut interval = tokio::time::interval(Duration::from_secs(5));
    loop {
        interval.tick().await;
        recorder.run_upkeep();
    }
}

/// A job that nobody gave a scope: its statements are unattributed, and an
/// alert says so where there are more of them than there were.
async fn count_posts(db: DatabaseConnection) {
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        let _ = post::Entity::find().count(&db).await;
    }
}

async fn open() -> Result<DatabaseConnection, DbErr> {
    // One connection: another one would have a database of its own.
    let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let mut db = Database::connect(options).await?;
    db.execute_unprepared(include_str!("../../blog-sea-orm/seed.sql"))
        .await?;
    perfguard::sea_orm::install(&mut db);
    Ok(db)
}
