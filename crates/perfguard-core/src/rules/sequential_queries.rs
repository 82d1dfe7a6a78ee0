//! `sequential-queries`: independent reads that were awaited one after another.
//!
//! Claims that reads ran directly one after another although all but the first
//! have no value at all, bound or written, and so none that an earlier one
//! returned; and what running them together would save. A note under test, and
//! nothing else: only there are values and times of all statements known, and
//! whether more connections are at hand nobody knows.
//!
//! Silent: reads with values, reads in a transaction of the scope, reads that
//! overlap, another statement between them, short ones, unknown times; the same
//! read again, which is a duplicate; reads of several requests that a test
//! observes.

use std::time::{Duration, Instant};

use super::sequence::{Step, gap, longest, runs, sum};
use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::ledger::{Tally, TimedRead};
use crate::scope::Kind;

/// What running them together has to save: Sentry's of consecutive queries, as
/// is a tenth of their time.
pub(super) const SAVED: Duration = Duration::from_millis(100);

/// After a pause as long as this something else has happened in between: as
/// for `sequential-calls`.
const PAUSE: Duration = Duration::from_secs(1);

impl Step for TimedRead {
    fn started(&self) -> Instant {
        self.started
    }

    fn ended(&self) -> Instant {
        self.ended
    }
}

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let reads = facts.ledger.timeline().in_order();
    // What a read with values waits for may be any of those before it.
    let follows = |one: &TimedRead, next: &TimedRead| {
        next.is_independent
            && next.executions == one.executions + 1
            && gap(one, next) < PAUSE
            && are_of_one(facts, one, next)
    };
    for mut run in runs(&reads, follows) {
        leave_out_duplicates(&mut run);
        let (sum, longest) = (sum(&run), longest(&run));
        let saved = sum.saturating_sub(longest);
        if saved < SAVED || saved < sum / 10 {
            continue;
        }
        let Some(tally) = run
            .get(1)
            .and_then(|second| facts.ledger.tally(second.fingerprint))
        else {
            continue;
        };
        let is_it = |read: &&&TimedRead| read.fingerprint == tally.statement.fingerprint();
        let mut finding = about(RuleId::SequentialQueries, Severity::Error, tally);
        finding.count = run.iter().filter(is_it).count() as u64;
        finding.explanation = Some(format!(
            "{} reads one after another took {} ms and need nothing of each other: together they would save up to {} ms",
            run.len(),
            sum.as_millis(),
            saved.as_millis(),
        ));
        finding.fix = fix::sequential_queries(tally.orm);
        findings.push(finding);
    }
}

/// Without values it is the same read again, and its answer is there.
fn leave_out_duplicates(run: &mut Vec<&TimedRead>) {
    let mut known = Vec::new();
    run.retain(|read| {
        let is_known = read.is_independent && known.contains(&read.fingerprint);
        known.push(read.fingerprint);
        !is_known
    });
}

/// False where a test observes several requests, and two reads have none of
/// them in common: one request ended before the other began.
fn are_of_one(facts: &Facts<'_>, one: &TimedRead, next: &TimedRead) -> bool {
    let (Some(one), Some(next)) = (
        facts.ledger.tally(one.fingerprint),
        facts.ledger.tally(next.fingerprint),
    ) else {
        return true;
    };
    facts.kind != Kind::Observe
        || (runs_outside(one) && runs_outside(next))
        || inside(one).any(|scope| inside(next).any(|other| other == scope))
}

/// The judged scopes inside this one that a statement ran in.
fn inside(tally: &Tally) -> impl Iterator<Item = u64> {
    let groups = tally.groups.iter();
    groups.flat_map(|group| group.inside().iter().map(|(scope, _)| *scope))
}

