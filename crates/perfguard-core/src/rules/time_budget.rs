//! `time-budget`: more time with the database and with other services than the
//! attribute allows.
//!
//! Claims a sum: what all statements took, those that ran at once one by one,
//! and the time in which at least one outgoing call was in flight. A call that
//! goes on after the scope's end held nobody up and does not count. Needs times: where those of some are unknown, it fires only if the
//! others are too long by themselves, and else says that it cannot tell. A note
//! under test, where the machine decides as much as the code does.

use super::sum::Sum;
use super::{Facts, RuleId};
use crate::finding::Finding;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(max) = facts.budget.and_then(|budget| budget.max_time) else {
        return;
    };
    let statements = facts.ledger.elapsed_so_far();
    let calls = facts.ledger.calls();
    let called = calls.elapsed_so_far();
    let elapsed = statements.saturating_add(called);
    let parts = if calls.count() == 0 {
        "all statements together".to_owned()
    } else {
        format!("statements {statements:?}, outgoing calls {called:?}")
    };
    let blind = if calls.is_whole() {
        "statements"
    } else {
        "calls"
    };
    let sum = Sum {
        rule: RuleId::TimeBudget,
        count: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        is_over: elapsed > max,
        is_whole: facts.ledger.elapsed().is_some() && calls.is_whole(),
        over: format!("{elapsed:?}, at most {max:?} allowed, {parts}"),
        blind: format!("how long some {blind} took is unknown, at most {max:?} allowed"),
        fix: "make the slowest statements faster, run fewer of them, make outgoing calls at once, or raise `max_time`",
    };
    findings.extend(sum.finding());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{called, facts, found, judged, noted, run, took};
    use super::judge;
    use crate::adapter::OutgoingCall;
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
    fn waiting_for_outgoing_calls_counts_once_for_those_at_once() {
        let report = judged(&SITE, || {
            took(POSTS, 1, 60);
            called(&[("charge", 0, 100), ("reserve", 50, 141)]);
        });
        assert_eq!(noted(&report, RULE), [201]);
        let text = report.to_string();
        let said = "201ms, at most 200ms allowed, statements 60ms, outgoing calls 141ms";
        assert!(text.contains(said), "{text}");
        let report = judged(&SITE, || {
            took(POSTS, 1, 60);
            called(&[("charge", 0, 140), ("reserve", 0, 140)]);
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn a_call_that_goes_on_after_the_end_holds_nobody_up() {
        let mut call = None;
        let report = judged(&SITE, || call = OutgoingCall::begin("mail"));
        assert_eq!(noted(&report, RULE), []);
        assert!(call.is_some());
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
