//! What a recorder is told, value by value.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Waker};
use std::time::Duration;

use metrics::{Unit, with_local_recorder};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use perfguard_core::adapter::{self, Completion, Query};
use perfguard_core::generated::{Budget, Site, observe_sync, run_async, run_sync};
use perfguard_core::statement::Dialect;
use perfguard_core::{Enforcement, Scope, Settings};
use perfguard_metrics::{Metrics, names, refresh};

static SITE: Site = Site::new(file!(), line!(), Budget::new(1));

/// What was recorded, by name and labels.
type Recorded = BTreeMap<String, Vec<f64>>;

/// What scopes of this thread tell a recorder.
fn recorded(body: impl FnOnce()) -> Recorded {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let settings = Settings::new().enforcement(Enforcement::Warn);
        settings.sink(Metrics::new()).install().unwrap();
    });
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, body);
    let snapshot = recorder.snapshotter().snapshot().into_vec();
    let values = snapshot.into_iter().map(|(key, _, _, value)| {
        let key = key.key();
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()))
            .collect();
        let values = match value {
            DebugValue::Counter(count) => vec![f64::from(u32::try_from(count).unwrap())],
            DebugValue::Histogram(values) => values.into_iter().map(|it| it.0).collect(),
            DebugValue::Gauge(_) => panic!("no gauges"),
        };
        (format!("{}{}", key.name(), labels.concat()), values)
    });
    values.collect()
}

/// Without what is the same for the whole process.
fn of_scopes(mut recorded: Recorded) -> Recorded {
    recorded.remove(names::UNATTRIBUTED_QUERIES);
    recorded.remove(names::INTERNAL_ERRORS);
    recorded
}

fn expected(values: &[(&str, &[f64])]) -> Recorded {
    let values = values.iter();
    values
        .map(|(name, values)| ((*name).to_owned(), values.to_vec()))
        .collect()
}

fn ask(times: u64, told: Completion) {
    let sql = "SELECT name FROM authors WHERE id = ?";
    for _ in 0..times {
        adapter::record(&Query::new(sql, Dialect::Sqlite).completion(told));
    }
}

/// All is known.
fn known() -> Completion {
    let told = Completion::new().rows(2);
    told.elapsed(Duration::from_millis(250))
}

fn handle(name: &'static str, body: impl FnOnce()) {
    run_sync(&SITE, name, body).1.enforce();
}

#[test]
fn a_scope_is_one_value_of_each_histogram() {
    let recorded = recorded(|| {
        handle("posts", || ask(1, known()));
        handle("posts", || {});
    });
    let expected = expected(&[
        ("perfguard.details_dropped route=posts", &[0.0]),
        (
            "perfguard.scope.db_time route=posts outcome=completed",
            &[0.25, 0.0],
        ),
        (
            "perfguard.scope.queries route=posts outcome=completed",
            &[1.0, 0.0],
        ),
        (
            "perfguard.scope.rows route=posts outcome=completed",
            &[2.0, 0.0],
        ),
    ]);
    assert_eq!(of_scopes(recorded), expected);
}

#[test]
fn what_is_unknown_is_left_out() {
    let recorded = recorded(|| {
        handle("posts", || ask(1, Completion::new()));
    });
    let expected = expected(&[
        ("perfguard.details_dropped route=posts", &[0.0]),
        (
            "perfguard.scope.queries route=posts outcome=completed",
            &[1.0],
        ),
    ]);
    assert_eq!(of_scopes(recorded), expected);
}

#[test]
fn an_outcome_is_how_the_scope_ended() {
    let recorded = recorded(|| {
        let cancelled = run_async(&SITE, "posts", std::future::pending::<()>());
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(cancelled).poll(&mut context).is_pending());
        let panicked = catch_unwind(|| {
            handle("posts", || std::panic::resume_unwind(Box::new("a handler")));
        });
        assert!(panicked.is_err());
    });
    let outcomes: Vec<_> = recorded
        .keys()
        .filter_map(|key| key.strip_prefix("perfguard.scope.queries route=posts outcome="))
        .collect();
    assert_eq!(outcomes, ["cancelled", "panicked"]);
}

