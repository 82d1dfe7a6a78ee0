//! A recorder is somebody else's code: it may come back to perfguard, and it
//! may panic. What has panicked is switched off for the process, and this is a
//! process of its own.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use perfguard_core::adapter::{self, Query};
use perfguard_core::statement::Dialect;
use perfguard_core::{Enforcement, Scope, Settings};
use perfguard_metrics::{Metrics, names, refresh};

/// Opens a scope for its first histogram, and panics at its second.
#[derive(Default)]
struct Rude {
    histograms: AtomicU64,
}

impl Recorder for Rude {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        match self.histograms.fetch_add(1, Ordering::Relaxed) {
            // Nobody is told of it.
            0 => drop(Scope::new("a scope of the recorder").close()),
            1 => panic!("a recorder that is broken"),
            _ => {}
        }
        Histogram::noop()
    }
}

#[test]
fn requests_go_on_and_the_error_is_counted() {
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(Metrics::new()).install().unwrap();
    let rude = Rude::default();
    with_local_recorder(&rude, || {
        for _ in 0..3 {
            let job = Scope::new("a job");
            job.in_scope(|| {
                adapter::record(&Query::new("SELECT name FROM authors", Dialect::Sqlite));
            });
            assert_eq!(job.close().queries(), 1);
        }
    });
    // Nobody asks it for a third one.
    assert_eq!(rude.histograms.load(Ordering::Relaxed), 2);

    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, refresh);
    let snapshot = recorder.snapshotter().snapshot().into_vec();
    let mut metrics = snapshot.iter();
    let errors = metrics.find(|(key, ..)| key.key().name() == names::INTERNAL_ERRORS);
    assert_eq!(errors.unwrap().3, DebugValue::Counter(1));
}
