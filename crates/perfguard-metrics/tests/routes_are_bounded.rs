//! Names of scopes that are made of what clients send. They fill the table of
//! the process, and this is a process of its own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;

use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use perfguard_core::{Enforcement, Scope, Settings};
use perfguard_metrics::{MAX_ROUTES, Metrics, names};

#[test]
fn random_names_make_two_hundred_and_one_labels_and_no_scope_is_lost() {
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.sink(Metrics::new()).install().unwrap();
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, || {
        for number in 0..20_000 {
            drop(Scope::new(format!("GET /{number}")).close());
        }
        drop(Scope::new("x".repeat(1 << 20)).close());
    });
    let snapshot = recorder.snapshotter().snapshot().into_vec();
    let mut scopes = HashMap::new();
    for (key, _, _, value) in snapshot {
        if key.key().name() != names::SCOPE_QUERIES {
            continue;
        }
        let mut labels = key.key().labels();
        let route = labels.find(|label| label.key() == "route").unwrap();
        let DebugValue::Histogram(values) = value else {
            panic!("{key:?}");
        };
        scopes.insert(route.value().to_owned(), values.len());
    }
    assert_eq!(scopes.len(), MAX_ROUTES + 1);
    assert_eq!(scopes["__other__"], 20_001 - MAX_ROUTES);
    assert_eq!(scopes["GET /0"], 1);
}
