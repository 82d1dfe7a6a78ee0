//! `row-budget`: more rows read than the attribute allows.
//!
//! Claims a number, of all reads together. Needs rows (a guarded connection,
//! or the sqlx layer): where those of some reads are unknown, it fires only if
//! the others are too many by themselves, and else says that it cannot tell.

use super::sum::Sum;
use super::{Facts, RuleId};
use crate::finding::Finding;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(max) = facts.budget.and_then(|budget| budget.max_rows) else {
        return;
    };
    let rows = facts.ledger.rows_so_far();
    let sum = Sum {
        rule: RuleId::RowBudget,
        count: rows,
        is_over: rows > max,
        is_whole: facts.ledger.rows().is_some(),
        over: format!("{rows} rows, at most {max} allowed"),
        blind: format!(
            "how many rows some reads returned is unknown, at most {max} allowed: guarded connections and the sqlx layer tell it"
        ),
        fix: "read fewer rows: a LIMIT, a narrower WHERE, a count; or raise `max_rows`",
    };
    findings.extend(sum.finding());
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged, noted, read, run};
    use crate::budget::{Budget, Site};

    const RULE: &str = "row-budget";
    const POSTS: &str = "SELECT id FROM posts LIMIT $1";
    const TAGS: &str = "SELECT id FROM tags LIMIT $1";

    static SITE: Site = Site::new(file!(), line!(), Budget::new(9).rows(10));

    #[test]
    fn too_many_rows_of_all_reads_are_found() {
        let report = judged(&SITE, || {
            read(POSTS, 1, 6);
            read(TAGS, 1, 5);
        });
        assert_eq!(found(&report, RULE), [11]);
        assert!(
            report.to_string().contains("row-budget: 11 rows"),
            "{report}"
        );
        let report = judged(&SITE, || {
            read(POSTS, 1, 6);
            read(TAGS, 1, 4);
        });
        assert_eq!(found(&report, RULE), []);
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn rows_that_are_known_may_be_too_many_by_themselves() {
        let report = judged(&SITE, || {
            read(POSTS, 1, 11);
            run(TAGS, 1);
        });
        assert_eq!(found(&report, RULE), [11]);
        assert!(report.to_string().contains("at least 11 rows"), "{report}");
    }

    #[test]
    fn where_rows_are_unknown_it_says_that_it_is_blind() {
        let report = judged(&SITE, || run(POSTS, 1));
        assert_eq!(found(&report, RULE), []);
        assert_eq!(noted(&report, RULE), [0]);
    }

    #[test]
    fn without_a_budget_it_is_silent() {
        static SITE: Site = Site::new(file!(), line!(), Budget::new(9));
        let report = judged(&SITE, || run(POSTS, 1));
        assert_eq!(noted(&report, RULE), []);
        let report = judged(&SITE, || {
            run("UPDATE posts SET title = $1 WHERE id = $2", 1);
        });
        assert_eq!(noted(&report, RULE), []);
    }
}
