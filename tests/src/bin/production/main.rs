//! A service as it runs in production: two handlers with an N+1 each, one per
//! ORM, behind a served router. Prints its address, then logs.
//!
//! With `layered` each request has a scope, inside a span of its own. With
//! `faults <kind>` it serves itself, while something that perfguard calls
//! is out of order.
#![expect(
    deprecated,
    reason = "the compiler warns of the mistakes that are tested"
)]
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's own service"
)]

mod faults;

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use futures::stream;
use perfguard::diesel::Guarded;
use perfguard::tower::ScopeLayer;
use perfguard::{Budget, CallSites, Enforcement, Limits, Route, Settings};
use perfguard_tests::{diesel_blog, sea_orm_blog};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait as _};
use tracing::Instrument as _;

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

async fn plain(State(db): State<DatabaseConnection>) -> String {
    let posts = sea_orm_blog::latest(&db, 20).await.len();
    let again = sea_orm_blog::latest(&db, 10).await.len();
    format!("{again} of {posts}")
}

/// Asks for each name when it is about to be sent.
async fn stream(State(db): State<DatabaseConnection>) -> Body {
    let names = stream::unfold((db, 1), |(db, id)| async move {
        if id > 20 {
            return None;
        }
        let author = sea_orm_blog::find_author(&db, id).await;
        Some((Ok::<_, Infallible>(author.name), (db, id + 1)))
    });
    Body::from_stream(names)
}

/// A span for each request, which does not cover its body.
async fn traced(request: Request, next: Next) -> Response {
    let span = tracing::info_span!("request", path = request.uri().path());
    next.run(request).instrument(span).await
}

/// As `sea_orm_posts`, on a connection that can refuse.
#[perfguard::query_budget(max = 30, allow(n_plus_one, reason = "limits are tested"))]
async fn guarded_posts(State(db): State<DatabaseConnection>) -> String {
    let db = perfguard::sea_orm::Guarded::new(db);
    let names = async {
        let mut names = Vec::new();
        for id in 1..=20 {
            let author = sea_orm_blog::author::Entity::find_by_id(id)
                .one(&db)
                .await?;
            names.extend(author.map(|author| author.name));
        }
        Ok::<_, DbErr>(names.join(","))
    };
    names.await.unwrap_or_else(|error| error.to_string())
}

/// Diesel on SQLite: what is recognised is timed in production only where
/// somebody wants to know.
#[perfguard::query_budget(
    max = 3_001,
    allow(n_plus_one, duplicate_query, reason = "limits are tested")
)]
async fn guarded_in_diesel() -> String {
    let conn = &mut Guarded::<SqliteConnection>::establish(":memory:").expect("it is in memory");
    conn.batch_execute(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL); \
         INSERT INTO authors VALUES (1, 'Ann')",
    )
    .expect("it is a new database");
    let author = diesel_blog::authors::table
        .find(1)
        .select(diesel_blog::authors::name);
    let answers = (0..3_000).map(|_| author.first::<String>(conn));
    match answers.collect::<QueryResult<Vec<_>>>() {
        Ok(answers) => format!("{} answers", answers.len()),
        Err(error) => error.to_string(),
    }
}

/// Changes the settings while it runs.
async fn reload(Path(what): Path<String>) -> String {
    let settings = Settings::new();
    let off = Route::new().enforcement(Enforcement::Off);
    let stopped = Limits::new().hard_max_time(Duration::from_nanos(1));
    // More than the few statements take that are read in any case.
    let slowed = Limits::new().hard_max_time(Duration::from_millis(5));
    let settings = match what.as_str() {
        "off" => settings.enforcement(Enforcement::Off),
        "off-there" => settings.route("production::sea_orm_posts", off),
        "hard-max" => settings.route(
            "production::guarded_posts",
            Route::new().limits(Limits::new().hard_max(5)),
        ),
        "hard-max-time" => settings
            .route("production::guarded_posts", Route::new().limits(stopped))
            .route("production::guarded_in_diesel", Route::new().limits(slowed)),
        "call-sites" => settings.call_sites(CallSites::off()),
        "nonsense" => settings.summaries(3.0),
        _ => settings.warn_every(Duration::ZERO),
    };
    match settings.reload() {
        Ok(()) => "reloaded".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Runtime::new().expect("there are threads");
    match arguments.next().as_deref() {
        Some("faults") => {
            let kind = arguments.next().expect("a kind of fault is named");
            runtime.block_on(faults::serve(&kind));
        }
        mode => runtime.block_on(serve(mode)),
    }
}

async fn serve(mode: Option<&str>) {
    let format = tracing_subscriber::fmt().with_ansi(false);
    if mode == Some("json") {
        format.json().init();
    } else {
        format.init();
    }
    let settings = Settings::new();
    let settings = match mode {
        Some("resolve") => settings.resolve_call_sites(true),
        Some("off") => settings.enforcement(Enforcement::Off),
        Some("every") => settings.warn_every(Duration::ZERO),
        Some("often") => settings.warn_every(Duration::from_secs(2)),
        Some("summaries") => settings.summaries(1.0),
        _ => settings,
    };
    if let Err(error) = settings.install() {
        println!("settings: {error}");
    }
    let diesel = Router::new()
        .route("/diesel", get(diesel_posts))
        .route("/guarded-diesel", get(guarded_in_diesel))
        .with_state(diesel_blog::pool(20));
    let sea_orm = Router::new()
        .route("/sea-orm", get(sea_orm_posts))
        .route("/outer", get(outer))
        .route("/good", get(good))
        .route("/plain", get(plain))
        .route("/stream", get(stream))
        .route("/guarded", get(guarded_posts))
        .route("/reload/{what}", get(reload))
        .with_state(sea_orm_blog::connect(20).await);
    let mut app = diesel.merge(sea_orm);
    if mode == Some("layered") {
        let layer = ScopeLayer::new()
            .budget(Budget::new(1))
            .server_timing(|request| request.headers.contains_key("x-debug"));
        app = app.layer(layer).layer(from_fn(traced));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a port");
    println!("{}", listener.local_addr().expect("it is bound"));
    axum::serve(listener, app).await.expect("it serves");
}
