//! Outgoing calls, and what waits for what, with real runtimes and real ORMs.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use diesel::prelude::*;
use perfguard::testing::{observe, observe_sync};
use perfguard::tower::ScopeLayer;
use perfguard::{call, call_sync, in_current_scope};
use perfguard_tests::diesel_blog;
use perfguard_tests::sea_orm_blog;
use sea_orm::TransactionTrait;
use tower::ServiceExt as _;
use tracing::Instrument as _;
use tracing_subscriber::prelude::*;

use crate::support::{line_of, panic_of_sync};

fn noted(report: &perfguard::Report) -> Vec<&str> {
    report.notes().iter().map(|note| note.rule()).collect()
}

/// Another service, which takes so long.
async fn service(milliseconds: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    milliseconds
}

#[perfguard::query_budget(max = 0, max_calls = 4, max_time = "400ms")]
async fn order_one_after_another() -> u64 {
    let charged = call("charge", service(200)).await; // the first call
    let reserved = call("reserve", service(150)).await;
    let mailed = call("mail", service(100)).await;
    charged + reserved + mailed
}

#[perfguard::query_budget(max = 0, max_calls = 4, max_time = "400ms")]
async fn order_at_once() -> u64 {
    let (charged, reserved) =
        tokio::join!(call("charge", service(200)), call("reserve", service(150)));
    tokio::spawn(in_current_scope(call("mail", service(100))));
    charged + reserved + 100
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_one_after_another_are_noted_and_calls_at_once_are_not() {
    let (sum, report) = observe(order_one_after_another()).await;
    assert_eq!((sum, report.calls()), (450, 3));
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(noted(&report), ["sequential-calls", "time-budget"]);
    let text = report.to_string();
    let line = line_of(include_str!("outgoing_calls.rs"), "// the first call");
    assert!(text.contains(&format!("at {}:{line}", file!())), "{text}");

    let (sum, report) = observe(order_at_once()).await;
    assert_eq!(sum, 450);
    // The mail is sent, and nobody waits for it: it may begin after the end.
    assert!((2..=3).contains(&report.calls()), "{report}");
    assert!(
        report.findings().is_empty() && report.notes().is_empty(),
        "{report}"
    );
}

#[test]
fn more_calls_than_the_attribute_allows_fail_the_test() {
    #[perfguard::query_budget(max = 0, max_calls = 1)]
    fn pay() {
        call_sync("payment", || {});
        call_sync("payment", || {});
    }
    let report = panic_of_sync(pay);
    assert!(
        report.contains("2 outgoing calls, at most 1 allowed"),
        "{report}"
    );
    assert!(report.contains("2 x call of payment"), "{report}");
}

#[test]
fn a_transaction_of_diesel_that_waits_for_a_call_is_noted() {
    let pool = diesel_blog::pool(1);
    let conn = &mut diesel_blog::connection(&pool);
    let mut publish = |waits: bool| {
        observe_sync(|| {
            if !waits {
                call_sync("payment", || {});
            }
            conn.transaction(|conn| {
                diesel_blog::find_author(conn, 1);
                if waits {
                    call_sync("payment", || {});
                }
                QueryResult::Ok(())
            })
            .unwrap();
        })
        .1
    };
    assert_eq!(noted(&publish(true)), ["long-transaction"]);
    assert!(noted(&publish(false)).is_empty());
}

#[tokio::test]
async fn a_transaction_of_sea_orm_that_waits_for_a_call_is_noted() {
    let db = perfguard::sea_orm::Guarded::new(sea_orm_blog::connect(1).await);
    let publish = async |waits: bool| {
        observe(async {
            let transaction = db.begin().await.unwrap();
            sea_orm_blog::find_author(&transaction, 1).await;
            if waits {
                call("payment", service(1)).await;
            }
            transaction.commit().await.unwrap();
            call("payment", service(1)).await;
        })
        .await
        .1
    };
    let report = publish(true).await;
    assert!(noted(&report).contains(&"long-transaction"), "{report}");
    assert!(
        report
            .to_string()
            .contains("held over an outgoing call: payment")
    );
    let report = publish(false).await;
    assert!(!noted(&report).contains(&"long-transaction"), "{report}");
}

#[tokio::test]
async fn a_client_span_is_a_call_and_is_not_counted_twice() {
    let subscriber = tracing_subscriber::registry().with(perfguard::calls::layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let request = || {
        let span = tracing::info_span!("HTTP request", otel.kind = "client", url.full = "/7");
        service(1).instrument(span)
    };
    let (_, report) = observe(async {
        request().await;
        call("payment", request()).await;
        tokio::join!(request(), request());
    })
    .await;
    assert_eq!((report.calls(), report.calls_of("HTTP request")), (4, 3));
    let json = report.to_json();
    assert!(
        json.contains("HTTP request") && !json.contains("/7"),
        "{json}"
    );
}

fn work(milliseconds: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(milliseconds) {
        std::hint::spin_loop();
    }
}

#[perfguard::query_budget(max = 0)]
async fn scale_here() -> String {
    work(150);
    "scaled".to_owned()
}

#[perfguard::query_budget(max = 0)]
async fn scale_elsewhere() -> String {
    tokio::task::spawn_blocking(in_current_scope(|| work(150)))
        .await
        .unwrap();
    "scaled".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_on_the_executor_is_noted_once_and_on_the_blocking_pool_is_not() {
    for (path, expected) in [("/here", vec!["blocking-poll"]), ("/elsewhere", vec![])] {
        let (answer, report) = observe(async {
            let router = Router::new()
                .route("/here", get(scale_here))
                .route("/elsewhere", get(scale_elsewhere))
                .layer(ScopeLayer::new());
            let request = axum::http::Request::get(path).body(axum::body::Body::empty());
            router.oneshot(request.unwrap()).await
        })
        .await;
        assert_eq!(answer.unwrap().status(), 200);
        assert_eq!(noted(&report), expected, "{report}");
    }
}
