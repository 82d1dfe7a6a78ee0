//! `duplicate-query`: the same statement with the same values, again.
//!
//! Claims that the answer was already there. Needs bind identities; the call
//! site does not matter. Threshold: see [`Facts::threshold`].
//!
//! Silent: a retry after an error, a read after a write or in a new
//! transaction (it may see other data), a locking read, functions in place of
//! tables, what sorts or picks by chance, a statement that `n-plus-one` already
//! reports, and what a test that observes several requests asks once in each.

use super::{Facts, RuleId, fix, main_place, n_plus_one};
use crate::finding::{Finding, Severity};
use crate::ledger::{Group, Tally};
use crate::scope::Kind;
use crate::statement;

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
        if !is_enough
            || shape.kind() != statement::Kind::Select
            || shape.tables().is_empty()
            || shape.is_locking()
            || is_random(tally.statement.text())
            || is_once_in_each(facts, tally)
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

/// True if a test observes several requests, and each has asked once: none of
/// them could have passed the answer on.
fn is_once_in_each(facts: &Facts<'_>, tally: &Tally) -> bool {
    let is_once = |group: &Group| {
        let inside = group.inside();
        inside.len() as u64 == group.count && inside.iter().all(|(_, count)| *count == 1)
    };
    facts.kind == Kind::Observe && tally.groups.iter().all(is_once)
}

/// Functions that give another answer each time they are asked.
fn is_random(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let functions = [
        "gen_random_uuid(",
        "newid(",
        "nextval(",
        "rand(",
        "random(",
        "tablesample",
        "uuid(",
    ];
    functions.iter().any(|function| {
        let mut found = text.match_indices(function);
        found.any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            !before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, opaque, run, under_test};
    use crate::budget::{Budget, Site};
    use crate::generated;

    const RULE: &str = "duplicate-query";

    static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(99));

    /// A request that asks so often.
    fn request(times: u64) {
        let body = || (0..opaque(times)).for_each(|_| run("SELECT id FROM a WHERE id = $1", 1));
        let ((), outcome) = generated::run_sync(&SITE, "a handler", body);
        outcome.enforce();
    }

    #[test]
    fn requests_that_ask_once_each_have_nothing_to_pass_on() {
        let report = under_test(|| (0..3).for_each(|_| request(1)));
        assert_eq!(found(&report, RULE), [], "{report}");
        let report = under_test(|| (0..3).for_each(|n| request(1 + n / 2)));
        assert_eq!(found(&report, RULE).len(), 2, "{report}");
    }

    fn twice(sql: &str) -> usize {
        let report = under_test(|| (0..opaque(2)).for_each(|_| run(sql, 1)));
        found(&report, RULE).len()
    }

    #[test]
    fn what_is_picked_by_chance_is_another_answer() {
        for sql in [
            "SELECT id FROM posts WHERE blog_id = $1 ORDER BY random() LIMIT 1",
            "SELECT id FROM posts WHERE blog_id = $1 ORDER BY RAND() LIMIT 1",
            "SELECT id, gen_random_uuid() FROM posts WHERE blog_id = $1",
            "SELECT id FROM posts TABLESAMPLE SYSTEM (1) WHERE blog_id = $1",
        ] {
            assert_eq!(twice(sql), 0, "{sql}");
        }
        for sql in [
            "SELECT id FROM posts WHERE blog_id = $1 ORDER BY brand LIMIT 1",
            "SELECT id, not_random(id) FROM posts WHERE blog_id = $1",
        ] {
            assert_eq!(twice(sql), 1, "{sql}");
        }
    }
}
