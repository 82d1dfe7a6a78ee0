//! Requests while a sink, the subscriber, a clock or the reader of settings is
//! out of order: clients get the same bytes and the same status.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use perfguard::adapter::{self, BindHasher, Completion, Query};
use perfguard::sink::{Ended, Sink};
use perfguard::statement::Dialect;
use perfguard::tower::ScopeLayer;
use perfguard::{Scope, Settings};
use tower::ServiceExt as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Requests of one process.
const CASES: u64 = 125;

/// What is wrong in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Panics,
    PanicsWithItsName,
    Blocks,
    CallsBack,
}

/// Answers requests and compares them with what is answered where nothing is
/// watched; prints how many were the same.
pub(crate) async fn serve(kind: &str) {
    let plain = Router::new()
        .route("/posts", get(async || list(false)))
        .route(
            "/failed",
            get(async || (StatusCode::BAD_GATEWAY, list(false))),
        );
    let plain = answers(plain, 2).await;
    let settings = Settings::new()
        .warn_every(Duration::ZERO)
        .summaries(1.0)
        .resolve_call_sites(true);
    let settings = match kind {
        "sink-panics" => settings.sink(Faulty::of(Fault::Panics)),
        "sink-panics-with-its-name" => settings.sink(Faulty::of(Fault::PanicsWithItsName)),
        "sink-blocks" => settings.sink(Faulty::of(Fault::Blocks)),
        "sink-calls-back" => settings.sink(Faulty::of(Fault::CallsBack)),
        _ => settings,
    };
    match kind {
        "subscriber-panics" => subscribe(Fault::Panics),
        "subscriber-blocks" => subscribe(Fault::Blocks),
        _ => {
            let format = tracing_subscriber::fmt().with_ansi(false);
            format.with_writer(std::io::stderr).init();
        }
    }
    // Whoever names a file that cannot be read installs nothing.
    if kind != "settings" {
        settings.install().expect("nothing is wrong with them");
    }
    let watched = answers(router(kind == "clock"), CASES).await;
    let same = watched.iter().filter(|it| plain.contains(*it)).count();
    println!("{same} of {} the same", watched.len());
}

fn router(has_wrong_clock: bool) -> Router {
    Router::new()
        .route("/posts", get(async move || posts(has_wrong_clock)))
        .route(
            "/failed",
            get(async move || (StatusCode::BAD_GATEWAY, posts(has_wrong_clock))),
        )
        .layer(ScopeLayer::new())
}

#[perfguard::query_budget(max = 3)]
fn posts(has_wrong_clock: bool) -> String {
    list(has_wrong_clock)
}

fn list(has_wrong_clock: bool) -> String {
    let mut list = String::new();
    for id in 0..20_u64 {
        let mut binds = BindHasher::new();
        binds.write(&id);
        let query = Query::new("SELECT name FROM authors WHERE id = ?", Dialect::Sqlite)
            .binds(binds.finish());
        adapter::record(&if has_wrong_clock {
            query.completion(wrong(id))
        } else {
            query
        });
        list += "author,";
    }
    list
}

/// Times that no clock should tell.
fn wrong(id: u64) -> Completion {
    let now = Instant::now();
    let elapsed = [Duration::ZERO, Duration::MAX, Duration::from_secs(1)];
    let ended = [
        None,
        now.checked_sub(Duration::from_secs(3_600)),
        now.checked_add(Duration::from_secs(3_600)),
    ];
    let mut completion = Completion::new().rows(u64::MAX);
    if let Some(elapsed) = elapsed.get(id as usize % 3) {
        completion = completion.elapsed(*elapsed);
    }
    match ended.get(id as usize / 3 % 3) {
        Some(Some(ended)) => completion.ended(*ended),
        _ => completion,
    }
}

async fn answers(router: Router, cases: u64) -> Vec<(StatusCode, Vec<u8>)> {
    let mut answers = Vec::new();
    for case in 0..cases {
        let path = if case % 2 == 0 { "/posts" } else { "/failed" };
        let request = Request::get(path).body(Body::empty());
        let request = request.expect("the path is one");
        let response = router.clone().oneshot(request).await;
        let response = response.expect("a router does not fail");
        let status = response.status();
        let body = response.into_body().collect().await;
        answers.push((status, body.expect("it is text").to_bytes().to_vec()));
    }
    answers
}

/// A sink, or a subscriber, that does what it should not.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    calls: AtomicU64,
}

impl Faulty {
    fn of(fault: Fault) -> Self {
        Self {
            fault,
            calls: AtomicU64::new(0),
        }
    }

    fn go_wrong(&self) {
        // Not at once: the first calls are in order.
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Fault::Panics | Fault::PanicsWithItsName if call == 7 => {
                std::panic::resume_unwind(Box::new("a fault"));
            }
            Fault::Blocks if call.is_multiple_of(16) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Fault::CallsBack => {
                let scope = Scope::new("inside a sink");
                scope.in_scope(|| posts(false));
                drop(scope.close());
                drop(Settings::new().reload());
                tracing::warn!("from a sink");
            }
            _ => {}
        }
    }
}

impl Sink for Faulty {
    fn scope_ended(&self, _: &Ended<'_>) {
        self.go_wrong();
    }

    fn name(&self) -> &'static str {
        if self.fault == Fault::PanicsWithItsName {
            std::panic::resume_unwind(Box::new("a name"));
        }
        "the faulty sink"
    }
}

fn subscribe(fault: Fault) {
    tracing::subscriber::set_global_default(Faulty::of(fault)).expect("it is the only one");
}

impl Subscriber for Faulty {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "perfguard" {
            self.go_wrong();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
