//! `query-budget`: more statements than the attribute allows.
//!
//! Claims a number. Transaction control, savepoints, pool pings, catalog
//! look-ups and the set-up of connections are not statements of the handler.

use super::{Facts, RuleId};
use crate::finding::{Finding, Severity};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(max) = facts.budget.map(|budget| budget.max()) else {
        return;
    };
    if facts.queries > max {
        let mut finding = Finding::new(RuleId::QueryBudget, Severity::Error, facts.queries);
        finding.fix = "run fewer statements, or raise `max` if each of them is needed".to_owned();
        findings.push(finding);
    }
}
