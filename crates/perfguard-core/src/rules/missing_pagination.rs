//! `missing-pagination`: a list that is read as if it were a page, and is not.
//!
//! Claims that a sorted list has no LIMIT and returned more rows than a page
//! ([`PAGE`](super::PAGE)), or that its LIMIT lies above [`PAGE_CAP`](super::PAGE_CAP): one that is written
//! into the statement by its number, one that is bound by the rows that it let
//! through. Where rows are unknown, a sorted list without LIMIT is a note, and a
//! LIMIT that is bound is left alone.

use super::unbounded_result::{is_list, most_rows};
use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Limit};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let (page, cap) = (facts.policy.page(), facts.policy.page_cap());
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if facts.small.are_all_of(shape) {
            continue;
        }
        let rows = most_rows(tally);
        let (severity, explanation) = match shape.limit() {
            Limit::Rows(limit) if limit > cap && shape.kind() == Kind::Select => (
                Severity::Error,
                format!("LIMIT {limit} is no page: at most {cap} rows are"),
            ),
            Limit::Bound if shape.kind() == Kind::Select => match rows {
                Some(rows) if rows > cap => (
                    Severity::Error,
                    format!("{rows} rows in spite of a LIMIT: at most {cap} are a page"),
                ),
                _ => continue,
            },
            Limit::Absent if shape.has_order_by() && is_list(shape) => match rows {
                Some(rows) if rows > page => (
                    Severity::Error,
                    format!("{rows} rows, sorted, without LIMIT: a page has {page}"),
                ),
                Some(_) => continue,
                None => (
                    Severity::Note,
                    "a sorted list without LIMIT; how many rows it returned is unknown".to_owned(),
                ),
            },
            _ => continue,
        };
        let mut finding = about(RuleId::MissingPagination, severity, tally);
        finding.explanation = Some(explanation);
        finding.fix = fix::missing_pagination(tally.orm);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, noted, read, run, under_test};
    use super::super::{PAGE, PAGE_CAP};

    const RULE: &str = "missing-pagination";

    #[test]
    fn a_bound_limit_is_known_by_its_rows() {
        let page = |rows: u64| {
            let sql = "SELECT id FROM posts ORDER BY id LIMIT $1";
            found(&under_test(|| read(sql, 1, rows)), RULE).len()
        };
        assert_eq!(page(PAGE_CAP), 0);
        assert_eq!(page(PAGE_CAP + 1), 1);
        let report = under_test(|| run("SELECT id FROM posts ORDER BY id LIMIT $1", 1));
        assert_eq!(found(&report, RULE), []);
    }

    #[test]
    fn a_sorted_list_is_known_by_its_rows() {
        let sorted = "SELECT id FROM posts WHERE blog_id = $1 ORDER BY id";
        let list = |rows: u64| found(&under_test(|| read(sorted, 1, rows)), RULE).len();
        assert_eq!(list(PAGE), 0);
        assert_eq!(list(PAGE + 1), 1);
        assert_eq!(noted(&under_test(|| run(sorted, 1)), RULE), [1]);
    }
}
