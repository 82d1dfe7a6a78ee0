//! An application may install its recorder after its settings, and after its
//! first scopes. A process has one recorder, and this is a process of its own.
#![allow(clippy::unwrap_used)]

use metrics::Unit;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use perfguard_core::adapter::record_unattributed;
use perfguard_core::{Enforcement, Scope, Settings};
use perfguard_metrics::{Metrics, names, refresh};

#[test]
fn it_hears_of_what_is_there_and_of_units() {
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(Metrics::new()).install().unwrap();
    record_unattributed();
    drop(Scope::new("too early").close());

    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    drop(Scope::new("a job").close());

    let snapshot = snapshotter.snapshot().into_vec();
    let find = |name: &str| {
        let mut metrics = snapshot.iter();
        metrics.find(|(key, ..)| key.key().name() == name).unwrap()
    };
    let (key, unit, text, value) = find(names::SCOPE_DB_TIME);
    let mut labels = key.key().labels();
    assert!(labels.any(|label| (label.key(), label.value()) == ("route", "a job")));
    assert_eq!(*unit, Some(Unit::Seconds));
    assert!(text.is_some());
    assert_eq!(*value, DebugValue::Histogram(vec![0.0.into()]));
    let (.., unattributed) = find(names::UNATTRIBUTED_QUERIES);
    assert_eq!(*unattributed, DebugValue::Counter(1));

    // No scope ends from here on.
    record_unattributed();
    refresh();
    let snapshot = snapshotter.snapshot().into_vec();
    let mut counts = snapshot.iter();
    let counted = counts.find(|(key, ..)| key.key().name() == names::UNATTRIBUTED_QUERIES);
    assert_eq!(counted.unwrap().3, DebugValue::Counter(2));
}
