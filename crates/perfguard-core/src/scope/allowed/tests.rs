use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::adapter::{self, BindHasher, Binds, Completion, Query};
use crate::allow::{with_allow, with_allow_async};
use crate::budget::Allow;
use crate::generated;
use crate::report::Report;
use crate::scope::{Scope, State, in_current_scope};
use crate::statement::Dialect;

const READ: &str = "SELECT name FROM authors WHERE id = $1";

fn bind(value: u64) -> Binds {
    let mut hasher = BindHasher::new();
    hasher.write(&value);
    hasher.finish()
}

fn read(id: u64) {
    let query = Query::new(READ, Dialect::Postgres).binds(bind(id));
    adapter::record(&query.completion(Completion::new().rows(1)));
}

/// One line for all of them.
fn each(ids: std::ops::Range<u64>) {
    std::hint::black_box(ids).for_each(read);
}

fn observed(body: impl FnOnce()) -> Report {
    generated::observe_sync(body).1
}

/// Rule, count and reason.
fn allowed(report: &Report) -> Vec<(&str, u64, &str)> {
    let allowed = report.allowed().iter();
    allowed
        .map(|it| (it.rule(), it.count(), it.allowed().unwrap_or_default()))
        .collect()
}

fn found(report: &Report) -> Vec<(&str, u64)> {
    let found = report.findings().iter();
    found.map(|it| (it.rule(), it.count())).collect()
}

#[test]
fn what_runs_inside_is_allowed_with_its_reason() {
    let report = observed(|| with_allow("n-plus-one", "three shops", || each(0..9)));
    assert_eq!(found(&report), [], "{report}");
    assert_eq!(allowed(&report), [("n-plus-one", 9, "three shops")]);
    assert_eq!(report.queries(), 9);
}

#[test]
fn an_allow_within_the_loop_covers_each_turn() {
    let report = observed(|| {
        for id in std::hint::black_box(0..9) {
            with_allow("n-plus-one", "three shops", || read(id));
        }
    });
    assert_eq!(found(&report), [], "{report}");
    assert_eq!(allowed(&report), [("n-plus-one", 9, "three shops")]);
}

#[test]
fn of_what_is_partly_covered_only_the_rest_counts() {
    let run = |id: u64| read(id);
    let report = observed(|| {
        for id in std::hint::black_box(0..9) {
            let allows = [Allow::new("n-plus-one", "the first ones")];
            let _allowed = (id < 6).then(|| generated::begin_allows(&allows));
            run(id);
        }
    });
    assert_eq!(found(&report), [("n-plus-one", 3)], "{report}");
    let one_outside = observed(|| {
        for id in std::hint::black_box(0..9) {
            let allows = [Allow::new("n-plus-one", "the first ones")];
            let _allowed = (id < 8).then(|| generated::begin_allows(&allows));
            run(id);
        }
    });
    assert_eq!(found(&one_outside), [], "{one_outside}");
}

#[test]
fn what_runs_before_or_after_counts() {
    let report = observed(|| {
        each(0..4);
        with_allow("n-plus-one", "three shops", || each(0..9));
    });
    assert_eq!(found(&report), [("n-plus-one", 4)], "{report}");
    let report = observed(|| {
        with_allow("n-plus-one", "three shops", || each(0..9));
        each(0..4);
    });
    assert_eq!(found(&report), [("n-plus-one", 4)], "{report}");
}

#[test]
fn another_rule_is_not_covered() {
    let report = observed(|| with_allow("unbounded-result", "three shops", || each(0..9)));
    assert_eq!(found(&report), [("n-plus-one", 9)], "{report}");
    assert_eq!(allowed(&report), []);
}

