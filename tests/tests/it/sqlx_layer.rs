//! Rows for SeaORM and bare sqlx, from sqlx's events.
//!
//! Against a database in a process of its own (`src/bin/sqlx_layer.rs`), and
//! with events that are written here, in both forms that sqlx has.

use perfguard_tests::servers::Backend;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use perfguard::statement::Dialect;
use perfguard::testing::{observe, observe_sync};
use perfguard::{Report, Scope};
use tracing_subscriber::prelude::*;

use crate::driver;

/// What the program prints for a database.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sqlx_layer"))
        .args(arguments)
        .env_remove("PERFGUARD")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    printed
}

#[track_caller]
fn assert_lines(printed: &str, expected: &[&str]) {
    for line in expected {
        assert!(
            printed.lines().any(|it| it == *line),
            "no `{line}` in\n{printed}"
        );
    }
    assert!(!printed.contains("WARN"), "{printed}");
}

/// The same on each database.
const EVERYWHERE: &[&str] = &[
    "all: 1 Some(20)",
    "loop: 21 Some(40)",
    "loop after another read: 22 Some(41)",
    "n-plus-one of [\"posts\"] with Some(20) rows",
    "unprepared: 1 Some(0)",
    "bare: 1 Some(7)",
    "bare in a loop: 5 Some(35)",
    "transaction: 2 Some(1)",
    "stream dropped early: 1 of 2",
    "late: 20 of 40",
    "handed over: 1 0",
    "back and forth: 1 1",
    "in a span of the user's: 1 Some(0)",
    "spawned: 1 Some(0)",
    "concurrently: true true",
];

#[test]
fn sqlite_tells_rows_and_nothing_counts_twice() {
    let printed = run(&["sqlite::memory:"]);
    assert_lines(&printed, EVERYWHERE);
    assert_lines(
        &printed,
        &[
            "spawned in a span: 1 Some(0)",
            "a pool of sqlx: 1 Some(2)",
            "after a cancelled one: 1 Some(1)",
        ],
    );
    assert!(!printed.contains("bare\n"), "no place on SQLite: {printed}");
}

#[test]
fn postgres_and_mysql_tell_rows_and_nothing_counts_twice() {
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(url) = backend.server() else {
            continue;
        };
        let printed = run(&[&url]);
        assert_lines(&printed, EVERYWHERE);
        // In the caller's task: the call site is known, the values are not.
        assert_lines(&printed, &["n-plus-one 5 bare"]);
    }
}

/// The warnings of a set-up that hears nothing, which still counts.
#[track_caller]
fn assert_warns_once(mode: &str, warning: &str) {
    let printed = run(&["sqlite::memory:", mode]);
    assert_eq!(printed.matches("WARN perfguard").count(), 1, "{printed}");
    assert!(printed.contains(warning), "{printed}");
    assert_eq!(printed.matches("1 statement").count(), 2, "{printed}");
}

#[test]
fn a_layer_that_hears_nothing_says_so_once() {
    let nothing = "no event of sqlx has arrived, although SeaORM has counted statements";
    assert_warns_once("silent", nothing);
    assert_warns_once("filtered", nothing);
    assert_warns_once("no-spans", "let the span `perfguard.scope` through");
}

#[test]
fn a_subscriber_that_panics_over_the_span_breaks_nothing() {
    let printed = run(&["sqlite::memory:", "panicking"]);
    assert_lines(&printed, &["1 statement"]);
    assert_eq!(printed.matches("1 statement").count(), 2, "{printed}");
}

/// Runs a closure with the layer in this thread's subscriber.
fn heard<R>(body: impl FnOnce() -> R) -> R {
    let subscriber = tracing_subscriber::registry().with(perfguard::sqlx::layer());
    tracing::subscriber::with_default(subscriber, body)
}

/// The event of one statement, as sqlx writes it.
fn event(summary: &str, statement: &str, rows: u64) {
    tracing::info!(
        target: "sqlx::query",
        summary,
        db.statement = statement,
        rows_affected = 1_u64,
        rows_returned = rows,
        elapsed = ?std::time::Duration::from_millis(1),
        elapsed_secs = 0.001,
    );
}

/// The span of one statement, as newer versions write it.
fn span(text: &str) -> tracing::Span {
    tracing::info_span!(
        target: "sqlx::query",
        "db.query",
        db.query.text = text,
        db.system.name = tracing::field::Empty,
        db.response.returned_rows = tracing::field::Empty,
    )
}

