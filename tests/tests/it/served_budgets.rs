//! A budget for requests in which no annotated function runs.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard::{Budget, Profile, Report};
use perfguard_tests::diesel_blog::{Pool, connection, latest, pool};
use tower::ServiceExt as _;

use crate::served::{ask, body_of, request};
use crate::support::rules;

async fn plain(State(pool): State<Pool>) -> String {
    let conn = &mut connection(&pool);
    let posts = latest(conn, 2).len();
    let all = latest(conn, 20).len();
    format!("{posts} of {all}")
}

#[perfguard::query_budget(max = 2)]
async fn annotated(pool: State<Pool>) -> String {
    plain(pool).await
}

fn app(budget: Budget) -> Router {
    Router::new()
        .route("/plain/{id}", get(plain))
        .route("/annotated", get(annotated))
        .with_state(pool(20))
        .layer(ScopeLayer::new().budget(budget))
}

async fn reported(budget: Budget, path: &str) -> Report {
    let (answer, report) = observe(async {
        let response = app(budget).oneshot(request(path)).await.unwrap();
        assert_eq!(response.status(), 200);
        body_of(response).await
    })
    .await;
    assert_eq!(answer, "2 of 20");
    report
}

#[tokio::test]
async fn a_route_without_an_attribute_is_held_to_the_layer_s_budget() {
    let report = reported(Budget::new(1), "/plain/7").await;
    assert_eq!(rules(&report), ["query-budget"]);
    let text = report.to_string();
    for said in [
        "query budget broken: GET /plain/{id}\n  2 statements, at most 1 allowed",
        "or raise `max` if each of them is needed",
    ] {
        assert!(text.contains(said), "{text}");
    }
    for kept in [Budget::new(2), Budget::unlimited().reads(2).writes(0)] {
        let report = reported(kept, "/plain/7").await;
        assert!(report.findings().is_empty(), "{report}");
    }
    let report = reported(Budget::unlimited().reads(1), "/plain/7").await;
    assert!(
        report.to_string().contains("2 that read, at most 1"),
        "{report}"
    );
}

#[tokio::test]
async fn where_an_annotated_function_runs_its_attribute_counts() {
    let report = reported(Budget::new(0), "/annotated").await;
    assert!(report.findings().is_empty(), "{report}");
}

#[tokio::test]
async fn a_budget_states_numbers_and_its_profile_which_rules() {
    let report = reported(Budget::new(20), "/plain/7").await;
    assert!(report.findings().is_empty(), "{report}");
    let all = Budget::new(1).profile(Profile::Test);
    let report = reported(all, "/plain/7").await;
    assert!(rules(&report).contains(&"query-budget"), "{report}");
}

#[perfguard::test]
#[tokio::test(flavor = "multi_thread")]
#[should_panic = "2 statements, at most 1 allowed"]
async fn a_test_answers_with_the_report_and_fails() {
    let answer = ask(app(Budget::new(1)), "/plain/7").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(
        answer.contains("content-type: text/plain; charset=utf-8"),
        "{answer}"
    );
    assert!(answer.contains("query-budget: 2 statements"), "{answer}");
}
