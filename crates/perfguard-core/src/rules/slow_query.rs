//! `slow-query`: one statement that took too long by itself.
//!
//! Claims that an execution took longer than
//! [`Settings::slow_query`](crate::Settings::slow_query) says, or than [`SLOW`].
//! Needs times: where the application has named a limit and no time is known,
//! it says so. A note under test, where the machine decides as much as the
//! code does.

use std::time::Duration;

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};

/// From when on a statement is slow, where nobody says otherwise: as
/// django-debug-toolbar, perf-sentinel and Sentry's option have it.
pub(super) const SLOW: Duration = Duration::from_millis(500);

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let limit = facts.policy.slow().unwrap_or(SLOW);
    for tally in facts.tallies.iter().copied() {
        let Some(slowest) = tally.slowest.filter(|slowest| *slowest > limit) else {
            continue;
        };
        let mut finding = about(RuleId::SlowQuery, Severity::Error, tally);
        finding.explanation = Some(format!(
            "took {} ms{}, slow is more than {limit:?}",
            slowest.as_millis(),
            if tally.count() > 1 { " at most" } else { "" }
        ));
        finding.fix = fix::slow_query();
        findings.push(finding);
    }
    let is_blind = facts.tallies.iter().all(|tally| tally.slowest.is_none());
    if facts.policy.slow().is_some() && is_blind && facts.queries > 0 {
        let mut note = Finding::new(RuleId::SlowQuery, Severity::Note, facts.queries);
        note.explanation = Some("nobody told how long the statements took".to_owned());
        findings.push(note);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::{facts, found, in_production, noted, run, took, under_test};
    use super::judge;
    use crate::finding::Finding;
    use crate::ledger::Ledger;
    use crate::scope::Kind;
    use crate::thresholds::Thresholds;

    const RULE: &str = "slow-query";
    const POSTS: &str = "SELECT id FROM posts WHERE id = $1";

    #[test]
    fn the_slowest_execution_counts() {
        let report = under_test(|| {
            took(POSTS, 1, 3);
            took(POSTS, 2, 501);
            took(POSTS, 3, 4);
        });
        assert_eq!(found(&report, RULE), []);
        assert_eq!(noted(&report, RULE), [3]);
        assert!(
            report.to_string().contains("took 501 ms at most"),
            "{report}"
        );
    }

    #[test]
    fn many_fast_ones_are_not_slow() {
        let report = under_test(|| {
            took(POSTS, 1, 400);
            took(POSTS, 2, 500);
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn a_job_may_take_its_time() {
        let report = in_production(|| took(POSTS, 1, 501));
        assert_eq!(found(&report, RULE), []);
        assert_eq!(noted(&report, RULE), [1]);
    }

    #[test]
    fn where_times_are_unknown_it_says_so_if_it_was_asked() {
        let report = under_test(|| run(POSTS, 1));
        assert_eq!(noted(&report, RULE), []);
        let ledger = Ledger::default();
        let judged = |queries: u64, slow: Option<Duration>| {
            let mut findings: Vec<Finding> = Vec::new();
            let mut facts = facts(&ledger, Kind::Handler);
            let said = slow.map(|slow| Thresholds::new().slow_query(slow));
            (facts.queries, facts.policy.own) = (queries, said.as_ref());
            judge(&facts, &mut findings);
            findings.len()
        };
        assert_eq!(judged(2, Some(Duration::from_millis(9))), 1);
        assert_eq!(judged(0, Some(Duration::from_millis(9))), 0);
        assert_eq!(judged(2, None), 0);
    }
}