#[test]
fn findings_are_counted_once_whichever_scope_has_them() {
    // Twenty at one place, in a scope inside another one.
    let nested = || {
        handle("GET /posts", || {
            handle("posts", || ask(20, known()));
        });
    };
    let counted = expected(&[
        ("perfguard.details_dropped route=GET /posts", &[0.0]),
        (
            "perfguard.findings route=GET /posts rule=n-plus-one",
            &[1.0],
        ),
        (
            "perfguard.findings route=GET /posts rule=query-budget",
            &[2.0],
        ),
        (
            "perfguard.scope.db_time route=GET /posts outcome=completed",
            &[5.0],
        ),
        (
            "perfguard.scope.queries route=GET /posts outcome=completed",
            &[20.0],
        ),
        (
            "perfguard.scope.rows route=GET /posts outcome=completed",
            &[40.0],
        ),
    ]);
    assert_eq!(of_scopes(recorded(nested)), counted);
    // Under test the outer report holds what the inner one has.
    let (recorded, report) = observe_sync(|| recorded(nested));
    assert_eq!(report.findings().len(), 3, "{report}");
    assert_eq!(of_scopes(recorded), counted);
}

#[test]
fn scopes_and_what_is_in_none_add_up() {
    let before = adapter::unattributed();
    let recorded = recorded(|| {
        for _ in 0..3 {
            handle("outer", || {
                ask(2, known());
                handle("inner", || ask(3, known()));
            });
        }
        let job = Scope::new("a job");
        job.in_scope(|| ask(4, known()));
        drop(job.close());
        ask(5, known());
        refresh();
    });
    let queries: f64 = recorded
        .iter()
        .filter(|(key, _)| key.starts_with(names::SCOPE_QUERIES))
        .flat_map(|(_, values)| values)
        .sum();
    assert_eq!(queries, 3.0 * (2.0 + 3.0) + 4.0);
    // No other test of this process runs a statement outside a scope.
    assert_eq!(before, 0);
    assert_eq!(recorded[names::UNATTRIBUTED_QUERIES], [5.0]);
    assert_eq!(recorded[names::INTERNAL_ERRORS], [0.0]);
}

#[test]
fn each_metric_has_its_unit_and_says_what_it_is() {
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, || {
        drop(Metrics::new());
        // A metric is in a snapshot once it has a value.
        for name in [
            names::SCOPE_QUERIES,
            names::SCOPE_ROWS,
            names::SCOPE_DB_TIME,
        ] {
            metrics::histogram!(name).record(0.0);
        }
        metrics::counter!(names::FINDINGS).increment(1);
        metrics::counter!(names::DETAILS_DROPPED).increment(1);
    });
    let described = recorder.snapshotter().snapshot().into_vec();
    let described: BTreeMap<_, _> = described
        .into_iter()
        .map(|(key, unit, text, _)| {
            assert!(text.is_some_and(|text| text.len() > 20), "{key:?}");
            (key.key().name().to_owned(), unit.unwrap())
        })
        .collect();
    let expected = [
        (names::DETAILS_DROPPED, Unit::Count),
        (names::FINDINGS, Unit::Count),
        (names::INTERNAL_ERRORS, Unit::Count),
        (names::SCOPE_DB_TIME, Unit::Seconds),
        (names::SCOPE_QUERIES, Unit::Count),
        (names::SCOPE_ROWS, Unit::Count),
        (names::UNATTRIBUTED_QUERIES, Unit::Count),
    ];
    let expected = expected.map(|(name, unit)| (name.to_owned(), unit));
    assert_eq!(described, BTreeMap::from(expected));
}
