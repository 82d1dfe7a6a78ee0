//! SeaORM and bare sqlx under the layer for sqlx's events, as the subscriber
//! of a whole process: SQLite's events come from a thread of the driver, which
//! a subscriber of one thread does not hear.
//!
//! Prints a line per scenario: its statements and their rows. `sqlx_layer URL`
//! runs them all; with a second word, one with a subscriber that is in the way.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's own program"
)]

use std::time::Duration;

use futures::TryStreamExt as _;
use perfguard::testing::observe;
use perfguard::{Report, Scope, in_current_scope};
use perfguard_tests::sea_orm_blog::{author, find_author, latest, post};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait,
    Statement, TransactionTrait, sqlx,
};
use tracing::Instrument as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::prelude::*;

const UPDATE: &str = "UPDATE posts SET title = 'new' WHERE id = 1";
const TITLES: &str = "SELECT title FROM posts ORDER BY id LIMIT 7";

/// Panics over the span of each scope.
struct Panicking;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Panicking {
    fn on_enter(&self, _: &tracing::span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        panic!("a subscriber of the user's");
    }
}

/// What the application itself logs: warnings, and spans around them.
fn log<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    let is_wanted = |it: &tracing::Metadata<'_>| it.is_span() || it.target() == "perfguard";
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_filter(LevelFilter::INFO)
        .with_filter(filter_fn(is_wanted))
}

fn is_sqlite(db: &DatabaseConnection) -> bool {
    db.get_database_backend() == sea_orm::DbBackend::Sqlite
}

/// A connection to tables of its own, with 20 posts by 20 authors.
async fn connect(url: &str, logs: bool) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // The tables belong to one connection.
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(logs);
    let mut db = Database::connect(options).await.expect("it connects");
    let values = |text: &str| {
        let value = |id: u32| text.replace('#', &id.to_string());
        (1..=20).map(value).collect::<Vec<_>>().join(", ")
    };
    for sql in [
        "CREATE TEMPORARY TABLE authors (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL)".to_owned(),
        "CREATE TEMPORARY TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title VARCHAR(50) NOT NULL)".to_owned(),
        format!("INSERT INTO authors VALUES {}", values("(#, 'author #')")),
        format!("INSERT INTO posts VALUES {}", values("(#, #, 'post #')")),
    ] {
        db.execute_unprepared(&sql).await.expect("the tables are made");
    }
    perfguard::sea_orm::install(&mut db);
    db
}

fn say(name: &str, report: &Report) {
    println!("{name}: {} {:?}", report.queries(), report.rows());
}

async fn bare(db: &DatabaseConnection, sql: &'static str) -> usize {
    let rows = match db.get_database_backend() {
        sea_orm::DbBackend::MySql => {
            let rows = sqlx::query(sql).fetch_all(db.get_mysql_connection_pool());
            rows.await.map(|rows| rows.len())
        }
        sea_orm::DbBackend::Postgres => {
            let rows = sqlx::query(sql).fetch_all(db.get_postgres_connection_pool());
            rows.await.map(|rows| rows.len())
        }
        _ => {
            let rows = sqlx::query(sql).fetch_all(db.get_sqlite_connection_pool());
            rows.await.map(|rows| rows.len())
        }
    };
    rows.expect("it reads")
}

async fn scenarios(url: &str) {
    let db = connect(url, true).await;

    let (_, report) = observe(latest(&db, 20)).await;
    say("all", &report);

    let (_, report) = observe(async {
        for post in latest(&db, 20).await {
            find_author(&db, post.author_id).await;
        }
    })
    .await;
    say("loop", &report);

    let (_, report) = observe(async {
        let posts = latest(&db, 20).await;
        author::Entity::find().count(&db).await.expect("it counts");
        for post in posts {
            find_author(&db, post.author_id).await;
        }
    })
    .await;
    say("loop after another read", &report);
    for finding in report.findings() {
        let source = finding.source();
        let tables = source.map(|source| source.statement().shape().tables().to_vec());
        println!(
            "{} of {:?} with {:?} rows",
            finding.rule(),
            tables.unwrap_or_default(),
            source.and_then(perfguard::Source::rows)
        );
    }

    let (_, report) = observe(db.execute_unprepared(UPDATE)).await;
    say("unprepared", &report);

    let (rows, report) = observe(bare(&db, TITLES)).await;
    assert_eq!(rows, 7);
    say("bare", &report);

    let (_, report) = observe(async {
        for _ in 0..5 {
            bare(&db, TITLES).await;
        }
    })
    .await;
    say("bare in a loop", &report);
    for finding in report.findings() {
        println!("{} {} bare", finding.rule(), finding.count());
    }

    let (_, report) = observe(async {
        let outer = db.begin().await.expect("it begins");
        post::Entity::find_by_id(1)
            .one(&outer)
            .await
            .expect("it reads");
        let inner = outer.begin().await.expect("it nests");
        inner.execute_unprepared(UPDATE).await.expect("it writes");
        inner.rollback().await.expect("it rolls back");
        outer.commit().await.expect("it commits");
    })
    .await;
    say("transaction", &report);

    let (taken, report) = observe(async {
        let mut posts = post::Entity::find().stream(&db).await.expect("it streams");
        let mut taken = 0;
        while let Some(_post) = posts.try_next().await.expect("it reads") {
            taken += 1;
            if taken == 2 {
                break;
            }
        }
        taken
    })
    .await;
    println!("stream dropped early: {} of {taken}", report.queries());

    // The event of a statement that failed on SQLite comes late: it is not
    // the next scope's.
    let mut counts = Vec::new();
    for _ in 0..20 {
        let (failed, report) = observe(db.query_one_raw(sea_orm::Statement::from_string(
            db.get_database_backend(),
            "SELECT nothing FROM posts WHERE id = 1",
        )))
        .await;
        assert!(failed.is_err());
        counts.push(report.queries());
        let ((), report) = observe(async {}).await;
        counts.push(report.queries());
    }
    println!("late: {} of {}", counts.iter().sum::<u64>(), counts.len());

    // Work of one scope that is awaited in another.
    let (outer, inner) = (Scope::new("outer"), Scope::new("inner"));
    let work = outer.in_scope(|| in_current_scope(db.execute_unprepared(UPDATE)));
    let passed = inner.wrap(work).await;
    passed.expect("it writes");
    println!(
        "handed over: {} {}",
        outer.close().queries(),
        inner.close().queries()
    );

    let (outer, inner) = (Scope::new("outer"), Scope::new("inner"));
    let again = outer.in_scope(|| in_current_scope(db.execute_unprepared(UPDATE)));
    let around = inner.wrap(async {
        db.execute_unprepared(UPDATE).await.expect("it writes");
        again.await.expect("it writes");
    });
    outer.wrap(around).await;
    println!(
        "back and forth: {} {}",
        outer.close().queries(),
        inner.close().queries()
    );

    let (_, report) = observe(async {
        let span = tracing::info_span!("the user's own");
        let work = db.execute_unprepared(UPDATE).instrument(span);
        work.await.expect("it writes");
    })
    .await;
    say("in a span of the user's", &report);

    let (_, report) = observe(async {
        let db = db.clone();
        let work = async move { db.execute_unprepared(UPDATE).await.map(|_| ()) };
        let spawned = tokio::spawn(in_current_scope(work)).await;
        spawned.expect("it ends").expect("it writes");
    })
    .await;
    say("spawned", &report);

    concurrently(url).await;
    if is_sqlite(&db) {
        on_sqlite(&db).await;
    }
}

