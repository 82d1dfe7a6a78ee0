//! `wide-select`: many rows, each with all there is.
//!
//! Claims that a SELECT took `*`, or more columns than [`WIDE`], of more rows
//! than a page ([`PAGE`](super::PAGE)). Which of them the application went on to use nobody
//! knows, so it is a note. QuickPerf lets a test state the number of selected
//! columns; no tool was found that has one by default, and [`WIDE`] is
//! perfguard's own: what a table on a screen cannot show.
//!
//! Needs rows. Silent: as many rows as a page or fewer, rows unknown, what an
//! INSERT selects.

use super::unbounded_result::most_rows;
use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Projection};

/// The most columns that a list of many rows is taken to need.
pub(super) const WIDE: usize = 20;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if facts.small.are_all_of(shape) {
            continue;
        }
        let Some(rows) = most_rows(tally).filter(|rows| *rows > facts.policy.page()) else {
            continue;
        };
        let columns = match shape.projection() {
            _ if shape.kind() != Kind::Select || shape.tables().is_empty() => continue,
            Projection::Star => "all columns".to_owned(),
            Projection::Columns(columns) if columns > WIDE => format!("{columns} columns"),
            _ => continue,
        };
        let mut note = about(RuleId::WideSelect, Severity::Error, tally);
        note.explanation = Some(format!("{columns} of {rows} rows"));
        note.fix = fix::wide_select(tally.orm);
        findings.push(note);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, in_production, noted, read, run, under_test};
    use super::WIDE;

    const RULE: &str = "wide-select";

    fn notes(sql: &str, rows: u64) -> usize {
        let report = under_test(|| read(sql, 1, rows));
        assert_eq!(found(&report, RULE), [], "{report}");
        noted(&report, RULE).len()
    }

    fn columns(count: usize) -> String {
        let columns: Vec<_> = (0..count).map(|column| format!("c{column}")).collect();
        format!("SELECT {} FROM posts LIMIT $1", columns.join(", "))
    }

    #[test]
    fn many_rows_with_all_columns_are_noted() {
        assert_eq!(notes("SELECT * FROM posts LIMIT $1", 101), 1);
        assert_eq!(notes("SELECT posts.*, 1 FROM posts LIMIT $1", 101), 1);
        assert_eq!(notes(&columns(WIDE + 1), 101), 1);
    }

    #[test]
    fn columns_are_said_beside_the_rows_that_are_too_many() {
        let report = under_test(|| read("SELECT * FROM posts ORDER BY id", 1, 10_000));
        assert_eq!(found(&report, "unbounded-result"), [1]);
        assert_eq!(found(&report, "missing-pagination"), [1]);
        assert_eq!(noted(&report, RULE), [1]);
    }

    #[test]
    fn a_page_or_few_columns_are_silent() {
        assert_eq!(notes("SELECT * FROM posts LIMIT $1", 100), 0);
        assert_eq!(notes(&columns(WIDE), 5_000), 0);
        assert_eq!(notes(&columns(WIDE + 1), 100), 0);
        assert_eq!(notes("SELECT count(*) FROM posts", 5_000), 0);
        assert_eq!(
            notes("INSERT INTO archive SELECT * FROM posts RETURNING *", 5_000),
            0
        );
    }

    #[test]
    fn many_look_ups_of_a_row_each_are_no_list() {
        let report = under_test(|| {
            (0..200).for_each(|id| read("SELECT * FROM posts WHERE id = ANY($1) LIMIT 9", id, 1));
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn where_rows_are_unknown_it_is_silent() {
        let report = under_test(|| run("SELECT * FROM posts LIMIT $1", 1));
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn production_has_no_notes_of_it() {
        let report = in_production(|| read("SELECT * FROM posts LIMIT $1", 1, 101));
        assert_eq!(noted(&report, RULE), []);
    }
}
