//! `sequential-calls`: outgoing calls that were awaited one after another.
//!
//! Claims that so many calls ran without a statement between them, each after
//! the end of the one before, and what running them together would save. What
//! a call needs of the answer of an earlier one nobody knows: it is a note
//! under test, where it is looked for from low thresholds on, and an error in
//! production from Sentry's on.
//!
//! Silent: calls that overlap (`join!`), a statement between them, longer
//! pauses, short calls, a call that did not end in the scope, calls of several
//! requests that a test observes.

use std::time::{Duration, Instant};

use super::sequence::{Step, gap, longest, runs, sum};
use super::{Facts, RuleId, fix};
use crate::callsite::{CallSiteKey, Trace};
use crate::finding::{Finding, Place, Severity};
use crate::ledger::TimedCall;
use crate::scope::Kind;

/// From when on calls in a row are too many.
pub(super) struct Thresholds {
    pub(super) calls: usize,
    /// A shorter one is not looked at.
    pub(super) each: Duration,
    pub(super) saved: Duration,
}

/// Sentry's of its consecutive HTTP calls.
pub(super) const IN_PRODUCTION: Thresholds = Thresholds {
    calls: 3,
    each: Duration::from_millis(500),
    saved: Duration::from_secs(2),
};

/// Under test other services are near: Sentry's of its consecutive queries.
pub(super) const UNDER_TEST: Thresholds = Thresholds {
    calls: 2,
    each: Duration::from_millis(30),
    saved: Duration::from_millis(100),
};

/// After a pause as long as this something else has happened in between:
/// Sentry's.
const PAUSE: Duration = Duration::from_secs(1);

/// Calls that an explanation names.
const MAX_NAMED: usize = 8;

impl Step for TimedCall {
    fn started(&self) -> Instant {
        self.call.started
    }

    fn ended(&self) -> Instant {
        self.call.ended
    }
}

/// The same calls in a row, once or again and again.
struct Row<'a> {
    calls: Vec<&'a TimedCall>,
    times: u64,
    sum: Duration,
    saved: Duration,
}

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let limits = if facts.is_exact {
        UNDER_TEST
    } else {
        IN_PRODUCTION
    };
    let mut calls = facts.ledger.calls().in_order();
    calls.retain(|call| call.elapsed() >= limits.each);
    let are_of_one = |one: &TimedCall, next: &TimedCall| {
        facts.kind != Kind::Observe || one.call.inside == next.call.inside
    };
    let follows = |one: &TimedCall, next: &TimedCall| {
        one.executions.1 == next.executions.0 && gap(one, next) < PAUSE && are_of_one(one, next)
    };
    let mut rows: Vec<Row<'_>> = Vec::new();
    for run in runs(&calls, follows) {
        let (sum, longest) = (sum(&run), longest(&run));
        let saved = sum.saturating_sub(longest);
        // An annotated function inside this scope has said it of all of them.
        let inside = run.first().and_then(|first| first.call.inside);
        let is_said = inside.is_some() && run.iter().all(|step| step.call.inside == inside);
        // A tenth: Sentry's, of its consecutive queries.
        let is_little = saved < limits.saved || saved < sum / 10;
        if run.len() < limits.calls || is_little || is_said {
            continue;
        }
        match rows.iter_mut().find(|row| has_same_names(&row.calls, &run)) {
            Some(row) => {
                row.times += 1;
                row.saved = row.saved.max(saved);
            }
            None => rows.push(Row {
                calls: run,
                times: 1,
                sum,
                saved,
            }),
        }
    }
    findings.extend(rows.iter().map(finding));
}

fn has_same_names(one: &[&TimedCall], other: &[&TimedCall]) -> bool {
    let names = |run: &[&TimedCall]| run.iter().map(|it| it.call.name).collect::<Vec<_>>();
    one.len() == other.len() && names(one) == names(other)
}

fn finding(row: &Row<'_>) -> Finding {
    let count = row.calls.len() as u64;
    let mut finding = Finding::new(RuleId::SequentialCalls, Severity::Error, count);
    let again = if row.times > 1 {
        format!(", {} times", row.times)
    } else {
        String::new()
    };
    finding.explanation = Some(format!(
        "{}: {} ms one after another{again}, together they would save up to {} ms",
        named(&row.calls),
        row.sum.as_millis(),
        row.saved.as_millis(),
    ));
    finding.fix = fix::sequential_calls().to_owned();
    let location = row.calls.first().and_then(|first| first.call.location);
    let place = location.map(|it| Trace::named(CallSiteKey::from(it)));
    let place = place.and_then(|place| place.place(0));
    finding.place = Place::new(place.map(|(_, chain)| chain));
    finding
}

