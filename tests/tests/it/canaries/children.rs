//! The processes that sow secrets, and show what there is to show.

mod in_production;
mod under_test;

pub(crate) use under_test::SOURCE;

use std::future::Future;

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection as _, AsyncMysqlConnection, AsyncPgConnection};
use perfguard::Report;
use perfguard::diesel::{Guarded, GuardedAsync, ScopedTokio};
use perfguard::statement::Dialect;
use perfguard_tests::servers::Backend;
use tracing::Instrument as _;

use super::adapters::{Driver, Raw, SeaOrm, Sqlx, database, pool};
use super::secrets::{Secret, forms};
use super::show;

/// What a scope is in one of the processes.
trait Season {
    /// How often a statement of one form runs in a scope.
    const TIMES: u64;

    /// Runs it in a scope of its own, and shows what there is to show of it.
    async fn scope(&self, tag: &str, body: impl Future<Output = ()>);
}

/// Runs each form of statement through a driver, and bound values.
async fn sow<S: Season, D: Driver>(season: &S, mut driver: D) {
    let dialect = driver.dialect();
    let tag = |form| format!("seen_{}_{}_{form}", D::NAME, dialect.system_name());
    for form in forms(dialect) {
        let tag = tag(form.name);
        show("expected", &tag);
        let statements = async {
            for _ in 0..S::TIMES {
                driver.text(&form.write(&tag)).await;
            }
        };
        season.scope(&tag, statements).await;
    }
    let tag = tag("bound");
    show("expected", &tag);
    season.scope(&tag, driver.binds(&tag)).await;
}

/// Through every adapter, on every database that is there.
async fn sow_everywhere(season: &impl Season) {
    perfguard::diesel::install().unwrap();
    for dialect in [
        Dialect::Ansi,
        Dialect::MySql,
        Dialect::Postgres,
        Dialect::Sqlite,
    ] {
        for _ in 0..2 {
            sow(season, Raw::new(dialect)).await;
        }
    }
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let Some(database) = database(backend).await else {
            // As many secrets all the same.
            for _ in 0..8 {
                sow(season, Raw::new(dialect_of(backend))).await;
            }
            continue;
        };
        let url = database.url();
        match backend {
            Backend::Sqlite => {
                sow(season, SqliteConnection::establish(url).unwrap()).await;
                sow(season, Guarded::<SqliteConnection>::establish(url).unwrap()).await;
                type Wrapper = SyncConnectionWrapper<SqliteConnection, ScopedTokio>;
                sow(season, Wrapper::establish(url).await.unwrap()).await;
            }
            Backend::Postgres => {
                sow(season, PgConnection::establish(url).unwrap()).await;
                sow(season, Guarded::<PgConnection>::establish(url).unwrap()).await;
                sow(season, AsyncPgConnection::establish(url).await.unwrap()).await;
                type Guard = GuardedAsync<AsyncPgConnection>;
                sow(season, Guard::establish(url).await.unwrap()).await;
            }
            Backend::MySql => {
                sow(season, AsyncMysqlConnection::establish(url).await.unwrap()).await;
                type Guard = GuardedAsync<AsyncMysqlConnection>;
                sow(season, Guard::establish(url).await.unwrap()).await;
            }
        }
        let mut watched = pool(database.sea_orm_url()).await;
        perfguard::sea_orm::install(&mut watched);
        let guarded = perfguard::sea_orm::Guarded::new(watched.clone());
        show("guarded.debug", &format!("{guarded:?}"));
        sow(season, SeaOrm(watched.clone())).await;
        sow(season, SeaOrm(guarded)).await;
        sow(season, Sqlx(watched.clone())).await;
        watched.close().await.unwrap();
    }
    connect(season).await;
    call(season).await;
}

fn dialect_of(backend: Backend) -> Dialect {
    match backend {
        Backend::MySql => Dialect::MySql,
        Backend::Postgres => Dialect::Postgres,
        Backend::Sqlite => Dialect::Sqlite,
    }
}

