//! `unfiltered-write`: an UPDATE or DELETE of all rows of a table.
//!
//! Claims that the statement has no WHERE (MySQL refuses such statements with
//! `--safe-updates`, PostgreSQL with the extension `safeupdate`,
//! typeorm-query-hooks blocks them). Where it is known that it changed one row
//! at most, it is a note: a table of settings may have no more.
//!
//! Silent: a WHERE of any kind, `WHERE TRUE` too, a LIMIT, a join, whose ON
//! may say which rows, TRUNCATE, which nobody writes by mistake.

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::statement::{Kind, Limit, Shape};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if !is_unfiltered(shape) {
            continue;
        }
        let is_small = tally.most_affected.is_some_and(|rows| rows <= 1);
        let (severity, explanation) = if is_small {
            (
                Severity::Note,
                "changes all rows of the table, of which there was one at most",
            )
        } else {
            (Severity::Error, "changes all rows of the table")
        };
        let mut finding = about(RuleId::UnfilteredWrite, severity, tally);
        finding.explanation = Some(explanation.to_owned());
        finding.fix = fix::unfiltered_write(tally.orm, shape);
        findings.push(finding);
    }
}

fn is_unfiltered(shape: &Shape) -> bool {
    matches!(shape.kind(), Kind::Delete | Kind::Update)
        && shape.is_complete()
        && !shape.has_where()
        && !shape.has_join()
        && shape.limit() == Limit::Absent
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, noted, query, run, under_test};
    use crate::adapter::{self, Binds, Completion};

    const RULE: &str = "unfiltered-write";

    #[test]
    fn a_write_without_where_is_found() {
        for sql in [
            "DELETE FROM posts",
            "DELETE FROM posts RETURNING id",
            "UPDATE posts SET draft = $1",
            "UPDATE posts SET author_id = (SELECT id FROM authors WHERE name = $1)",
            "WITH gone AS (SELECT id FROM posts WHERE id = $1) DELETE FROM posts",
        ] {
            let report = under_test(|| run(sql, 1));
            assert_eq!(found(&report, RULE), [1], "{sql}");
        }
    }

    #[test]
    fn what_says_which_rows_is_silent() {
        for sql in [
            "DELETE FROM posts WHERE id = $1",
            "DELETE FROM posts WHERE TRUE",
            "UPDATE posts SET draft = $1 WHERE id IN (SELECT post_id FROM likes)",
            "DELETE FROM posts LIMIT 100",
            "DELETE posts FROM posts JOIN authors ON authors.id = posts.author_id AND authors.banned",
            "UPDATE posts JOIN authors ON authors.id = posts.author_id SET posts.draft = 1",
            "UPDATE posts SET draft = $1 FROM authors WHERE authors.id = posts.author_id",
            "TRUNCATE posts",
            "INSERT INTO posts (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET draft = $2",
            "SELECT id FROM posts FOR UPDATE",
        ] {
            let report = under_test(|| run(sql, 1));
            assert_eq!(found(&report, RULE), [], "{sql}");
            assert_eq!(noted(&report, RULE), [], "{sql}");
        }
    }

    #[test]
    fn a_table_of_one_row_is_a_note() {
        let changing = |rows: u64| {
            under_test(|| {
                let update = query("UPDATE settings SET theme = $1").binds(Binds::Unknown);
                adapter::record(&update).complete(Completion::new().rows_affected(rows));
            })
        };
        assert_eq!(noted(&changing(1), RULE), [1]);
        assert_eq!(found(&changing(2), RULE), [1]);
    }
}
