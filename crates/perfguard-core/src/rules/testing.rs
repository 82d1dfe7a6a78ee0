//! Scopes for the tests of rules: statements in, findings out.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::Facts;
use crate::adapter::{self, Adapter, BindHasher, Binds, Completion, Orm, OutgoingCall, Query};
use crate::budget::Site;
use crate::finding::Finding;
use crate::generated;
use crate::ledger::{CallEnded, Ledger};
use crate::report::Report;
use crate::scope::{Kind, Scope, State};
use crate::small_tables::SmallTables;
use crate::statement::Dialect;
use crate::thresholds::{Policy, Profile};

static ADAPTER: Adapter = Adapter::new("the tests");

/// A number that the optimiser does not know: a loop over a constant one could
/// be unrolled into separate lines.
pub(super) fn opaque<T>(value: T) -> T {
    std::hint::black_box(value)
}

pub(super) fn bind(value: u64) -> Binds {
    let mut hasher = BindHasher::new();
    hasher.write(&value);
    hasher.finish()
}

pub(super) fn query(sql: &str) -> Query<'_> {
    ADAPTER.installed();
    ADAPTER.connected();
    Query::new(sql, Dialect::Postgres).orm(Orm::Diesel)
}

/// Runs a statement with one value.
pub(super) fn run(sql: &str, value: u64) {
    adapter::record(&query(sql).binds(bind(value)));
}

/// Runs a statement that returns so many rows.
pub(super) fn read(sql: &str, value: u64, rows: u64) {
    let completion = Completion::new().rows(rows);
    adapter::record(&query(sql).binds(bind(value)).completion(completion));
}

/// Runs a statement that takes so many milliseconds.
pub(super) fn took(sql: &str, value: u64, milliseconds: u64) {
    let completion = Completion::new().elapsed(Duration::from_millis(milliseconds));
    adapter::record(&query(sql).binds(bind(value)).completion(completion));
}

/// Makes outgoing calls, each with the milliseconds at which it began and
/// ended.
pub(super) fn called(calls: &[(&'static str, u64, u64)]) {
    let start = Instant::now();
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    for (name, started, ended) in calls {
        let call = OutgoingCall::begin(name);
        drop(call.map(|call| call.at(at(*started), at(*ended))));
    }
}

/// The same, into a ledger.
pub(super) fn enter_calls(ledger: &mut Ledger, calls: &[(&'static str, u64, u64)]) {
    let start = Instant::now();
    let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
    for (name, started, ended) in calls {
        let begun = ledger.begin_call(name);
        let call = CallEnded {
            name,
            started: at(*started),
            ended: at(*ended),
            location: None,
            inside: None,
        };
        ledger.end_call(call, &begun);
    }
}

static NO_SMALL_TABLES: LazyLock<SmallTables> = LazyLock::new(SmallTables::default);

/// What rules look at, of a scope in production.
pub(super) fn facts(ledger: &Ledger, kind: Kind) -> Facts<'_> {
    Facts {
        ledger,
        tallies: ledger.tallies(),
        kind,
        is_exact: false,
        budget: None,
        queries: ledger.executions(),
        profile: Some(match kind {
            Kind::Request => Profile::Request,
            Kind::User => Profile::Job,
            _ => Profile::Production,
        }),
        policy: Policy::default(),
        answered: None,
        costly: &[],
        small: &NO_SMALL_TABLES,
        is_explained: false,
        silence: None,
    }
}

/// What is found under test.
pub(super) fn under_test(body: impl FnOnce()) -> Report {
    generated::observe_sync(body).1
}

/// What is found in a budgeted function under test.
pub(super) fn judged(site: &'static Site, body: impl FnOnce()) -> Report {
    under_test(|| {
        let ((), outcome) = generated::run_sync(site, "the handler", body);
        outcome.enforce();
    })
}

/// What is found in a job, in production.
pub(super) fn in_production(body: impl FnOnce()) -> Report {
    let scope = Scope::of(State::open_in_production());
    scope.in_scope(body);
    scope.close()
}

/// How often each of some findings was counted.
///
/// Not a list of numbers, which `[]` could be compared with in two ways where
/// `serde_json` is there.
#[derive(Debug)]
pub(super) struct Counts(Vec<u64>);

impl Counts {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<const N: usize> PartialEq<[u64; N]> for Counts {
    fn eq(&self, other: &[u64; N]) -> bool {
        self.0 == other
    }
}

/// The findings of one rule.
pub(super) fn found(report: &Report, rule: &str) -> Counts {
    counts(report.findings(), rule)
}

/// The notes of one rule.
pub(super) fn noted(report: &Report, rule: &str) -> Counts {
    counts(report.notes(), rule)
}

fn counts(findings: &[Finding], rule: &str) -> Counts {
    let of_rule = findings.iter().filter(|finding| finding.rule() == rule);
    Counts(of_rule.map(Finding::count).collect())
}
