//! `duplicate-query`: the same statement with the same values, again.
//!
//! Claims that the answer was already there. Needs bind identities; the call
//! site does not matter. Threshold: see [`Facts::threshold`].
//!
//! Silent: a retry after an error, a read after a write or in a new
//! transaction (it may see other data), a locking read, functions in place of
//! tables, a statement that `n-plus-one` already reports.

use super::{Facts, RuleId, fix, main_place, n_plus_one};
use crate::finding::{Finding, Severity};
use crate::statement::Kind;

/// How many equal executions have to be read in production, where not all are.
const READ: u64 = 3;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        let count = tally.duplicates();
        let unread = tally.unread();
        // Of those that were not read nobody knows the values: where all that
        // were read had the same, so have they.
        let is_enough = count >= facts.threshold()
            || (count >= READ && tally.has_one_value() && count + unread >= facts.threshold());
        if shape.kind() != Kind::Select
            || shape.tables().is_empty()
            || shape.is_locking()
            || !is_enough
            || n_plus_one::fires(facts, tally)
        {
            continue;
        }
        let mut finding = Finding::new(RuleId::DuplicateQuery, Severity::Error, count);
        finding.at_least = unread > 0;
        let places = tally
            .groups
            .iter()
            .filter(|group| group.site.is_some())
            .count();
        finding.explanation = (places > 1).then(|| format!("from {places} call sites"));
        finding.fix = fix::duplicate_query(&tally.statement);
        finding.statement = Some(tally.statement.clone());
        finding.orm = tally.orm;
        finding.place = main_place(tally);
        findings.push(finding);
    }
}