/// Whether it also ran in none of them.
fn runs_outside(tally: &Tally) -> bool {
    tally.groups.iter().any(|group| {
        let within: u64 = group.inside().iter().map(|(_, count)| *count).sum();
        within < group.count
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::testing::{bind, found, in_production, noted, query, under_test};
    use crate::adapter::{self, Adapter, Binds, Completion, Event};
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::statement::Dialect;

    const RULE: &str = "sequential-queries";
    const POSTS: &str = "SELECT count(*) FROM posts";
    const TAGS: &str = "SELECT count(*) FROM tags";
    const USERS: &str = "SELECT count(*) FROM users";
    const LOOKUP: &str = "SELECT name FROM users WHERE id = $1";

    static ADAPTER: Adapter = Adapter::new("the tests");

    /// Runs a statement between two milliseconds.
    fn ran(sql: &str, binds: Binds, start: Instant, from: u64, to: u64) {
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let completion = Completion::new().ended(at(to));
        adapter::record(&query(sql).binds(binds).started(at(from))).complete(completion);
    }

    fn counts(start: Instant) {
        ran(POSTS, Binds::None, start, 0, 120);
        ran(TAGS, Binds::None, start, 120, 220);
        ran(USERS, Binds::None, start, 221, 271);
    }

    #[test]
    fn reads_without_values_could_run_together() {
        let report = under_test(|| counts(Instant::now()));
        assert_eq!(noted(&report, RULE), [1]);
        assert_eq!(found(&report, RULE), []);
        let text = report.to_string();
        let said = "3 reads one after another took 270 ms and need nothing of each other: \
                    together they would save up to 150 ms";
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn the_first_may_have_values_and_the_others_not() {
        let report = |values_first: bool| {
            under_test(|| {
                let start = Instant::now();
                let lookup = |from, to| ran(LOOKUP, bind(1), start, from, to);
                let count = |from, to| ran(POSTS, Binds::None, start, from, to);
                if values_first {
                    lookup(0, 110);
                    count(110, 220);
                } else {
                    count(0, 110);
                    lookup(110, 220);
                }
            })
        };
        assert_eq!(noted(&report(true), RULE), [1]);
        assert_eq!(noted(&report(false), RULE), []);
    }

    #[test]
    fn what_overlaps_or_is_short_or_saves_little_is_silent() {
        for spans in [
            [(0, 120), (0, 120)],
            [(0, 120), (119, 240)],
            [(0, 500), (500, 529)],
            [(0, 99), (99, 198)],
            [(0, 120), (1_120, 1_240)],
        ] {
            let report = under_test(|| {
                let start = Instant::now();
                ran(POSTS, Binds::None, start, spans[0].0, spans[0].1);
                ran(TAGS, Binds::None, start, spans[1].0, spans[1].1);
            });
            assert_eq!(noted(&report, RULE), [], "{spans:?}");
        }
    }

    #[test]
    fn a_statement_between_them_is_what_the_next_may_wait_for() {
        for between in ["UPDATE posts SET title = $1 WHERE id = $2", LOOKUP] {
            let report = under_test(|| {
                let start = Instant::now();
                ran(POSTS, Binds::None, start, 0, 120);
                ran(between, bind(1), start, 120, 121);
                ran(TAGS, Binds::None, start, 121, 240);
            });
            assert_eq!(noted(&report, RULE), [], "{between}");
        }
    }

    #[test]
    fn a_transaction_has_one_connection() {
        let report = under_test(|| {
            ADAPTER.installed();
            let start = Instant::now();
            let mut connection = ADAPTER.connect(Dialect::Postgres);
            connection.tell(Event::begin());
            counts(start);
            connection.tell(Event::commit());
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn the_same_read_again_is_a_duplicate() {
        let report = under_test(|| {
            let start = Instant::now();
            for from in [0, 200, 400] {
                ran(POSTS, Binds::None, start, from, from + 200);
            }
        });
        assert_eq!(noted(&report, RULE), []);
        assert_eq!(found(&report, "duplicate-query"), [3]);
        let report = under_test(|| {
            let start = Instant::now();
            ran(POSTS, Binds::None, start, 0, 120);
            ran(POSTS, Binds::None, start, 120, 240);
            ran(TAGS, Binds::None, start, 240, 360);
        });
        assert_eq!(noted(&report, RULE), [1]);
        let text = report.to_string();
        assert!(
            text.contains("2 reads one after another took 240 ms"),
            "{text}"
        );
    }

    #[test]
    fn requests_that_a_test_observes_run_one_after_another() {
        static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(9));
        let request = |body: &dyn Fn()| {
            let ((), outcome) = generated::run_sync(&SITE, "the handler", body);
            outcome.enforce();
        };
        let ((), report) = generated::observe_sync(|| {
            let start = Instant::now();
            request(&|| ran(POSTS, Binds::None, start, 0, 200));
            request(&|| ran(TAGS, Binds::None, start, 200, 400));
        });
        assert_eq!(noted(&report, RULE), []);
        let ((), report) = generated::observe_sync(|| {
            let start = Instant::now();
            request(&|| counts(start));
        });
        assert_ne!(noted(&report, RULE), [], "{report}");
        let ((), report) = generated::observe_sync(|| counts(Instant::now()));
        assert_eq!(noted(&report, RULE), [1]);
    }

    #[test]
    fn production_is_not_looked_at() {
        let report = in_production(|| counts(Instant::now()));
        assert_eq!(noted(&report, RULE), []);
    }
}
