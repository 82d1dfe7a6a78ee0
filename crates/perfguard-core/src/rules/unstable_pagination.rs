//! `unstable-pagination`: pages that may repeat rows, leave some out, or get
//! slower one by one.
//!
//! Claims that a statement has an OFFSET and no ORDER BY, so that no two pages
//! need agree on what comes first (EF Core's
//! `RowLimitingOperationWithoutOrderByWarning` and Hypersistence Optimizer
//! draw the same line); or that an OFFSET which is written into the statement
//! leaves out more than [`DEEPEST`] rows, all of which the database reads.
//!
//! Silent: a LIMIT alone (any row will do: `first()`, the worker of a queue, a
//! batch to delete), one row (LIMIT 1), `OFFSET 0` in the text (PostgreSQL's
//! way to keep a subquery apart), aggregates, look-ups by `id`, rows of a
//! subquery, which may be sorted in there. A bound OFFSET may be deep: that is
//! not known.

use super::unbounded_result::is_lookup;
use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Limit, Shape};

/// The deepest OFFSET that still passes for a page: as deep as Elasticsearch
/// lets one page by default (`index.max_result_window`).
pub(super) const DEEPEST: u64 = 10_000;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if shape.kind() != Kind::Select || !shape.is_complete() || shape.is_aggregate() {
            continue;
        }
        let (explanation, fix) = if is_unsorted_page(shape) {
            (
                "OFFSET without ORDER BY: a row may be on two pages, or on none".to_owned(),
                fix::unstable_pagination(tally.orm, shape),
            )
        } else if let Limit::Rows(rows) = shape.offset()
            && rows > DEEPEST
        {
            (
                format!("OFFSET {rows}: the database reads as many rows to leave them out"),
                fix::deep_offset(tally.orm),
            )
        } else {
            continue;
        };
        let mut finding = about(RuleId::UnstablePagination, Severity::Error, tally);
        finding.explanation = Some(explanation);
        finding.fix = fix;
        findings.push(finding);
    }
}

fn is_unsorted_page(shape: &Shape) -> bool {
    !matches!(shape.offset(), Limit::Absent | Limit::Rows(0))
        && !shape.has_order_by()
        && !matches!(shape.limit(), Limit::Rows(0 | 1))
        && !shape.tables().is_empty()
        && !shape.reads_derived()
        && !is_lookup(shape)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, run, under_test};
    use crate::adapter;
    use crate::statement::Dialect;

    const RULE: &str = "unstable-pagination";

    fn fires(sql: &str) -> bool {
        found(&under_test(|| run(sql, 1)), RULE) == [1]
    }

    #[test]
    fn an_offset_without_an_order_is_found() {
        for sql in [
            "SELECT id FROM posts LIMIT $1 OFFSET $2",
            "SELECT id FROM posts LIMIT 20 OFFSET 20",
            "SELECT id FROM posts LIMIT 20, 20",
            "SELECT id FROM posts OFFSET 20 ROWS FETCH NEXT 20 ROWS ONLY",
            "SELECT id FROM posts OFFSET $1",
            "SELECT DISTINCT author_id FROM posts WHERE blog_id = $1 LIMIT $2 OFFSET $3",
            "SELECT posts.id FROM posts JOIN authors ON authors.id = posts.author_id LIMIT $1 OFFSET $2",
            "SELECT author_id, count(*) FROM posts GROUP BY author_id LIMIT $1 OFFSET $2",
            "SELECT id, row_number() OVER (ORDER BY id) FROM posts LIMIT $1 OFFSET $2",
            "SELECT id FROM posts WHERE id IN (SELECT id FROM likes ORDER BY id) LIMIT $1 OFFSET $2",
            "SELECT id FROM posts UNION SELECT id FROM drafts LIMIT $1 OFFSET $2",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn a_deep_offset_in_the_text_is_found() {
        assert!(fires(
            "SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 10001"
        ));
        assert!(fires("SELECT id FROM posts ORDER BY id LIMIT 20000, 20"));
        assert!(!fires(
            "SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 10000"
        ));
        assert!(!fires(
            "SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2"
        ));
    }

    #[test]
    fn the_deepest_of_many_pages_counts() {
        let report = under_test(|| {
            for page in 0..2 {
                let sql = format!("SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET {page}0020");
                adapter::record(&adapter::Query::new(&sql, Dialect::Postgres));
            }
        });
        assert_eq!(found(&report, RULE), [2]);
        assert!(report.to_string().contains("OFFSET 10020"), "{report}");
    }

    #[test]
    fn what_needs_no_order_is_silent() {
        for sql in [
            "SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2",
            "(SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2)",
            "SELECT id FROM posts ORDER BY id OFFSET 20 ROWS FETCH NEXT 20 ROWS ONLY",
            // Any will do.
            "SELECT id FROM posts WHERE slug = $1 LIMIT 1",
            "SELECT id FROM posts WHERE slug = $1 LIMIT $2",
            "SELECT id FROM posts FETCH FIRST ROW ONLY",
            "SELECT id FROM jobs WHERE state = $1 LIMIT 10 FOR UPDATE SKIP LOCKED",
            "DELETE FROM posts WHERE draft = $1 LIMIT 1000",
            "SELECT id FROM posts LIMIT 1 OFFSET $1",
            "SELECT id FROM posts LIMIT 20 OFFSET 0",
            // One row.
            "SELECT count(*) FROM posts LIMIT $1 OFFSET $2",
            "SELECT EXISTS (SELECT 1 FROM posts LIMIT $1 OFFSET $2)",
            "SELECT id FROM posts WHERE id = $1 LIMIT $2 OFFSET $3",
            // Sorted in there, perhaps.
            "SELECT id FROM (SELECT id FROM posts ORDER BY id) AS sorted LIMIT $1 OFFSET $2",
            "WITH sorted AS (SELECT id FROM posts ORDER BY id) SELECT id FROM sorted LIMIT $1 OFFSET $2",
            "INSERT INTO archive SELECT id FROM posts LIMIT 20 OFFSET 20",
            // A column.
            "SELECT \"offset\" FROM partitions LIMIT $1",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