/// Two tasks with equal statements, on connections of their own.
async fn concurrently(url: &str) {
    let task = |n: u64| {
        let url = url.to_owned();
        tokio::spawn(async move {
            let db = connect(&url, true).await;
            let mut is_right = true;
            for _ in 0..50 {
                let (_, report) = observe(async {
                    for _ in 0..n {
                        latest(&db, n).await;
                        bare(&db, TITLES).await;
                        db.execute_unprepared(UPDATE).await.expect("it writes");
                    }
                })
                .await;
                is_right &= report.queries() == 3 * n && report.rows() == Some(n * n + 7 * n);
            }
            is_right
        })
    };
    let (three, five) = futures::join!(task(3), task(5));
    println!(
        "concurrently: {} {}",
        three.expect("it ends"),
        five.expect("it ends")
    );
}

async fn on_sqlite(db: &DatabaseConnection) {
    // No call of perfguard's: the span alone carries the scope to the task.
    let (_, report) = observe(async {
        let db = db.clone();
        let span = tracing::info_span!("made in the scope");
        let work = async move { db.execute_unprepared(UPDATE).await.map(|_| ()) };
        let spawned = tokio::spawn(work.instrument(span)).await;
        spawned.expect("it ends").expect("it writes");
    })
    .await;
    say("spawned in a span", &report);

    // sqlx's own connections log at DEBUG.
    let pool = sqlx::SqlitePool::connect("sqlite::memory:")
        .await
        .expect("it connects");
    let (_, report) = observe(async {
        sqlx::query("SELECT 1 AS n UNION SELECT 2")
            .fetch_all(&pool)
            .await
            .expect("it reads");
    })
    .await;
    say("a pool of sqlx", &report);

    // The scope is over before the driver notices. A connection that is busy when
    // the pool takes it back may be closed, with its tables: none is read then.
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
         SELECT MAX(i) FROM n";
    let cancelled = tokio::time::timeout(Duration::ZERO, observe(db.execute_unprepared(slow)));
    assert!(cancelled.await.is_err());
    let one = Statement::from_string(
        db.get_database_backend(),
        "SELECT n FROM (SELECT 1 AS n) AS one",
    );
    let (read, report) = observe(db.query_all_raw(one)).await;
    assert_eq!(read.expect("it reads").len(), 1);
    say("after a cancelled one", &report);
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let url = words.next().expect("the URL of a database");
    match words.next().as_deref() {
        None => {
            tracing_subscriber::registry()
                .with(log())
                .with(perfguard::sqlx::layer())
                .init();
            return scenarios(&url).await;
        }
        Some("filtered") => {
            let filter = Targets::new().with_target("perfguard", LevelFilter::INFO);
            tracing_subscriber::registry()
                .with(filter)
                .with(perfguard::sqlx::layer())
                .with(log())
                .init();
        }
        Some("no-spans") => {
            let filter = Targets::new()
                .with_target("perfguard", LevelFilter::WARN)
                .with_target("sqlx", LevelFilter::INFO);
            tracing_subscriber::registry()
                .with(filter)
                .with(perfguard::sqlx::layer())
                .with(log())
                .init();
        }
        Some("panicking") => {
            let is_scope = filter_fn(|it| it.name() == "perfguard.scope");
            let panicking = Panicking.with_filter(is_scope);
            tracing_subscriber::registry()
                .with(perfguard::sqlx::layer())
                .with(panicking)
                .with(log())
                .init();
        }
        Some(_) => tracing_subscriber::registry()
            .with(log())
            .with(perfguard::sqlx::layer())
            .init(),
    }
    let logs = !std::env::args().any(|word| word == "silent");
    let db = connect(&url, logs).await;
    for _ in 0..2 {
        let (_, report) = observe(latest(&db, 20)).await;
        println!("{} statement", report.queries());
    }
}
