//! `missing-index`: a table is read as a whole for a condition that an index
//! could serve.
//!
//! Only the database knows, and no rule runs SQL: what this one finds is which
//! statements of a scope under test may be asked about, with what the
//! application says of them: levels, allows, tables that are small or have few rows. They leave
//! the scope's findings again ([`take_candidates`]), and `perfguard-explain`
//! asks, on a connection that the test hands over ([`crate::planned`]).

use super::{Facts, RuleId, about};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Shape};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    if !facts.is_exact {
        return;
    }
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if may_search(shape) && !facts.small.are_all_without_index(shape) {
            findings.push(about(RuleId::MissingIndex, Severity::Error, tally));
        }
    }
}

/// Whether a statement may look for rows in a table.
pub(crate) fn may_search(shape: &Shape) -> bool {
    matches!(shape.kind(), Kind::Delete | Kind::Select | Kind::Update)
        && shape.is_complete()
        && !shape.tables().is_empty()
}

/// Takes what [`judge`] has left off the findings of a scope.
pub(crate) fn take_candidates(findings: &mut Vec<Finding>) -> Vec<Finding> {
    let is_candidate = |finding: &mut Finding| finding.rule == RuleId::MissingIndex;
    findings.extract_if(.., is_candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_production, judged, run, under_test};
    use crate::allow::with_allow;
    use crate::budget::{Allow, Budget, Site};
    use crate::planned;
    use crate::report::Report;

    fn candidates(report: &Report) -> Vec<(String, Option<String>)> {
        let candidates = planned::candidates(report).unwrap_or_default();
        let told = candidates.iter().filter_map(|it| {
            let text = it.statement()?.text().to_owned();
            Some((text, it.allowed().map(str::to_owned)))
        });
        told.collect()
    }

    #[test]
    fn searches_are_candidates_and_no_findings() {
        let report = under_test(|| {
            run("SELECT id FROM posts WHERE author_id = $1 LIMIT $2", 1);
            run("UPDATE posts SET title = $1 WHERE id = $2", 1);
            run("INSERT INTO posts (id) VALUES ($1)", 1);
            run("SELECT nextval('posts_id_seq')", 1);
        });
        assert!(!report.is_violated(), "{report}");
        assert_eq!(report.notes().len(), 0);
        assert_eq!(
            candidates(&report),
            [
                (
                    "select id from posts where author_id = ? limit ?".to_owned(),
                    None
                ),
                ("update posts set title = ? where id = ?".to_owned(), None),
            ]
        );
    }

    #[test]
    fn what_a_function_is_allowed_is_no_candidate_of_who_calls_it() {
        const ALLOW: Allow = Allow::new("missing-index", "ten rows, always");
        static ALLOWED: Site = Site::new(file!(), line!(), Budget::new(2).allow(&[ALLOW]));
        static SITE: Site = Site::new(file!(), line!(), Budget::new(2));
        let body = || run("SELECT id FROM tags WHERE name = $1", 1);
        assert_eq!(candidates(&judged(&ALLOWED, body)), []);
        assert_eq!(candidates(&judged(&SITE, body)).len(), 1);
    }

    #[test]
    fn what_is_allowed_in_the_scope_itself_says_why() {
        let report = under_test(|| {
            let tags = || run("SELECT id FROM tags WHERE name = $1", 1);
            with_allow("missing-index", "ten rows, always", tags);
        });
        let allowed = (
            "select id from tags where name = ?".to_owned(),
            Some("ten rows, always".to_owned()),
        );
        assert_eq!(candidates(&report), [allowed]);
    }

    #[test]
    fn production_has_no_candidates() {
        let report = in_production(|| run("SELECT id FROM posts WHERE author_id = $1", 1));
        assert!(planned::candidates(&report).is_none());
    }
}
