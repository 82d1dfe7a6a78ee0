//! `time-budget`: more of the database's time than the attribute allows.
//!
//! Claims a sum of what all statements took; those that ran at once count one
//! by one. Needs times: where those of some are unknown, it fires only if the
//! others are too long by themselves, and else says that it cannot tell. A note
//! under test, where the machine decides as much as the code does.

use super::sum::Sum;
use super::{Facts, RuleId};
use crate::finding::Finding;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(max) = facts.budget.and_then(|budget| budget.max_time) else {
        return;
    };
    let elapsed = facts.ledger.elapsed_so_far();
    let sum = Sum {
        rule: RuleId::TimeBudget,
        count: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        is_over: elapsed > max,
        is_whole: facts.ledger.elapsed().is_some(),
        over: format!("{elapsed:?}, at most {max:?} allowed, all statements together"),
        blind: format!("how long some statements took is unknown, at most {max:?} allowed"),
        fix: "make the slowest statements faster, run fewer of them, or raise `max_time`",
    };
    findings.extend(sum.finding());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{facts, found, judged, noted, run, took};
    use super::judge;
    use crate::budget::{Budget, Site};
    use crate::ledger::Ledger;
    use crate::scope::Kind;

    const RULE: &str = "time-budget";
    const POSTS: &str = "SELECT id FROM posts LIMIT $1";
    const TAGS: &str = "SELECT id FROM tags LIMIT $1";

    static SITE: Site = Site::new(
        file!(),
        line!(),
        Budget::new(9).time(Duration::from_millis(200)),
    );

    #[test]
    fn the_time_of_all_statements_counts() {
        let report = judged(&SITE, || {
            took(POSTS, 1, 150);
            took(TAGS, 1, 51);
        });
        assert_eq!(noted(&report, RULE), [201]);
        let report = judged(&SITE, || {
            took(POSTS, 1, 150);
            took(TAGS, 1, 50);
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn it_fails_no_test_and_is_an_error_in_production() {
        let report = judged(&SITE, || took(POSTS, 1, 900));
        assert_eq!(found(&report, RULE), []);
        let levels = super::RuleId::TimeBudget.levels();
        assert_eq!(levels.production, super::super::Level::Error);
    }

    #[test]
    fn where_times_are_unknown_it_says_that_it_is_blind() {
        let report = judged(&SITE, || run(POSTS, 1));
        assert_eq!(noted(&report, RULE), [0]);
        assert!(report.to_string().contains("is unknown"), "{report}");
        let report = judged(&SITE, || {
            run(POSTS, 1);
            took(TAGS, 1, 300);
        });
        assert_eq!(noted(&report, RULE), [300]);
        assert!(report.to_string().contains("at least 300ms"), "{report}");
    }

    #[test]
    fn without_a_budget_it_is_silent() {
        let ledger = Ledger::default();
        let mut findings = Vec::new();
        judge(&facts(&ledger, Kind::Handler), &mut findings);
        assert!(findings.is_empty());
    }
}
