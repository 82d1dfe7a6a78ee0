//! As a service shows it: events, metrics, a page, headers, and refusals.

use std::io::Write;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use perfguard::dashboard::{Dashboard, LiveView};
use perfguard::diesel::{Guarded, GuardedAsync, refusal};
use perfguard::metrics::{BUCKETS, Metrics};
use perfguard::sink::{Ended, Sink};
use perfguard::tower::ScopeLayer;
use perfguard::{Enforcement, Limits, Scope, Settings};
use perfguard_tests::servers::Backend;
use sea_orm::{ConnectionTrait as _, Statement};
use tower::ServiceExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use super::{Dialect, Raw, Season, Secret, show, show_report, sow_everywhere};
use crate::canaries::{adapters, leave};

struct Serving {
    view: LiveView,
    token: String,
}

impl Season for Serving {
    const TIMES: u64 = 5;

    async fn scope(&self, tag: &str, body: impl Future<Output = ()>) {
        // Not the tag, which has to come from the statements.
        let scope = Scope::new(format!("a scope of {} letters", tag.len()));
        scope.wrap(body).await;
        let number = scope.root_number();
        drop(scope.close());
        show("dashboard.scope", &self.page(&format!("/?scope={number}")));
        // It tells of the last fifty.
        if number.is_multiple_of(25) {
            show("dashboard.json", &self.page("/data.json"));
        }
    }
}

impl Serving {
    fn page(&self, path: &str) -> String {
        let request = axum::http::Request::get(path)
            .header("host", "127.0.0.1")
            .header("authorization", format!("Bearer {}", self.token));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let response = self.view.respond(&parts);
        assert_eq!(response.status(), 200, "{path}");
        format!("{:?}\n{}", response.headers(), response.body())
    }
}

/// What is told of each scope.
#[derive(Debug)]
struct Told;

impl Sink for Told {
    fn scope_ended(&self, ended: &Ended<'_>) {
        // It tells of the whole scope again.
        if ended.root_number().is_multiple_of(8) {
            show("sink.debug", &format!("{ended:?}"));
        }
        show_report(ended.report());
    }

    fn wants_timeline(&self) -> bool {
        true
    }
}

/// Where events of perfguard's are written to.
#[derive(Clone, Copy)]
struct Log(&'static str);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        show(self.0, &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

fn listen() {
    let own = || Targets::new().with_target("perfguard", tracing::Level::TRACE);
    let text = tracing_subscriber::fmt::layer().with_ansi(false);
    let json = tracing_subscriber::fmt::layer().json();
    tracing_subscriber::registry()
        .with(text.with_writer(Log("events.text")).with_filter(own()))
        .with(json.with_writer(Log("events.json")).with_filter(own()))
        .with(perfguard::sqlx::layer())
        .with(perfguard::calls::layer())
        .init();
}

#[tokio::test]
#[ignore = "run by the test of canaries"]
async fn served() {
    listen();
    let mut metrics = PrometheusBuilder::new().with_recommended_naming(true);
    for (name, buckets) in BUCKETS {
        metrics = metrics
            .set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
            .unwrap();
    }
    let metrics = metrics.install_recorder().unwrap();
    let token = Secret::new("password").text();
    let dashboard = Dashboard::new().token(&*token);
    show("settings.debug", &format!("{dashboard:?}"));
    let view = dashboard.open().unwrap();
    let settings = Settings::new()
        .enforcement(Enforcement::Warn)
        .warn_every(Duration::ZERO)
        .summaries(1.0)
        .slow_query(Duration::ZERO)
        .costly_query(Duration::ZERO)
        .sink(Told)
        .sink(Metrics::new())
        .sink(view.clone());
    show("settings.debug", &format!("{settings:?} {view:?}"));
    settings.install().unwrap();
    let serving = Serving { view, token };

    sow_everywhere(&serving).await;
    requests().await;
    refusals().await;

    show("dashboard.page", &serving.page("/"));
    perfguard::metrics::refresh();
    show("metrics", &metrics.render());
    assert_eq!(perfguard::sink::internal_errors(), 0);
    leave("in_production");
}

/// Requests whose addresses and headers hold secrets, and whose answers tell of
/// the time that their statements took.
async fn requests() {
    async fn answer() -> &'static str {
        let raw = Raw::new(Dialect::Sqlite);
        for _ in 0..5 {
            let secret = Secret::new("literal");
            let sql = format!(
                "SELECT name AS seen_served FROM canaries WHERE name = '{}'",
                secret.text()
            );
            raw.run(&sql, Some(&secret));
        }
        "answered"
    }

    let layer = ScopeLayer::new()
        .server_timing(|_| true)
        .budget(perfguard::Budget::new(2));
    let app = Router::new().route("/seen/{id}", get(answer)).layer(layer);
    for path in ["/seen/", "/missed/"] {
        for _ in 0..20 {
            let secret = Secret::new("address");
            let request = axum::http::Request::get(format!("{path}{0}?{0}={0}", secret.text()))
                .header("cookie", secret.text())
                .header("authorization", secret.text())
                .body(axum::body::Body::empty());
            let response = app.clone().oneshot(request.unwrap()).await.unwrap();
            show("response.headers", &format!("{:?}", response.headers()));
        }
    }
}

/// What guarded connections say of what they do not send.
async fn refusals() {
    static ONE: Limits = Limits::new().hard_max(1);
    let sql = |secret: &Secret| {
        let (text, number) = (secret.text(), secret.number());
        format!(
            "SELECT name AS seen FROM seen_refused WHERE name = '{text}' AND id = {number} /* {text} */"
        )
    };
    let scope = Scope::new("refusing");
    let refused = async {
        Raw::new(Dialect::Sqlite).run("SELECT 1 FROM seen_refused", None);
        let mut sqlite = Guarded::<SqliteConnection>::establish(":memory:")
            .unwrap()
            .with_limits(ONE);
        for _ in 0..20 {
            let error = diesel::sql_query(sql(&Secret::new("literal")))
                .execute(&mut sqlite)
                .unwrap_err();
            show(
                "refusals",
                &format!("{error} {error:?} {:?}", refusal(&error)),
            );
        }
        let db = adapters::pool("sqlite::memory:".to_owned()).await;
        let db = perfguard::sea_orm::Guarded::new(db).limits(ONE);
        for _ in 0..20 {
            let secret = Secret::new("literal");
            let statement = Statement::from_sql_and_values(
                db.get_database_backend(),
                sql(&secret),
                [secret.text().into()],
            );
            let error = db.query_all_raw(statement).await.unwrap_err();
            show("refusals", &format!("{error} {error:?}"));
            let error = db.execute_unprepared(&sql(&secret)).await.unwrap_err();
            show("refusals", &format!("{error} {error:?}"));
        }
        if let Some(url) = Backend::Postgres.server() {
            let mut postgres = GuardedAsync::<AsyncPgConnection>::establish(&url)
                .await
                .unwrap()
                .with_limits(ONE);
            for _ in 0..20 {
                let query = diesel::sql_query(sql(&Secret::new("literal")));
                let error = diesel_async::RunQueryDsl::execute(query, &mut postgres)
                    .await
                    .unwrap_err();
                show(
                    "refusals",
                    &format!("{error} {error:?} {:?}", refusal(&error)),
                );
            }
        }
    };
    scope.wrap(refused).await;
    drop(scope.close());
}
