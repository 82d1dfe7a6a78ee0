//! What [perfguard](https://docs.rs/perfguard)'s scopes run, as metrics of the
//! [`metrics`] facade: use that crate's feature `metrics`.
//!
//! ```
//! use perfguard_core::Settings;
//! use perfguard_metrics::Metrics;
//!
//! Settings::new().sink(Metrics::new()).install()?;
//! # Ok::<(), perfguard_core::Error>(())
//! ```
//!
//! The application installs a recorder, before that or after it: an exporter
//! for Prometheus, OTLP or statsd. Without one nothing is kept.
//!
//! | metric ([`names`]) | is | of | unit | labels |
//! |---|---|---|---|---|
//! | `perfguard.scope.queries` | histogram | outermost scopes | statements | `route`, `outcome` |
//! | `perfguard.scope.rows` | histogram | outermost scopes | rows | `route`, `outcome` |
//! | `perfguard.scope.db_time` | histogram | outermost scopes | seconds | `route`, `outcome` |
//! | `perfguard.details_dropped` | counter | outermost scopes | statements | `route` |
//! | `perfguard.findings` | counter | all scopes | findings | `route`, `rule` |
//! | `perfguard.unattributed_queries` | counter | the process | statements | |
//! | `perfguard.internal_errors` | counter | the process | errors | |
//!
//! # Labels
//!
//! - `route`: the name of the outermost scope, which is the request's where a
//!   layer opens one, and else the annotated function's. The first
//!   [`MAX_ROUTES`] names are told apart; others, and names of more than 256
//!   bytes, are `__other__`.
//! - `outcome`: how the scope ended, [`ScopeEnd`](perfguard_core::sink::ScopeEnd):
//!   `completed`, `cancelled` or `panicked`. A broken budget is none: a scope may
//!   be cancelled and have findings, and `perfguard.findings` counts those.
//! - `rule`: a rule's id, `n-plus-one`.
//!
//! No label holds a statement or its fingerprint: their number has no bound. The
//! `tracing` events name statements.
//!
//! # What adds up
//!
//! A statement counts in each scope around it, so histograms are of outermost
//! scopes alone: the sum of `perfguard.scope.queries` and
//! `perfguard.unattributed_queries` is what the adapters reported, once all
//! scopes have ended. (What an ORM makes of one call, as Diesel's batch insert
//! on SQLite, is one statement of a scope, as it is for budgets. A [`Scope`]
//! that is opened by hand counts when it is closed.)
//!
//! What is unknown is left out, and never guessed: where an adapter does not
//! tell rows or times, the count of that histogram is lower than the count of
//! `perfguard.scope.queries`.
//!
//! [`Scope`]: perfguard_core::Scope

mod buckets;
pub mod names;
mod process;
mod routes;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use metrics::{SharedString, counter, histogram};
use perfguard_core::sink::{Ended, Sink};

use crate::routes::Routes;

pub use buckets::BUCKETS;
pub use process::refresh;
pub use routes::MAX_ROUTES;

/// A sink that records each scope with the recorder that is installed when it
/// ends.
///
/// One for a process: each of them counts all scopes.
#[derive(Debug)]
#[must_use = "metrics are recorded once they are a sink of the settings"]
pub struct Metrics {
    routes: Routes,
    seconds: Seconds,
}

impl Metrics {
    /// Tells the recorder, if there is one already, what the metrics are. One
    /// that is installed later hears of it with the first scope that ends, or
    /// by [`refresh`].
    pub fn new() -> Self {
        process::describe();
        process::count();
        Self {
            routes: Routes::default(),
            seconds: Seconds::default(),
        }
    }

    fn record(&self, ended: &Ended<'_>, route: &SharedString) {
        let report = ended.report();
        let outcome = ended.end().as_str();
        let record = |name: &'static str, value: f64| {
            histogram!(name, "route" => route.clone(), "outcome" => outcome).record(value);
        };
        record(names::SCOPE_QUERIES, number(report.queries()));
        if let Some(rows) = report.rows() {
            record(names::SCOPE_ROWS, number(rows));
        }
        if let Some(elapsed) = report.elapsed() {
            record(names::SCOPE_DB_TIME, elapsed.as_secs_f64());
        }
        // Also of none: who looks at increases needs to have seen a zero.
        counter!(names::DETAILS_DROPPED, "route" => route.clone())
            .increment(report.details_dropped());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for Metrics {
    fn scope_ended(&self, ended: &Ended<'_>) {
        if process::describe_to_new() || self.seconds.is_new() {
            process::count();
        }
        let route = self.routes.label(ended.root());
        for finding in ended.findings() {
            let rule = finding.rule().to_owned();
            counter!(names::FINDINGS, "route" => route.clone(), "rule" => rule).increment(1);
        }
        if ended.is_root() {
            self.record(ended, &route);
        }
    }

    fn name(&self) -> &'static str {
        "the metrics recorder"
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, and a histogram is not"
)]
fn number(count: u64) -> f64 {
    count as f64
}

/// The seconds since it was made, one by one: adding up what threads have
/// counted touches a cache line of each.
#[derive(Debug)]
struct Seconds {
    start: Instant,
    last: AtomicU64,
}

impl Default for Seconds {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Seconds {
    /// True for one of those who ask within a second, and not in the first.
    fn is_new(&self) -> bool {
        let now = self.start.elapsed().as_secs();
        self.last.load(Ordering::Relaxed) != now && self.last.swap(now, Ordering::Relaxed) != now
    }
}
