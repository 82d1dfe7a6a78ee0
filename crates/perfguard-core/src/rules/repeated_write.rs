//! `repeated-write`: one INSERT, UPDATE or DELETE, from one place, with other
//! values each time.
//!
//! Claims that a loop writes row by row what one statement could write. Needs
//! bind identities and the call site. Threshold and what is done where values
//! were not looked at: see [`repeats`] (NHibernate Profiler alerts about many
//! single writes as well; Sentry's detector takes any verb at five).
//!
//! Writes in transactions of their own are a loop all the same. Silent: two
//! call sites, equal binds, what already writes several rows at once (`VALUES`
//! with several rows, lists of values, ranges of keys, a LIMIT, `INSERT ..
//! SELECT`), what an ORM makes of one call (see [`expansion`]), a retry after
//! an error or of an UPDATE that changed nothing, an UPDATE or DELETE that picks
//! its row by a subquery, as the worker of a queue does.

use super::n_plus_one::is_batch;
use super::{Facts, RuleId, expansion, fix, repeats};
use crate::finding::Finding;
use crate::statement::{Kind, Limit, List, Shape};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        if !is_candidate(tally.statement.shape()) {
            continue;
        }
        let loops = repeats::of(facts, tally)
            .filter(|repeats| !expansion::is_batch(tally, repeats.group))
            .map(|repeats| {
                let mut finding = repeats.finding(RuleId::RepeatedWrite);
                finding.fix = fix::repeated_write(tally.orm, &tally.statement);
                finding
            });
        findings.extend(loops);
    }
}

