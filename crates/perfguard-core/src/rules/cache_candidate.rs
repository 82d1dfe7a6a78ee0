//! `cache-candidate`: the same costly answer, computed again and again.
//!
//! Claims that a statement that took longer than [`COSTLY`] (or
//! `Settings::costly_query`) ran with equal values in [`Facts::threshold`]
//! functions within [`WINDOW`], and that none of its tables was written to in
//! between, as far as this process knows. What others wrote is unknown.
//!
//! Said in the function that makes them so many, and not again before the
//! window is over. A note under test, where the machine decides as much as the
//! code does.
//!
//! Needs times, and the values: in production those of Diesel's statements that
//! are recognised, and of guarded SeaORM connections, are read too late, so
//! that only statements without any are known there.
//!
//! [`COSTLY`]: crate::costly::COSTLY
//! [`WINDOW`]: crate::costly::WINDOW

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let due = facts.costly.iter();
    for repeated in due.filter(|repeated| repeated.scopes == facts.threshold()) {
        let Some(tally) = facts.ledger.tally(repeated.fingerprint) else {
            continue;
        };
        let mut finding = about(RuleId::CacheCandidate, Severity::Error, tally);
        finding.explanation = Some(format!(
            "{} functions ran it with equal values and no write to its tables in between, {} ms together",
            repeated.scopes,
            repeated.elapsed.as_millis()
        ));
        finding.fix = fix::cache_candidate().to_owned();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, in_production, judged, noted, run, took, under_test};
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::report::Report;

    const RULE: &str = "cache-candidate";
    const TOTALS: &str =
        "SELECT author_id, sum(price) FROM orders WHERE year = $1 GROUP BY author_id";

    static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(9));

    /// Each in a function of its own, in one test.
    fn functions(bodies: &[&dyn Fn()]) -> Report {
        under_test(|| {
            for body in bodies {
                let ((), outcome) = generated::run_sync(&SITE, "the handler", body);
                outcome.enforce();
            }
        })
    }

    fn notes(bodies: &[&dyn Fn()]) -> usize {
        let report = functions(bodies);
        assert_eq!(found(&report, RULE), [], "{report}");
        noted(&report, RULE).len()
    }

    fn slow() {
        took(TOTALS, 2027, 101);
    }

    #[test]
    fn the_same_again_in_another_function_is_noted_once() {
        assert_eq!(notes(&[&slow, &slow]), 1);
        assert_eq!(notes(&[&slow, &slow, &slow, &slow]), 1);
        let report = functions(&[&slow, &slow]);
        let text = report.to_string();
        assert!(
            text.contains("2 functions ran it with equal values"),
            "{text}"
        );
        assert!(text.contains("202 ms together"), "{text}");
    }

    #[test]
    fn once_or_quickly_or_with_other_values_is_silent() {
        assert_eq!(notes(&[&slow]), 0);
        let fast = || took(TOTALS, 2027, 100);
        assert_eq!(notes(&[&fast, &fast, &fast]), 0);
        let other = || took(TOTALS, 2026, 101);
        assert_eq!(notes(&[&slow, &other]), 0);
        let unknown = || run(TOTALS, 2027);
        assert_eq!(notes(&[&unknown, &unknown]), 0);
        let locking = || took("SELECT id FROM orders WHERE year = $1 FOR UPDATE", 1, 101);
        assert_eq!(notes(&[&locking, &locking]), 0);
    }

    #[test]
    fn a_write_to_its_table_starts_again() {
        let write = || run("UPDATE shop.orders SET price = $1 WHERE id = 1", 7);
        assert_eq!(notes(&[&slow, &write, &slow]), 0);
        assert_eq!(notes(&[&slow, &write, &slow, &slow]), 1);
        let elsewhere = || run("UPDATE authors SET name = $1 WHERE id = 1", 7);
        assert_eq!(notes(&[&slow, &elsewhere, &slow]), 1);
    }

    #[test]
    fn a_write_of_the_function_around_starts_again() {
        let outer = |bodies: &[&dyn Fn()]| {
            let body = || {
                for body in bodies {
                    body();
                }
            };
            noted(&under_test(body), RULE).len()
        };
        let inner = || {
            let ((), outcome) = generated::run_sync(&SITE, "the handler", slow);
            outcome.enforce();
        };
        let write = || run("UPDATE shop.orders SET price = $1 WHERE id = 1", 7);
        let elsewhere = || run("UPDATE authors SET name = $1 WHERE id = 1", 7);
        let ddl = || run("ALTER TABLE orders ADD COLUMN tax integer", 7);
        assert_eq!(outer(&[&inner, &inner]), 1);
        assert_eq!(outer(&[&inner, &elsewhere, &inner]), 1);
        assert_eq!(outer(&[&write, &inner, &inner]), 1);
        assert_eq!(outer(&[&inner, &write, &inner]), 0);
        assert_eq!(outer(&[&inner, &ddl, &inner]), 0);
        assert_eq!(outer(&[&inner, &write, &inner, &write, &inner]), 0);
    }

    #[test]
    fn another_test_has_other_rows() {
        assert_eq!(notes(&[&slow]) + notes(&[&slow]), 0);
    }

    #[test]
    fn one_function_twice_is_a_duplicate() {
        let twice = || {
            slow();
            slow();
        };
        let report = judged(&SITE, twice);
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn a_job_may_compute() {
        for _ in 0..9 {
            let report = in_production(|| took("SELECT sum(x) FROM ledgers", 1, 101));
            assert_eq!(found(&report, RULE), []);
            assert_eq!(noted(&report, RULE), []);
        }
    }
}
