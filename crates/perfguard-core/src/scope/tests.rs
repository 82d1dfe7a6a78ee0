//! What a scope promises, without any database.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use super::{Scope, State};
use crate::adapter::{self, Query};
use crate::in_current_scope;
use crate::statement::Dialect;

fn query() {
    let _complete = adapter::record(&Query::new("SELECT a FROM t WHERE id = ?", Dialect::Ansi));
}

fn current() -> Option<String> {
    Scope::current().map(|scope| scope.name().to_owned())
}

/// Ready when it is polled a second time.
fn later() -> impl Future<Output = ()> {
    let mut is_second = false;
    std::future::poll_fn(move |_| {
        if std::mem::replace(&mut is_second, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let (one, two) = (Scope::new("one"), Scope::new("two"));
    let first = one.enter();
    let second = two.enter();
    drop(first);
    assert_eq!(current().as_deref(), Some("two"));
    query();
    drop(second);
    assert_eq!(current(), None);
    assert_eq!(one.close().queries(), 0);
    assert_eq!(two.close().queries(), 1);
}

#[test]
fn a_guard_held_over_an_await_is_not_left_to_other_tasks() {
    let (task, held) = (Scope::new("task"), Scope::new("held"));
    let mut future = pin!(task.wrap(async {
        let _guard = held.enter();
        later().await;
        query();
    }));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_eq!(current(), None);
    assert!(poll_once(future.as_mut()).is_ready());
    assert_eq!(current(), None);
    assert_eq!(held.clone().close().queries(), 0);
    assert_eq!(task.clone().close().queries(), 1);
}

#[test]
fn a_panic_in_a_poll_leaves_no_scope_behind() {
    let scope = Scope::new("task");
    let future = scope.wrap(async {
        query();
        std::panic::resume_unwind(Box::new("its own"));
    });
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut future = pin!(future);
        let _: Poll<()> = poll_once(future.as_mut());
    }));
    assert!(caught.is_err());
    assert_eq!(current(), None);
    assert_eq!(scope.close().queries(), 1);
}

#[test]
fn what_is_dropped_with_a_future_is_dropped_in_its_scope() {
    struct Query;
    impl Drop for Query {
        fn drop(&mut self) {
            query();
        }
    }
    let scope = Scope::new("task");
    {
        let mut future = pin!(scope.wrap(async {
            let _query = Query;
            std::future::pending::<()>().await;
        }));
        assert!(poll_once(future.as_mut()).is_pending());
    }
    assert_eq!(scope.close().queries(), 1);
}

#[tokio::test]
async fn the_loser_of_a_select_has_counted_what_it_did() {
    let scope = Scope::new("task");
    let loser = async {
        query();
        std::future::pending::<()>().await;
    };
    scope
        .wrap(async {
            tokio::select! {
                biased;
                () = loser => {}
                () = async { query() } => {}
            }
        })
        .await;
    assert_eq!(scope.close().queries(), 2);
}

#[test]
fn scopes_nest_and_each_counts_what_ran_inside() {
    let outer = Scope::new("outer");
    let inner = outer.in_scope(|| {
        query();
        let inner = Scope::new("inner");
        inner.in_scope(query);
        inner.close()
    });
    assert_eq!(inner.queries(), 1);
    assert_eq!(outer.close().queries(), 2);
}

#[test]
fn a_scope_is_handed_to_futures_closures_and_threads() {
    let scope = Scope::new("task");
    let (closure, future) =
        scope.in_scope(|| (in_current_scope(query), in_current_scope(async { query() })));
    assert_eq!(current(), None);
    closure();
    assert!(poll_once(pin!(future)).is_ready());
    scope.in_scope(|| {
        std::thread::scope(|threads| {
            threads.spawn(in_current_scope(query));
        });
    });
    assert_eq!(scope.close().queries(), 3);
}

#[test]
fn outside_any_scope_handing_over_changes_nothing() {
    in_current_scope(|| assert_eq!(current(), None))();
}

#[test]
fn a_closed_scope_takes_nothing_more() {
    let scope = Scope::new("task");
    let late = scope.clone();
    assert_eq!(scope.close().queries(), 0);
    late.in_scope(query);
    assert_eq!(late.close().queries(), 0);
}

/// Conservation: whatever threads and scopes do, every query is counted once.
#[test]
fn nothing_is_lost_or_counted_twice_over_threads() {
    let counted = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (1..=8)
        .map(|n| {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || {
                for round in 0..200 {
                    let root = Scope::new("root");
                    let inner = root.in_scope(|| Scope::new("inner"));
                    (0..n).for_each(|_| root.in_scope(query));
                    (0..round % 3).for_each(|_| inner.in_scope(query));
                    assert_eq!(inner.close().queries(), round % 3);
                    let queries = root.close().queries();
                    assert_eq!(queries, n + round % 3);
                    counted.fetch_add(queries, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let emitted: u64 = (1..=8)
        .map(|n| (0..200).map(|round| n + round % 3).sum::<u64>())
        .sum();
    for thread in threads {
        assert!(thread.join().is_ok());
    }
    assert_eq!(counted.load(Ordering::Relaxed), emitted);
}

/// Runs a statement with other values each time.
#[inline(never)]
fn query_of(id: u64) {
    let query = Query::new("SELECT a FROM t WHERE id = ?", Dialect::Ansi);
    adapter::record(&query.binds(adapter::Binds::Identity(id)));
}

#[test]
fn in_production_a_loop_is_one_place_with_all_its_repeats() {
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| {
        for id in 0..std::hint::black_box(40) {
            query_of(id);
        }
    });
    let text = scope.close().to_string();
    assert!(
        text.contains("n-plus-one: 40 times from one place"),
        "{text}"
    );
}

#[test]
fn in_production_it_is_said_how_often_the_place_was_read() {
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| {
        for id in 0..std::hint::black_box(8) {
            query_of(id);
        }
        // Not read: nobody can tell that this is another loop.
        for id in 8..std::hint::black_box(20) {
            query_of(id);
        }
    });
    let report = scope.close();
    assert_eq!(report.queries(), 20);
    let text = report.to_string();
    assert!(
        text.contains("n-plus-one: 20 times from one place"),
        "{text}"
    );
    let read = "the call site was read 2 times, and was the same";
    assert!(text.contains(read), "{text}");
    assert_eq!(report.findings().len(), 1, "{text}");
}

#[test]
fn in_production_two_places_are_no_loop() {
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| {
        for id in 0..std::hint::black_box(4) {
            query_of(id);
        }
        for id in 4..std::hint::black_box(20) {
            query_of(id);
        }
    });
    let report = scope.close();
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn in_production_two_lines_are_no_finding() {
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| {
        query_of(1);
        query_of(2);
        query_of(3);
        query_of(4);
        query_of(5);
        query_of(6);
    });
    let report = scope.close();
    assert!(report.findings().is_empty(), "{report}");
}