/// `charge 300 ms, reserve 250 ms`; a loop over one name is one entry.
fn named(calls: &[&TimedCall]) -> String {
    let groups: Vec<_> = calls
        .chunk_by(|one, other| one.call.name == other.call.name)
        .collect();
    let mut named: Vec<_> = groups
        .iter()
        .take(MAX_NAMED)
        .filter_map(|group| {
            let name = group.first()?.call.name;
            let elapsed = sum(group).as_millis();
            Some(match group.len() {
                1 => format!("{name} {elapsed} ms"),
                count => format!("{count} x {name} {elapsed} ms"),
            })
        })
        .collect();
    let left = groups.len().saturating_sub(MAX_NAMED);
    if left > 0 {
        named.push(format!("{left} more"));
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{called, facts, found, in_production, noted, run, under_test};
    use super::super::{Level, RuleId};
    use super::judge;
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::ledger::Ledger;
    use crate::scope::Kind;

    const RULE: &str = "sequential-calls";
    const ORDER: [(&str, u64, u64); 4] = [
        ("charge", 0, 300),
        ("reserve", 300, 550),
        ("mail", 560, 680),
        ("track", 680, 760),
    ];

    #[test]
    fn calls_one_after_another_are_found_with_what_they_would_save() {
        let report = under_test(|| called(&ORDER));
        assert_eq!(noted(&report, RULE), [4]);
        let text = report.to_string();
        let said = "charge 300 ms, reserve 250 ms, mail 120 ms, track 80 ms: \
                    750 ms one after another, together they would save up to 450 ms";
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn a_loop_of_one_call_is_found() {
        let calls: Vec<_> = (0..20).map(|n| ("price", n * 40, n * 40 + 35)).collect();
        let report = under_test(|| called(&calls));
        assert_eq!(noted(&report, RULE), [20]);
        let text = report.to_string();
        assert!(text.contains("20 x price 700 ms: 700 ms"), "{text}");
    }

    #[test]
    fn calls_at_once_are_silent() {
        let report = under_test(|| called(&[("charge", 0, 300), ("reserve", 1, 250)]));
        assert_eq!(noted(&report, RULE), []);
        let joined = [
            ("token", 0, 200),
            ("charge", 200, 500),
            ("reserve", 201, 450),
        ];
        let report = under_test(|| called(&joined));
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn short_ones_long_pauses_and_little_to_save_are_silent() {
        for calls in [
            [("charge", 0, 29), ("reserve", 29, 400)],
            [("charge", 0, 300), ("reserve", 1_300, 1_600)],
            [("charge", 0, 90), ("reserve", 90, 180)],
            [("charge", 0, 100), ("reserve", 100, 1_200)],
        ] {
            let report = under_test(|| called(&calls));
            assert_eq!(noted(&report, RULE), [], "{calls:?}");
        }
    }

    #[test]
    fn a_statement_between_may_be_what_the_next_call_needs() {
        let report = under_test(|| {
            called(&[("charge", 0, 300)]);
            run("INSERT INTO receipts (id) VALUES ($1)", 1);
            called(&[("reserve", 300, 600)]);
        });
        assert_eq!(noted(&report, RULE), []);
        assert_eq!(report.calls(), 2);
    }

    #[test]
    fn production_waits_for_three_long_ones() {
        let seconds = |each: u64, count: u64| {
            let calls: Vec<_> = (0..count)
                .map(|n| ("price", n * each, (n + 1) * each))
                .collect();
            let mut ledger = Ledger::default();
            super::super::testing::enter_calls(&mut ledger, &calls);
            let mut findings = Vec::new();
            judge(&facts(&ledger, Kind::Handler), &mut findings);
            findings.len()
        };
        assert_eq!(seconds(1_000, 3), 1);
        assert_eq!(seconds(999, 3), 0);
        assert_eq!(seconds(3_000, 2), 0);
        assert_eq!(seconds(499, 9), 0);
        let levels = RuleId::SequentialCalls.levels();
        assert_eq!(
            (levels.test, levels.production),
            (Level::Note, Level::Error)
        );
    }

    #[test]
    fn requests_that_a_test_observes_run_one_after_another() {
        static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(0));
        let (early, late) = (&ORDER[..1], &ORDER[1..2]);
        let request = |calls: &[_]| {
            let ((), outcome) = generated::run_sync(&SITE, "the handler", || called(calls));
            outcome.enforce();
        };
        let ((), report) = generated::observe_sync(|| {
            request(early);
            request(late);
        });
        assert_eq!(report.calls(), 2);
        assert_eq!(noted(&report, RULE), []);
        let ((), report) = generated::observe_sync(|| request(&ORDER));
        assert_eq!(noted(&report, RULE), [4]);
        let ((), report) = generated::observe_sync(|| called(&ORDER));
        assert_eq!(noted(&report, RULE), [4]);
    }

    #[test]
    fn a_job_is_told_and_not_failed() {
        let calls: Vec<_> = (0..4)
            .map(|n| ("price", n * 1_000, n * 1_000 + 900))
            .collect();
        let report = in_production(|| called(&calls));
        assert_eq!(noted(&report, RULE), [4]);
        assert_eq!(found(&report, RULE), []);
    }
}
