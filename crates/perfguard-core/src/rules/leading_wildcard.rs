//! `leading-wildcard`: a pattern that no sorted index can serve.
//!
//! Claims that a statement searches by `LIKE '%..'`, and by nothing else that
//! could narrow it: the database reads every row (Markus Winand, "Use the
//! Index, Luke", on LIKE; QuickPerf and NHibernate Profiler have the rule). A
//! trigram index serves such patterns all the same, and a small table needs
//! none, so it is a note.
//!
//! A pattern that is bound is one if a bound text starts with `%`, which
//! [`BindHasher`](crate::adapter::BindHasher) notices.
//!
//! Silent: a bound pattern where no value is known to start so; a pattern
//! beside an equality or a list of values; what is only checked in a SELECT
//! list.

use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::ledger::Tally;
use crate::statement::{Kind, List, Pattern};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        if is_search(tally) {
            let mut note = about(RuleId::LeadingWildcard, Severity::Error, tally);
            note.explanation =
                Some("the pattern starts with a wildcard: every row is read".to_owned());
            note.fix = fix::leading_wildcard(tally.statement.dialect());
            findings.push(note);
        }
    }
}

fn is_search(tally: &Tally) -> bool {
    let shape = tally.statement.shape();
    let starts_with_wildcard = match shape.pattern() {
        Pattern::LeadingWildcard => true,
        Pattern::Unknown => tally.has_wildcard,
        Pattern::Absent | Pattern::Prefix => false,
    };
    starts_with_wildcard
        && matches!(shape.kind(), Kind::Delete | Kind::Select | Kind::Update)
        && shape.equalities().is_empty()
        && shape.list() == List::Absent
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_production, noted, query, run, under_test};
    use crate::adapter::{self, BindHasher};
    use crate::statement::Dialect;

    const RULE: &str = "leading-wildcard";

    fn notes(sql: &str) -> usize {
        noted(&under_test(|| run(sql, 1)), RULE).len()
    }

    #[test]
    fn a_search_by_nothing_else_is_noted() {
        for sql in [
            "SELECT id FROM posts WHERE title LIKE '%rust' LIMIT $1",
            "SELECT id FROM posts WHERE title ILIKE '%rust%' LIMIT $1",
            "SELECT id FROM posts WHERE lower(title) LIKE lower('%rust%') LIMIT $1",
            "SELECT id FROM posts WHERE title LIKE '%' || $1 || '%' LIMIT $2",
            "SELECT id FROM posts WHERE title LIKE CONCAT('%', $1) LIMIT $2",
            "SELECT id FROM posts WHERE views > $1 AND title LIKE '_ust' LIMIT $2",
            "SELECT count(*) FROM posts WHERE title LIKE '%rust%'",
            "DELETE FROM posts WHERE title LIKE '%spam%'",
        ] {
            assert_eq!(notes(sql), 1, "{sql}");
        }
    }

    #[test]
    fn what_an_index_may_serve_is_silent() {
        for sql in [
            "SELECT id FROM posts WHERE title LIKE 'rust%' LIMIT $1",
            "SELECT id FROM posts WHERE title LIKE 'ru%st' LIMIT $1",
            "SELECT id FROM posts WHERE title LIKE $1 LIMIT $2",
            "SELECT id FROM posts WHERE blog_id = $1 AND title LIKE '%rust%' LIMIT $2",
            "SELECT id FROM posts WHERE id IN ($1, $2) AND title LIKE '%rust%'",
            "SELECT title LIKE '%rust%' FROM posts WHERE id = $1",
            "SELECT id FROM users WHERE email NOT LIKE '%@example.org' LIMIT $1",
            "SELECT id FROM posts WHERE title = '%rust' LIMIT $1",
            "INSERT INTO archive SELECT id FROM posts WHERE title LIKE '%rust%'",
        ] {
            assert_eq!(notes(sql), 0, "{sql}");
        }
    }

    #[test]
    fn what_is_bound_tells_by_its_start() {
        let search = |sql: &str, pattern: Option<&str>| {
            let report = under_test(|| {
                let mut binds = BindHasher::new();
                binds.write_debug(&(7, pattern));
                adapter::record(&query(sql).binds(binds.finish()));
            });
            noted(&report, RULE).len()
        };
        const LIKE: &str = "SELECT id FROM posts WHERE title LIKE $1 LIMIT $2";
        assert_eq!(search(LIKE, Some("%rust%")), 1);
        assert_eq!(search(LIKE, Some("%")), 1);
        assert_eq!(search(LIKE, Some("rust%")), 0);
        assert_eq!(search(LIKE, Some("")), 0);
        assert_eq!(search(LIKE, None), 0);
        let other = "SELECT id FROM posts WHERE title > $1 LIMIT $2";
        assert_eq!(search(other, Some("%rust")), 0);
        let beside = "SELECT id FROM posts WHERE blog_id = $1 AND title LIKE $2";
        assert_eq!(search(beside, Some("%rust")), 0);
    }

    #[test]
    fn one_text_that_starts_with_a_wildcard_tells() {
        let report = under_test(|| {
            run("SELECT id FROM posts WHERE title LIKE 'rust%'", 1);
            run("SELECT id FROM posts WHERE title LIKE '%rust'", 1);
            run("SELECT id FROM posts WHERE title LIKE 'go%'", 1);
        });
        assert_eq!(noted(&report, RULE), [3]);
    }

    #[test]
    fn the_index_is_the_databases_own() {
        for (dialect, says) in [
            (Dialect::MySql, "FULLTEXT"),
            (Dialect::Postgres, "pg_trgm"),
            (Dialect::Sqlite, "FTS5"),
        ] {
            assert!(super::fix::leading_wildcard(dialect).contains(says));
        }
    }

    #[test]
    fn production_has_no_notes_of_it() {
        let report = in_production(|| run("SELECT id FROM posts WHERE title LIKE '%rust'", 1));
        assert_eq!(noted(&report, RULE), []);
    }
}