#[test]
fn what_has_expired_does_not_count_and_is_said() {
    let old = [Allow::new("n-plus-one", "three shops").until(2020, 2, 29)];
    let report = observed(|| {
        let _allowed = generated::begin_allows(&old);
        each(0..9);
    });
    assert_eq!(found(&report), [("n-plus-one", 9)], "{report}");
    assert!(report.to_string().contains("until 2020-02-29"), "{report}");
    let new = [Allow::new("n-plus-one", "three shops").until(9999, 1, 1)];
    let report = observed(|| {
        let _allowed = generated::begin_allows(&new);
        each(0..9);
    });
    assert_eq!(found(&report), [], "{report}");
}

#[test]
fn a_future_has_its_allow_only_while_it_is_polled() {
    let report = observed(|| {
        let mut turn = 0;
        let pending = std::future::poll_fn(|_| {
            turn += 1;
            each(10 * turn..10 * turn + 2);
            if turn < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        let mut future = pin!(with_allow_async("n-plus-one", "three shops", pending));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        each(0..4);
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_ready());
    });
    assert_eq!(found(&report), [("n-plus-one", 4)], "{report}");
}

#[test]
fn another_scope_on_the_thread_is_not_covered() {
    let other = Scope::of(State::open_in_production());
    let report = observed(|| {
        let allows = [Allow::new("n-plus-one", "three shops")];
        let _allowed = generated::begin_allows(&allows);
        other.in_scope(|| each(0..9));
    });
    assert_eq!(found(&report), [], "{report}");
    assert_eq!(found(&other.close()), [("n-plus-one", 9)]);
}

#[test]
fn in_production_a_loop_that_is_recognised_is_covered_too() {
    let run = |ids: std::ops::Range<u64>| {
        for id in std::hint::black_box(ids) {
            let query = Query::new(READ, Dialect::Postgres);
            adapter::record_with(&query, || bind(id));
        }
    };
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| with_allow("n-plus-one", "three shops", || run(0..100)));
    let report = scope.close();
    assert_eq!(
        (found(&report).len(), report.queries()),
        (0, 100),
        "{report}"
    );
    assert_eq!(allowed(&report).len(), 1);

    let scope = Scope::of(State::open_in_production());
    scope.in_scope(|| {
        run(0..100);
        with_allow("n-plus-one", "three shops", || run(0..100));
    });
    let report = scope.close();
    assert_eq!(report.queries(), 200);
    assert_eq!(found(&report), [("n-plus-one", 100)], "{report}");
}

#[test]
#[should_panic(expected = "`n+1` cannot be allowed: expected one of")]
fn an_unknown_rule_fails_a_test() {
    with_allow("n+1", "three shops", || {});
}

#[test]
#[should_panic(expected = "has no reason")]
fn a_reason_is_required() {
    with_allow("n-plus-one", " ", || {});
}

#[test]
fn work_that_is_handed_over_takes_its_allow_along() {
    let report = observed(|| {
        let work = with_allow("n-plus-one", "three shops", || {
            in_current_scope(|| each(0..9))
        });
        let done = std::thread::spawn(work).join();
        assert!(done.is_ok());
    });
    assert_eq!(found(&report), [], "{report}");
    assert_eq!(allowed(&report), [("n-plus-one", 9, "three shops")]);

    let report = observed(|| {
        let work = with_allow("n-plus-one", "three shops", || {
            in_current_scope(async { each(0..9) })
        });
        let done = std::thread::spawn(move || {
            let mut work = pin!(work);
            work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        });
        assert!(done.join().is_ok_and(|done| done.is_ready()));
    });
    assert_eq!(found(&report), [], "{report}");
    assert_eq!(allowed(&report), [("n-plus-one", 9, "three shops")]);
}

#[test]
fn what_is_handed_over_elsewhere_has_no_allow() {
    let report = observed(|| {
        let work = in_current_scope(|| each(0..9));
        with_allow("n-plus-one", "three shops", || each(0..1));
        assert!(std::thread::spawn(work).join().is_ok());
    });
    assert_eq!(found(&report), [("n-plus-one", 9)], "{report}");
}
