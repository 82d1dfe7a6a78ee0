//! `missing-pagination`: a list that is read as if it were a page, and is not.
//!
//! Claims that a sorted list has no LIMIT and returned more rows than a page
//! ([`PAGE`]), or that its LIMIT is written into the statement and lies above
//! [`PAGE_CAP`]. Where rows are unknown, a sorted list without LIMIT is a
//! note. A LIMIT that is bound is not known, and is left alone.

use super::unbounded_result::{is_list, most_rows};
use super::{Facts, PAGE, PAGE_CAP, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Limit};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        let rows = most_rows(tally);
        let (severity, explanation) = match shape.limit() {
            Limit::Rows(limit) if limit > PAGE_CAP && shape.kind() == Kind::Select => (
                Severity::Error,
                format!("LIMIT {limit} is no page: at most {PAGE_CAP} rows are"),
            ),
            Limit::Absent if shape.has_order_by() && is_list(shape) => match rows {
                Some(rows) if rows > PAGE => (
                    Severity::Error,
                    format!("{rows} rows, sorted, without LIMIT: a page has {PAGE}"),
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