fn numbers(report: &Report) -> (u64, Option<u64>) {
    (report.queries(), report.rows())
}

#[test]
fn the_whole_text_is_in_the_summary_or_beside_it() {
    let ((), report) = heard(|| {
        observe_sync(|| {
            event("SELECT id FROM posts", "", 3);
            event(
                "SELECT id, name FROM …",
                "\n\nSELECT id, name FROM authors\n",
                5,
            );
        })
    });
    assert_eq!(numbers(&report), (2, Some(8)));
    let text = report.to_string();
    assert!(text.contains("select id from posts\n"), "{text}");
    assert!(text.contains("select id, name from authors\n"), "{text}");
    let sites = report.findings().iter().map(|it| it.call_site());
    let files: Vec<_> = sites.map(|it| it.unwrap().file().to_owned()).collect();
    assert_eq!(files.len(), 2);
    assert!(
        files.iter().all(|it| it.ends_with("sqlx_layer.rs")),
        "{text}"
    );
}

#[test]
fn what_an_adapter_reports_too_counts_once() {
    let ((), report) = heard(|| {
        observe_sync(|| {
            for id in 0..3 {
                driver::run(driver::AUTHOR, Some(id), None);
                event(
                    "SELECT name FROM authors …",
                    &format!("\n\n{}\n", driver::AUTHOR),
                    1,
                );
            }
        })
    });
    assert_eq!(numbers(&report), (3, Some(3)));
}

/// In backquotes a name is one thing to MySQL and another to standard SQL.
#[test]
fn an_event_of_unknown_database_meets_the_adapters_statement() {
    use perfguard::adapter::{self, Query};

    let sql = "SELECT `name` FROM `authors` WHERE `name` = \"a\"";
    let ((), report) = heard(|| {
        observe_sync(|| {
            event("SELECT …", &format!("\n\n{sql}\n"), 4);
            adapter::record(&Query::new(sql, Dialect::MySql));
        })
    });
    assert_eq!(numbers(&report), (1, Some(4)));
}

#[test]
fn what_may_be_a_value_of_an_unknown_database_is_not_shown() {
    let ((), report) = heard(|| {
        observe_sync(|| {
            for sql in [
                "SELECT a FROM t WHERE b = \"SECRET\"",
                "SELECT c FROM t # it's SECRET\n WHERE d = ?",
                "SELECT e FROM t WHERE f = 'it\\'s SECRET' AND g = 1",
                "SELECT h FROM t WHERE i = \"SECRET $1\"",
                "SELECT \"j\" FROM \"t\" WHERE \"k\" = $1",
            ] {
                event(sql, "", 1);
            }
        })
    });
    assert_eq!(
        report.summary(),
        "1 select \"j\" from \"t\" where \"k\" = ?\n\
         1 select a from t where b = ?\n\
         1 select c from t where d = ?\n\
         1 select e from t where f = ? and g = ?\n\
         1 select h from t where i = ?\n"
    );
    assert!(!format!("{report:?}").contains("SECRET"), "{report:?}");
    assert!(!report.to_json().contains("mysql"), "nobody has said so");
}

#[test]
fn catalog_lookups_and_transaction_control_are_no_queries() {
    let ((), report) = heard(|| {
        observe_sync(|| {
            for sql in [
                "SELECT oid FROM pg_catalog.pg_type WHERE typname ILIKE $1",
                "SELECT typname, typtype FROM pg_type WHERE oid = $1",
                "COMMIT",
                "ROLLBACK TO SAVEPOINT _sqlx_savepoint_1",
                "PRAGMA foreign_keys = ON",
            ] {
                event(sql, "", 1);
            }
        })
    });
    assert_eq!(numbers(&report), (0, Some(0)));
}

#[test]
fn events_of_other_targets_and_in_no_scope_do_not_count() {
    heard(|| {
        event("SELECT id FROM posts", "", 3);
        let ((), report) = observe_sync(|| {
            tracing::info!(target: "sqlx::explain", summary = "SELECT 1 FROM t");
            tracing::info!(target: "app", summary = "SELECT 1 FROM t", rows_returned = 1_u64);
        });
        assert_eq!(report.queries(), 0);
    });
}

