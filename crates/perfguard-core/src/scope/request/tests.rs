//! What a request promises, without any framework.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::{Preview, Request};
use crate::adapter::{self, Completion, Query};
use crate::budget::{Budget, Site};
use crate::generated;
use crate::report::Report;
use crate::statement::Dialect;
use crate::thresholds::Profile;

static SITE: Site = Site::new(file!(), line!(), Budget::new(5));

fn read(table: &str, rows: u64) {
    let sql = format!("SELECT a FROM {table} WHERE id = 7");
    let recorded = adapter::record(&Query::new(&sql, Dialect::Ansi));
    recorded.complete(
        Completion::new()
            .rows(rows)
            .elapsed(Duration::from_millis(1)),
    );
}

fn open(budget: Option<Budget>) -> Request {
    Request::open("GET /posts".into(), None, budget.map(Arc::new).as_ref())
}

/// A request that answers after two statements, and what an observer gets.
fn observed(budget: Budget, body: impl FnOnce(&mut Request)) -> Report {
    let ((), report) = generated::observe_sync(|| {
        let mut request = open(Some(budget));
        let _ = request.poll(|| {
            read("posts", 2);
            read("tags", 3);
            Poll::Ready(())
        });
        body(&mut request);
        request.end();
    });
    report
}

#[test]
fn a_preview_says_what_is_known_and_changes_nothing() {
    let report = observed(Budget::new(1), |request| {
        let expected = Preview {
            findings: 1,
            queries: 2,
            rows: Some(5),
            elapsed: Some(Duration::from_millis(2)),
            fails: false,
        };
        for _ in 0..3 {
            assert_eq!(request.preview(), Some(expected));
        }
        request.in_scope(|| read("authors", 1));
        let later = request.preview().unwrap_or_default();
        assert_eq!((later.queries, later.rows), (3, Some(6)));
    });
    assert_eq!(report.findings().len(), 1, "{report}");
    assert_eq!(report.queries(), 3);
}

#[test]
fn what_is_unknown_is_not_guessed() {
    let mut request = open(None);
    request.in_scope(|| {
        read("posts", 2);
        let _complete = adapter::record(&Query::new("SELECT a FROM t WHERE id = 1", Dialect::Ansi));
    });
    let preview = request.preview().unwrap_or_default();
    assert_eq!((preview.rows, preview.elapsed), (None, None));
    assert_eq!(preview.queries, 2);
    request.end();
    assert_eq!(request.preview(), None);
}

#[test]
fn a_request_is_held_to_the_budget_of_its_layer() {
    let broken = observed(Budget::new(1), |_| ()).to_string();
    for said in [
        "query budget broken: GET /posts",
        "2 statements, at most 1 allowed",
        "query-budget: 2 statements",
    ] {
        assert!(broken.contains(said), "{broken}");
    }
    let reads = observed(Budget::unlimited().reads(1), |_| ());
    assert_eq!(reads.findings().len(), 1, "{reads}");
    let rows = observed(Budget::unlimited().rows(4), |_| ());
    assert_eq!(rows.findings().len(), 1, "{rows}");
    let kept = observed(Budget::new(2).rows(5).calls(0), |_| ());
    assert!(kept.findings().is_empty(), "{kept}");
}

#[test]
fn where_an_annotated_function_ran_its_attribute_counts() {
    let report = observed(Budget::new(1), |request| {
        request.in_scope(|| {
            generated::run_sync(&SITE, "handler", || read("authors", 1))
                .1
                .enforce();
        });
    });
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn a_budget_alone_asks_for_numbers_and_with_a_profile_for_all() {
    let found = |budget: Budget| {
        let mut request = open(Some(budget));
        request.in_scope(|| {
            let _whole = adapter::record(&Query::new("SELECT a FROM t", Dialect::Ansi));
        });
        request.preview().unwrap_or_default().findings
    };
    assert_eq!(found(Budget::new(20)), 0);
    assert_eq!(found(Budget::new(20).profile(Profile::Production)), 1);
    assert_eq!(found(Budget::new(0)), 1);
}

#[test]
fn it_ends_once_and_as_it_was_left() {
    let broken = |leave: fn(Request)| {
        let ((), report) = generated::observe_sync(|| {
            let mut request = open(Some(Budget::new(0)));
            request.in_scope(|| read("posts", 1));
            request.note_status(418);
            leave(request);
        });
        report.to_string()
    };
    let ended = broken(|mut request| {
        assert!(request.is_open());
        request.end();
        assert!(!request.is_open());
        assert_eq!(request.end(), None);
    });
    assert!(ended.contains("broken: GET /posts\n"), "{ended}");
    let dropped = broken(drop);
    assert!(
        dropped.contains("broken: GET /posts, cancelled\n"),
        "{dropped}"
    );
    let panicked = broken(|mut request| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            request.poll(|| -> Poll<()> { std::panic::resume_unwind(Box::new(())) })
        }));
        assert!(caught.is_err());
    });
    assert!(
        panicked.contains("broken: GET /posts, panicked\n"),
        "{panicked}"
    );
}

#[test]
fn an_answer_that_is_kept_is_in_the_report_of_who_observes() {
    let (mut request, report) = generated::observe_sync(|| {
        let mut request = open(Some(Budget::new(0)));
        request.in_scope(|| read("posts", 1));
        request.note_status(200);
        request
    });
    let text = report.to_string();
    assert!(text.contains("broken: GET /posts\n"), "{text}");
    assert_eq!(request.end(), None, "it has ended");
    let (unanswered, report) = generated::observe_sync(|| {
        let mut request = open(Some(Budget::new(0)));
        request.in_scope(|| read("posts", 1));
        request
    });
    assert!(report.findings().is_empty(), "{report}");
    drop(unanswered);
}

#[test]
fn a_test_fails_for_it_and_the_client_is_told() {
    let ((), outcome) = generated::test_sync(None, "a test", || {
        let mut request = open(Some(Budget::new(0)));
        assert!(request.can_fail());
        assert!(!request.preview().unwrap_or_default().fails);
        request.in_scope(|| read("posts", 1));
        assert!(request.preview().unwrap_or_default().fails);
        let message = request.end().unwrap_or_default();
        assert!(message.contains("query-budget: 1 statement"), "{message}");
    });
    let message = outcome.into_message().unwrap_or_default();
    assert!(message.contains("query-budget: 1 statement"), "{message}");
}
