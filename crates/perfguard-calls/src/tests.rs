//! What counts as a call, and what does not.

use std::pin::pin;
use std::task::{Context, Waker};

use perfguard_core::{Report, Scope, call, call_sync, in_current_scope};
use tracing::{Span, info_span};
use tracing_subscriber::prelude::*;

/// What a scope reports of `body`, with the layer in place.
fn reported(body: impl FnOnce()) -> Report {
    let subscriber = tracing_subscriber::registry().with(crate::layer());
    tracing::subscriber::with_default(subscriber, || {
        let scope = Scope::new("a job");
        scope.in_scope(body);
        scope.close()
    })
}

fn client() -> Span {
    info_span!(
        "GET",
        otel.kind = "client",
        url.full = "https://example.com/7?key=secret"
    )
}

#[test]
fn a_client_span_is_a_call_with_its_name_and_nothing_else() {
    let report = reported(|| {
        client().in_scope(|| {});
        drop(client());
        info_span!("charge", otel.kind = %"Client").in_scope(|| {});
        let late = info_span!("late", otel.kind = tracing::field::Empty);
        late.record("otel.kind", "client");
    });
    assert_eq!(report.calls(), 4, "{report}");
    assert_eq!((report.calls_of("GET"), report.calls_of("late")), (2, 1));
    let debug = format!("{report:?}");
    assert!(
        !debug.contains("secret") && !debug.contains("example"),
        "{debug}"
    );
}

#[test]
fn other_spans_are_none() {
    let report = reported(|| {
        info_span!("handler", otel.kind = "server").in_scope(|| {});
        info_span!("queue", otel.kind = "producer").in_scope(|| {});
        info_span!(
            "SELECT posts",
            otel.kind = "client",
            db.system.name = "sqlite"
        )
        .in_scope(|| {});
        info_span!("work").in_scope(|| {});
    });
    assert_eq!(report.calls(), 0, "{report}");
}

#[test]
fn a_span_inside_a_call_is_a_part_of_it_whichever_is_outside() {
    let report = reported(|| {
        call_sync("payment", || client().in_scope(|| {}));
        client().in_scope(|| call_sync("payment", || {}));
        client().in_scope(|| client().in_scope(|| {}));
    });
    assert_eq!(report.calls(), 3, "{report}");
    assert_eq!((report.calls_of("payment"), report.calls_of("GET")), (1, 2));
}

#[test]
fn one_after_the_other_are_two() {
    let report = reported(|| {
        call_sync("payment", || {});
        client().in_scope(|| {});
        client().in_scope(|| {});
        let mut future = pin!(call("mail", async { client().in_scope(|| {}) }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_ready());
        client().in_scope(|| {});
    });
    assert_eq!(report.calls(), 5, "{report}");
}

#[test]
fn a_span_that_is_opened_before_the_scope_counts_where_it_is_entered() {
    let subscriber = tracing_subscriber::registry().with(crate::layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = client();
        let scope = Scope::new("a job");
        scope.in_scope(|| {
            span.in_scope(|| {});
            span.in_scope(|| {});
        });
        drop(span);
        assert_eq!(scope.close().calls(), 1);
    });
}

#[test]
fn another_thread_counts_where_the_scope_was_handed_over() {
    let report = reported(|| {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let spans =
            move || tracing::dispatcher::with_default(&dispatch, || client().in_scope(|| {}));
        std::thread::scope(|threads| {
            threads.spawn(spans.clone());
            threads.spawn(in_current_scope(spans));
        });
    });
    assert_eq!(report.calls(), 1, "{report}");
}