pub(super) fn is_candidate(shape: &Shape) -> bool {
    let writes_one = match shape.kind() {
        Kind::Insert => shape.values() == List::One,
        Kind::Delete | Kind::Update => !shape.equalities().is_empty() || shape.list() == List::One,
        _ => false,
    };
    writes_one && shape.is_complete() && !is_batch(shape) && shape.limit() == Limit::Absent
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bind, found, in_production, opaque, query, run, under_test};
    use crate::adapter::{self, Binds, Completion, Connection, Orm, Query};
    use crate::finding::Finding;
    use crate::query::Transaction;
    use crate::report::Report;
    use crate::statement::Dialect;

    const RULE: &str = "repeated-write";
    const INSERT: &str = "INSERT INTO tags (name) VALUES ($1)";
    const UPDATE: &str = "UPDATE posts SET title = $1 WHERE id = $2";
    const DELETE: &str = "DELETE FROM posts WHERE id = $1";

    fn many(sql: &str, times: u64) -> Report {
        under_test(|| (0..opaque(times)).for_each(|value| run(sql, value)))
    }

    #[test]
    fn a_loop_of_writes_is_found() {
        for sql in [
            INSERT,
            UPDATE,
            DELETE,
            "REPLACE INTO tags (name) VALUES (?)",
            "INSERT INTO tags (name) VALUES ($1) ON CONFLICT (name) DO NOTHING RETURNING id",
            "INSERT INTO tags (name, post_id) VALUES ($1, (SELECT id FROM posts WHERE slug = $2))",
            "DELETE FROM posts WHERE id IN ($1)",
            "UPDATE posts SET title = $1 WHERE id = $2 AND version < $3",
        ] {
            assert_eq!(found(&many(sql, 2), RULE), [2], "{sql}");
            assert_eq!(found(&many(sql, 1), RULE), [], "{sql}");
        }
    }

    #[test]
    fn values_in_the_text_are_values() {
        let report = under_test(|| {
            for value in 0..opaque(3) {
                let sql = format!("INSERT INTO tags (name) VALUES ('{value}')");
                adapter::record(&query(&sql).binds(Binds::None));
            }
        });
        assert_eq!(found(&report, RULE), [3]);
    }

    #[test]
    fn where_values_are_unknown_it_takes_five_and_says_so() {
        let unknown = |times: u64| {
            under_test(|| {
                for _ in 0..opaque(times) {
                    adapter::record(&query(UPDATE));
                }
            })
        };
        assert_eq!(found(&unknown(4), RULE), []);
        let report = unknown(5);
        assert_eq!(found(&report, RULE), [5]);
        let text = report.to_string();
        assert!(text.contains("the bound values are unknown"), "{text}");
    }

    #[test]
    fn production_takes_five() {
        let times =
            |times: u64| in_production(|| (0..opaque(times)).for_each(|value| run(DELETE, value)));
        assert_eq!(found(&times(4), RULE), []);
        assert_eq!(found(&times(7), RULE), [7]);
    }

    #[test]
    fn transactions_of_their_own_do_not_hide_a_loop() {
        let report = under_test(|| {
            for value in 0..opaque(100) {
                let connection = Connection::in_transaction(Transaction::begin());
                let write = Query::new("INSERT INTO tags (name) VALUES (?)", Dialect::Sqlite);
                let write = write.binds(bind(value)).connection(&connection);
                adapter::record(&write);
            }
        });
        assert_eq!(found(&report, RULE), [100]);
    }

    /// As Diesel writes a batch on SQLite: INSERTs in a transaction of its own.
    fn batch(orm: Orm, rows: u64) {
        let connection = Connection::in_transaction(Transaction::begin());
        for value in 0..opaque(rows) {
            let write = Query::new("INSERT INTO tags (name) VALUES (?)", Dialect::Sqlite).orm(orm);
            let write = write.binds(bind(value)).connection(&connection);
            adapter::record(&write);
        }
    }

    #[test]
    fn what_an_orm_makes_of_one_call_is_one_write() {
        // Nobody knows where the transactions of production begin.
        assert_eq!(found(&in_production(|| batch(Orm::Diesel, 20)), RULE), []);
        let chunks = in_production(|| (0..opaque(100)).for_each(|_| batch(Orm::Diesel, 20)));
        assert_eq!(found(&chunks, RULE), []);
        // SeaORM has none: that is a loop in a transaction.
        let by_hand = in_production(|| batch(Orm::SeaOrm, 20));
        assert_eq!(found(&by_hand, RULE), [20]);
        assert_eq!(by_hand.queries(), 20);
    }

    #[test]
    fn what_writes_several_rows_at_once_is_silent() {
        for sql in [
            "INSERT INTO tags (name) VALUES ($1), ($2)",
            "INSERT INTO archive SELECT * FROM posts WHERE id = $1",
            "INSERT INTO tags (name) SELECT * FROM unnest($1::text[])",
            "DELETE FROM posts WHERE id IN ($1, $2)",
            "DELETE FROM posts WHERE id = ANY($1)",
            "DELETE FROM posts WHERE id BETWEEN $1 AND $2",
            "UPDATE posts SET draft = $1 WHERE id > $2",
            "DELETE FROM posts WHERE blog_id = ? LIMIT 1000",
            "UPDATE jobs SET taken_at = $1 WHERE id = (SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED)",
            "MERGE INTO tags USING new ON tags.id = new.id WHEN MATCHED THEN DELETE",
            "INSERT INTO counters DEFAULT VALUES",
            "SELECT name FROM authors WHERE id = $1",
        ] {
            assert_eq!(found(&many(sql, 6), RULE), [], "{sql}");
        }
    }

    #[test]
    fn the_last_chunk_may_have_one_row() {
        let chunks = ["(?), (?), (?)", "(?), (?), (?)", "(?)"];
        let orders = [chunks, ["(?)", "(?), (?)", "(?), (?)"]];
        for chunks in &orders {
            let report = under_test(|| {
                for (value, rows) in (1..).zip(opaque(&chunks[..])) {
                    run(&format!("INSERT INTO tags (name) VALUES {rows}"), value);
                }
            });
            assert_eq!(found(&report, RULE), []);
        }
    }

    #[test]
    fn equal_values_and_two_places_are_silent() {
        let equal = under_test(|| (0..opaque(4)).for_each(|_| run(UPDATE, 1)));
        assert_eq!(found(&equal, RULE), []);
        let places = under_test(|| {
            run(UPDATE, 1);
            run(UPDATE, 2);
        });
        assert_eq!(found(&places, RULE), []);
    }

    #[test]
    fn another_attempt_is_no_loop() {
        let attempts = |sql: &str, completion: Completion| {
            under_test(|| {
                for value in 0..opaque(3_u64) {
                    let told = if value < 2 {
                        completion
                    } else {
                        Completion::new()
                    };
                    adapter::record(&query(sql).binds(bind(value))).complete(told);
                }
            })
        };
        let failed = Completion::new().failed(true);
        assert_eq!(found(&attempts(UPDATE, failed), RULE), []);
        assert_eq!(found(&attempts(INSERT, failed), RULE), []);
        // Somebody else was faster.
        let nothing = Completion::new().rows_affected(0);
        assert_eq!(found(&attempts(UPDATE, nothing), RULE), []);
        // They were there, or gone, already.
        assert_eq!(found(&attempts(INSERT, nothing), RULE), [3]);
        assert_eq!(found(&attempts(DELETE, nothing), RULE), [3]);
        let one = Completion::new().rows_affected(1);
        assert_eq!(found(&attempts(UPDATE, one), RULE), [3]);
    }

    #[test]
    fn the_repair_is_in_the_words_of_the_orm() {
        for (orm, sql, says) in [
            (
                Orm::Diesel,
                INSERT,
                "insert_into(tags::table).values(&rows)",
            ),
            (
                Orm::Diesel,
                UPDATE,
                ".filter(posts::id.eq_any(&keys)).set(..)",
            ),
            (
                Orm::Diesel,
                DELETE,
                "delete(posts::table).filter(posts::id.eq_any(&keys))",
            ),
            (Orm::SeaOrm, INSERT, "tag::Entity::insert_many(rows)"),
            (Orm::SeaOrm, UPDATE, "post::Entity::update_many()"),
            (
                Orm::SeaOrm,
                DELETE,
                "delete_many().filter(post::Column::Id.is_in(keys))",
            ),
            (Orm::Other, DELETE, "WHERE id IN (..)"),
        ] {
            let report = under_test(|| {
                for value in 0..opaque(2) {
                    adapter::record(&query(sql).orm(orm).binds(bind(value)));
                }
            });
            let fix = report.findings().first().map_or("", Finding::fix);
            assert!(fix.contains(says), "no `{says}` in {fix}");
        }
    }
}