#[test]
fn the_newer_form_counts_once_with_and_without_the_event() {
    let ((), report) = heard(|| {
        observe_sync(|| {
            let alone = span("SELECT id FROM posts LIMIT $1");
            alone.record("db.system.name", "postgresql");
            alone.record("db.response.returned_rows", 9_u64);
            drop(alone);
            let both = span("SELECT id FROM tags LIMIT 5");
            both.record("db.response.returned_rows", 5_u64);
            both.in_scope(|| {
                event(
                    "SELECT id FROM tags …",
                    "\n\nSELECT id FROM tags LIMIT 5\n",
                    5,
                )
            });
        })
    });
    assert_eq!(numbers(&report), (2, Some(14)));
    let json = report.to_json();
    assert!(json.contains("postgresql"), "{json}");
}

#[test]
fn a_thread_of_the_driver_finds_the_scope_through_the_callers_span() {
    let subscriber = tracing_subscriber::registry().with(perfguard::sqlx::layer());
    let subscriber = tracing::Dispatch::new(subscriber);
    tracing::dispatcher::with_default(&subscriber, || {
        let scope = Scope::new("the caller");
        let callers = scope.in_scope(tracing::Span::current);
        let elsewhere = |sql: &'static str| {
            let (callers, subscriber) = (callers.clone(), subscriber.clone());
            std::thread::Builder::new()
                .name("sqlx-sqlite-worker-7".to_owned())
                .spawn(move || {
                    tracing::dispatcher::with_default(&subscriber, || {
                        callers.in_scope(|| event(sql, "", 2));
                        callers.in_scope(|| drop(span("SELECT id FROM tags")));
                    });
                })
                .unwrap()
                .join()
                .unwrap();
        };
        elsewhere("SELECT id FROM posts");
        let report = scope.close();
        assert_eq!(report.queries(), 2);
        // The span outlives the scope here, and holds nothing of it.
        elsewhere("SELECT id FROM posts");
        let ((), report) = observe_sync(|| elsewhere("SELECT id FROM posts"));
        assert_eq!(report.queries(), 0, "the caller's scope, which has ended");
    });
}

/// Counts how often spans of scopes are entered, left and closed.
#[derive(Clone, Default)]
struct Balance {
    inside: Arc<AtomicI64>,
    entered: Arc<AtomicU64>,
    open: Arc<AtomicI64>,
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Balance {
    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        _: &tracing::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    fn on_enter(&self, _: &tracing::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.inside.fetch_add(1, Ordering::Relaxed);
        self.entered.fetch_add(1, Ordering::Relaxed);
    }

    fn on_exit(&self, _: &tracing::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.inside.fetch_sub(1, Ordering::Relaxed);
    }

    fn on_close(&self, _: tracing::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn the_span_is_left_as_often_as_it_is_entered() {
    let balance = Balance::default();
    let subscriber = tracing_subscriber::registry()
        .with(perfguard::sqlx::layer())
        .with(balance.clone());
    tracing::subscriber::with_default(subscriber, || {
        let is_outside = || {
            assert_eq!(balance.inside.load(Ordering::Relaxed), 0);
            assert!(tracing::Span::current().is_none());
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();

        // Polls, a guard that is held over an await, and nested scopes.
        let (scope, held) = (Scope::new("task"), Scope::new("held"));
        runtime.block_on(scope.wrap(async {
            let _guard = held.enter();
            for _ in 0..3 {
                tokio::task::yield_now().await;
                let _ = observe(tokio::task::yield_now()).await;
            }
        }));
        is_outside();
        assert!(balance.entered.load(Ordering::Relaxed) > 4);

        // Guards in the wrong order, and one scope twice.
        let (first, second, again) = (scope.enter(), held.enter(), scope.enter());
        assert_eq!(balance.inside.load(Ordering::Relaxed), 3);
        drop(first);
        drop(second);
        drop(again);
        is_outside();

        // A panic, and a future that is dropped where it waits.
        let unwinding = std::panic::AssertUnwindSafe(|| {
            scope.in_scope(|| std::panic::resume_unwind(Box::new("its own")))
        });
        let unwound: Result<(), _> = std::panic::catch_unwind(unwinding);
        assert!(unwound.is_err());
        is_outside();
        let mut waiting = Box::pin(scope.wrap(std::future::pending::<()>()));
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(context).is_pending());
        is_outside();
        drop(waiting);
        is_outside();

        drop((scope.close(), held.close()));
        assert_eq!(
            balance.open.load(Ordering::Relaxed),
            0,
            "a span outlives its scope"
        );
    });
}