/// Connections that are refused, with a password each: to ports where nobody
/// listens, and to servers that do not know the user.
async fn connect(season: &impl Season) {
    let url = |scheme: &str, address: &str| {
        let secret = Secret::new("password");
        let (password, name) = (secret.text(), secret.word());
        format!("{scheme}://{name}:{password}@{address}/{name}?application_name={name}")
    };
    let attempts = async {
        for _ in 0..10 {
            let address = "127.0.0.1:1";
            assert!(PgConnection::establish(&url("postgres", address)).is_err());
            assert!(Guarded::<PgConnection>::establish(&url("postgres", address)).is_err());
            let missing = format!(
                "/{}/{}",
                Secret::new("path").word(),
                Secret::new("path").text()
            );
            assert!(SqliteConnection::establish(&missing).is_err());
            assert!(Guarded::<SqliteConnection>::establish(&missing).is_err());
            type Pg = GuardedAsync<AsyncPgConnection>;
            assert!(Pg::establish(&url("postgres", address)).await.is_err());
            type MySql = GuardedAsync<AsyncMysqlConnection>;
            assert!(MySql::establish(&url("mysql", address)).await.is_err());
            for scheme in ["postgres", "mysql", "sqlite"] {
                let mut options = sea_orm::ConnectOptions::new(url(scheme, address));
                options.acquire_timeout(std::time::Duration::from_millis(50));
                assert!(sea_orm::Database::connect(options).await.is_err());
            }
        }
        let manager = ConnectionManager::<PgConnection>::new(url("postgres", "127.0.0.1:1"));
        let pool = Pool::builder()
            .max_size(1)
            .connection_timeout(std::time::Duration::from_millis(100));
        assert!(pool.build(manager).is_err());
        if let Some(server) = Backend::MySql.server() {
            let host = server
                .rsplit('@')
                .next()
                .unwrap()
                .split('/')
                .next()
                .unwrap()
                .to_owned();
            type MySql = GuardedAsync<AsyncMysqlConnection>;
            assert!(MySql::establish(&url("mysql", &host)).await.is_err());
        }
        if let Some(server) = Backend::Postgres.server() {
            let host = server
                .rsplit('@')
                .next()
                .unwrap()
                .split('/')
                .next()
                .unwrap()
                .to_owned();
            assert!(PgConnection::establish(&url("postgres", &host)).is_err());
        }
        let raw = Raw::new(Dialect::Postgres);
        raw.run("SELECT 1 AS seen_connections FROM canaries", None);
    };
    season.scope("seen_connections", attempts).await;
}

/// Outgoing calls, of which a client's span tells the address.
async fn call(season: &impl Season) {
    let calls = async {
        for _ in 0..50 {
            let secret = Secret::new("address");
            let address = format!(
                "https://{0}:{1}@{0}.example/{1}?key={0}",
                secret.word(),
                secret.text()
            );
            let span = tracing::info_span!("seen_call", otel.kind = "client", otel.name = address, url.full = address, http.request.header = ?secret.json(), error = tracing::field::Empty);
            span.record("error", secret.text());
            async { tokio::task::yield_now().await }
                .instrument(span)
                .await;
        }
        perfguard::call("seen_marked_call", tokio::task::yield_now()).await;
    };
    season.scope("seen_calls", calls).await;
}

/// All that a report says, in each of its ways.
fn show_report(report: &Report) {
    show("report.text", &report.to_string());
    show("report.to_json", &report.to_json());
    show("report.summary", &report.summary());
    show("report.debug", &format!("{report:?}"));
    show(
        "report.debug",
        &format!("{:?} {:?}", report.connections(), report.transactions()),
    );
    if let Some(timeline) = report.timeline() {
        show("timeline.debug", &format!("{timeline:?}"));
    }
    let all = [report.findings(), report.notes(), report.allowed()].concat();
    for (number, finding) in all.iter().enumerate() {
        // The report's own Debug has them all.
        if number == 0 {
            show("finding.debug", &format!("{finding:#?}"));
        }
        show("finding.text", finding.fix());
        show("finding.text", finding.explanation().unwrap_or_default());
        if let Some(statement) = finding.statement() {
            let (text, summary, brief) = (statement.text(), statement.summary(), statement.brief());
            show(
                "finding.text",
                &format!("{text}\n{summary}\n{brief}\n{:?}", statement.shape()),
            );
        }
        if let Some(source) = finding.source() {
            show(
                "finding.text",
                &format!("{}\n{source:?}", source.statement().text()),
            );
        }
        if let Some(site) = finding.call_site() {
            show("finding.text", &format!("{site} {site:?}"));
        }
    }
}
