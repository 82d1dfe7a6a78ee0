//! As tests show it: reports, the run's files, plans, baselines, and panics.

use diesel::prelude::*;
use perfguard::testing::{act_sync, observe, observe_sync};
use perfguard::{assert_no_findings, assert_queries};
use perfguard_tests::servers::{Backend, Database};
use sea_orm::{ConnectionTrait as _, Statement};
use tracing_subscriber::prelude::*;

use super::{Dialect, Raw, Season, Secret, show, show_report, sow_everywhere};
use crate::canaries::{adapters, leave};
use crate::support::{opaque, panic_of_sync};

/// This file.
pub(crate) const SOURCE: &str = file!();

struct Observed;

impl Season for Observed {
    const TIMES: u64 = 3;

    async fn scope(&self, tag: &str, body: impl Future<Output = ()>) {
        let (_, report) = observe(async {
            body.await;
            // What is observed has no name of its own.
            Raw::new(Dialect::Sqlite).run(&format!("SELECT 1 AS in_{tag} FROM t"), None);
        })
        .await;
        show_report(&report);
    }
}

/// The layers alone: under test no event is written.
fn listen() {
    tracing_subscriber::registry()
        .with(perfguard::sqlx::layer())
        .with(perfguard::calls::layer())
        .init();
}

#[tokio::test]
#[ignore = "run by the test of canaries"]
async fn observed() {
    listen();
    sow_everywhere(&Observed).await;
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        if let Some(database) = adapters::database(backend).await {
            explain(&database).await;
        }
    }
    leave("under_test");
}

/// The statements that are explained, by the text of a secret.
fn explained(secret: &Secret) -> [String; 4] {
    let (text, number) = (secret.text(), secret.number());
    [
        format!(
            "SELECT id AS seen_explained FROM canaries WHERE data = '{text}' AND id > {number}"
        ),
        format!(
            "SELECT canaries.id AS seen_explained FROM canaries JOIN authors ON authors.id = canaries.id WHERE authors.name = '{text}' LIMIT 5"
        ),
        format!(
            "SELECT id AS seen_through_a_view FROM canaries_seen WHERE id <> {number} AND name <> '{text}'"
        ),
        format!("SELECT id AS seen_and_refused FROM canaries WHERE no_such_column = '{text}'"),
    ]
}

async fn explain(database: &Database) {
    let (view, checked) = (Secret::new("literal"), Secret::new("literal"));
    let is_sqlite = database.backend() == Backend::Sqlite;
    let filler = if is_sqlite { "" } else { "OR REPLACE " };
    database
        .run(&[&format!(
            "CREATE {filler}VIEW canaries_seen AS SELECT id, name, data FROM canaries \
             WHERE name <> '{}' AND id < {} AND name <> 'it''s {}'",
            view.text(),
            view.number(),
            checked.text(),
        )])
        .await;
    let queries: Vec<_> = (0..3)
        .flat_map(|_| explained(&Secret::new("literal")))
        .collect();
    let mut db = adapters::pool(database.sea_orm_url()).await;
    perfguard::sea_orm::install(&mut db);
    let backend = db.get_database_backend();
    let (_, report) = observe(async {
        for sql in &queries {
            let _ = db.query_all_raw(Statement::from_string(backend, sql)).await;
        }
    })
    .await;
    show_plans(&perfguard::explain::check_async(&db, &report).await.unwrap());
    db.close().await.unwrap();
    macro_rules! in_diesel {
        ($Connection:ty) => {{
            let conn = &mut <$Connection>::establish(database.url()).unwrap();
            let ((), report) = observe_sync(|| {
                for sql in &queries {
                    let _ = diesel::sql_query(sql).execute(conn);
                }
            });
            show_plans(&perfguard::explain::check(conn, &report).unwrap());
        }};
    }
    match database.backend() {
        Backend::Sqlite => in_diesel!(SqliteConnection),
        Backend::Postgres => in_diesel!(PgConnection),
        Backend::MySql => {}
    }
}

fn show_plans(explained: &perfguard::explain::Explained) {
    show("explain.text", &explained.to_string());
    show("explain.debug", &format!("{explained:?}"));
    for (statement, lines) in explained.plans() {
        show(
            "explain.plans",
            &format!("{statement}\n  {}", lines.join("\n  ")),
        );
    }
    for it in explained.unexplained() {
        show(
            "explain.reasons",
            &format!("{}: {}", it.statement(), it.reason()),
        );
    }
}

fn loop_over_literals() {
    let raw = Raw::new(Dialect::Postgres);
    for _ in 0..opaque(40) {
        let secret = Secret::new("literal");
        let sql = format!(
            "SELECT name AS seen_panicking FROM canaries WHERE name = '{}' AND id = {} AND data = ?",
            secret.text(),
            secret.number()
        );
        raw.run(&sql, Some(&secret));
    }
}

#[perfguard::query_budget(max = 3)]
fn budgeted() {
    loop_over_literals();
}

#[test]
#[ignore = "run by the test of canaries"]
fn panics() {
    show("panics", &panic_of_sync(budgeted));
    show("panics", &panic_of_sync(|| act_sync(loop_over_literals)));
    show(
        "panics",
        &panic_of_sync(|| assert_queries!(<= 3, { loop_over_literals() })),
    );
    show(
        "panics",
        &panic_of_sync(|| assert_no_findings!({ loop_over_literals() })),
    );
    let grows = || {
        let of = |n: &mut u64| (0..*n).for_each(|_| loop_over_literals());
        perfguard::testing::scaling_sync([1, 2], |n: u64| n, of).run();
    };
    show("panics", &panic_of_sync(grows));
    leave("under_test");
}

/// Fails, so that the harness prints its report.
#[perfguard::test]
#[ignore = "run by the test of canaries"]
fn baselines() {
    act_sync(loop_over_literals);
    perfguard::testing::baseline();
    leave("under_test");
}
