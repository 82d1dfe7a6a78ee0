//! `n-plus-one`: one statement, from one place, with other values each time.
//!
//! Claims that a loop asks the database once per item for what one statement
//! could bring. Needs bind identities and the call site. Adjacency and time do
//! not matter: concurrent and interleaved repeats are the same loop.
//!
//! Threshold and what is done where values were not looked at: see
//! [`repeats`].
//!
//! Silent: two call sites with one shape, equal binds (a duplicate or a
//! retry), lists of values (a chunked batch), pages by offset or by key,
//! functions by themselves, rows read back right after they were written
//! (SeaORM's `insert` and `update` without RETURNING). It is about reads: writes
//! are another rule's.

use super::repeats::{self, BLIND_THRESHOLD};
use super::source::Loop;
use super::{Facts, RuleId, fix};
use crate::finding::Finding;
use crate::ledger::Tally;
use crate::statement::{Kind, Limit, List, Shape, Statement};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        findings.extend(loops(facts, tally));
    }
}

/// True if the rule fires for a statement: other rules then leave it alone.
pub(super) fn fires(facts: &Facts<'_>, tally: &Tally) -> bool {
    loops(facts, tally).next().is_some()
}

fn loops<'a>(facts: &'a Facts<'a>, tally: &'a Tally) -> impl Iterator<Item = Finding> + 'a {
    let shape = tally.statement.shape();
    let is_candidate = is_candidate(shape) && !joins_values(&tally.statement);
    let repeats = is_candidate.then(|| repeats::of(facts, tally));
    repeats.into_iter().flatten().filter_map(|repeats| {
        let looped = Loop {
            tally,
            first: repeats.first(),
            site: repeats.group.site,
            count: repeats.count,
        };
        // A name that is tried until it is free, a row that is awaited: no list
        // of parents stands before it.
        if shape.is_aggregate()
            && repeats.count < BLIND_THRESHOLD
            && !looped.has_list_before(facts.ledger)
        {
            return None;
        }
        let source = looped.source(facts.ledger);
        let mut finding = repeats.finding(RuleId::NPlusOne);
        finding.fix = fix::n_plus_one(tally.orm, &tally.statement, source.as_ref());
        finding.source = source;
        Some(finding)
    })
}

/// A function by itself is no look-up: `SELECT nextval(..)`,
/// `pg_advisory_lock(..)`, `now()`, `last_insert_rowid()`. One in place of a
/// table may be.
pub(super) fn is_candidate(shape: &Shape) -> bool {
    shape.kind() == Kind::Select
        && (shape.has_from() || !shape.tables().is_empty())
        && !is_batch(shape)
        && !is_page(shape)
}

/// `JOIN unnest($1)`, `JOIN (VALUES ..)`: a list in place of a table.
fn joins_values(statement: &Statement) -> bool {
    let shape = statement.shape();
    let has_list = || shape.reads_derived() || statement.text().contains("unnest(");
    shape.has_join() && shape.equalities().is_empty() && has_list()
}

/// `IN (..)` with several values, or with a number of them that the text does
/// not show: somebody is already batching.
pub(super) fn is_batch(shape: &Shape) -> bool {
    matches!(shape.list(), List::Many | List::Unknown)
}

/// The next page of a list, by offset or by key, or a range of its keys.
fn is_page(shape: &Shape) -> bool {
    let is_range = shape.has_range() && shape.equalities().is_empty() && !shape.is_aggregate();
    is_range
        || shape.limit() != Limit::Absent
            && (shape.has_offset() || (shape.has_range() && shape.has_order_by()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{testing, unplaced};
    use super::{Facts, Finding, judge};
    use crate::callsite::{CallSiteKey, Chain, SiteId, Trace};
    use crate::ledger::{Execution, Ledger};
    use crate::query::{Binds, Completion, Orm};
    use crate::scope::Kind;
    use crate::statement::{Dialect, Interner, Statement};

    /// A place whose line nobody can tell: the build has no line tables.
    fn place(key: u64) -> Option<(SiteId, Chain)> {
        let (site, _) = Trace::named(CallSiteKey::new(&key)).place(0)?;
        Some((site, Chain::of(&[16, 32])))
    }

    fn author() -> Arc<Statement> {
        Interner::new().intern("SELECT name FROM authors WHERE id = ?", Dialect::Sqlite)
    }

    /// A scope in production that ran one statement from these places, each
    /// time with other values.
    fn ledger(places: &[Option<u64>], binds: impl Fn(u64) -> Binds) -> Ledger {
        let statement = author();
        let mut ledger = Ledger::default();
        for (n, key) in (1..).zip(places) {
            ledger.record(&Execution {
                statement: &statement,
                orm: Orm::Other,
                binds: binds(n),
                place: key.and_then(place),
                transaction: None,
                connection: None,
                completion: Completion::new(),
                inside: None,
                is_read: true,
                allows: &[],
            });
        }
        ledger
    }

    fn facts(ledger: &Ledger) -> Facts<'_> {
        testing::facts(ledger, Kind::Handler)
    }

    fn findings(ledger: &Ledger) -> Vec<(u64, bool)> {
        let mut findings: Vec<Finding> = Vec::new();
        judge(&facts(ledger), &mut findings);
        let found = findings.iter();
        found.map(|it| (it.count, it.at_least)).collect()
    }

    const NOBODY: Option<u64> = None;
    const HERE: Option<u64> = Some(1);
    const THERE: Option<u64> = Some(2);

    #[test]
    fn what_was_not_read_joins_the_only_place_that_was() {
        let mut places = vec![NOBODY; 2];
        places.extend([HERE; 8]);
        places.extend([NOBODY; 10]);
        let ledger = ledger(&places, Binds::Identity);
        assert_eq!(findings(&ledger), [(20, false)]);
        assert_eq!(unplaced(&facts(&ledger)), 0);
    }

    #[test]
    fn beside_two_places_it_belongs_to_nobody_and_counts_are_at_least() {
        let mut places = vec![NOBODY; 2];
        places.extend([HERE; 6]);
        places.extend([THERE; 5]);
        let ledger = ledger(&places, Binds::Identity);
        assert_eq!(findings(&ledger), [(6, true), (5, true)]);
        assert_eq!(unplaced(&facts(&ledger)), 0);
    }

    #[test]
    fn where_all_were_read_two_places_are_exact() {
        let ledger = ledger(&[HERE, HERE, HERE, HERE, HERE, THERE], Binds::Identity);
        assert_eq!(findings(&ledger), [(5, false)]);
    }

    #[test]
    fn where_none_was_read_it_is_silent_and_says_so() {
        let ledger = ledger(&[NOBODY; 6], Binds::Identity);
        assert_eq!(findings(&ledger), []);
        assert_eq!(unplaced(&facts(&ledger)), 1);
    }

    #[test]
    fn what_could_not_be_a_finding_is_not_said_to_be_missed() {
        let few = ledger(&[NOBODY; 4], Binds::Identity);
        assert_eq!(unplaced(&facts(&few)), 0);
        let equal = ledger(&[NOBODY; 6], |_| Binds::Identity(7));
        assert_eq!(unplaced(&facts(&equal)), 0);
        let none = ledger(&[NOBODY; 6], |_| Binds::None);
        assert_eq!(unplaced(&facts(&none)), 0);
        let unknown = ledger(&[NOBODY; 6], |_| Binds::Unknown);
        assert_eq!(unplaced(&facts(&unknown)), 1);
    }

    /// Runs a statement in a loop, under test, each time with other values.
    fn looped(sql: &str) -> usize {
        let report = testing::under_test(|| {
            testing::read("SELECT id FROM posts LIMIT 100", 0, 100);
            (0..testing::opaque(6)).for_each(|id| testing::read(sql, id, 10));
        });
        testing::found(&report, "n-plus-one").len()
    }

    #[test]
    fn batches_are_no_loop() {
        for sql in [
            // Chunked lists, and preloads of both ORMs.
            "SELECT name FROM authors WHERE id IN ($1, $2, $3)",
            "SELECT name FROM authors WHERE id = ANY($1)",
            "SELECT name FROM authors WHERE id = ANY($1::int4[])",
            "SELECT c.id FROM comments c WHERE c.post_id = ANY($1) ORDER BY c.id",
            "SELECT id FROM comments WHERE (post_id, kind) IN (($1, $2), ($3, $4))",
            "SELECT id FROM comments WHERE post_id IN (SELECT unnest($1))",
            "SELECT c.id FROM comments c JOIN unnest($1::int4[]) AS k (id) ON c.post_id = k.id",
            "SELECT c.id FROM comments c JOIN (VALUES ($1), ($2)) AS k (id) ON c.post_id = k.id",
            // Pages.
            "SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2",
            "SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT $2",
            "SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT 100",
            "SELECT id FROM posts WHERE (created, id) < ($1, $2) ORDER BY created DESC, id DESC LIMIT $3",
            "SELECT id FROM posts WHERE created < $1 OR (created = $2 AND id < $3) ORDER BY created DESC, id DESC LIMIT $4",
            "SELECT id FROM posts WHERE blog_id = $1 AND id > $2 ORDER BY id FETCH FIRST 100 ROWS ONLY",
            "SELECT id FROM posts WHERE id BETWEEN $1 AND $2",
            "SELECT id FROM posts WHERE id >= $1 AND id < $2",
            // Cursors.
            "FETCH 100 FROM c",
            "FETCH FORWARD 100 FROM c",
            "FETCH NEXT FROM c",
            "DECLARE c CURSOR FOR SELECT id FROM posts WHERE blog_id = $1",
            "CLOSE c",
        ] {
            assert_eq!(looped(sql), 0, "{sql}");
        }
    }

    #[test]
    fn what_takes_one_value_at_a_time_is_a_loop() {
        for sql in [
            "SELECT name FROM authors WHERE id = $1",
            "SELECT name FROM authors WHERE id IN ($1)",
            "SELECT id FROM comments WHERE post_id = $1 AND created > $2",
            "SELECT id FROM comments WHERE post_id = $1 ORDER BY id LIMIT 3",
            "SELECT count(*) FROM comments WHERE post_id = $1",
            "SELECT count(*) FROM (SELECT id FROM comments WHERE post_id = $1) AS s",
            "SELECT c.id FROM comments c JOIN (SELECT id FROM users) u ON u.id = c.user_id WHERE c.post_id = $1",
        ] {
            assert_eq!(looped(sql), 1, "{sql}");
        }
    }

    #[test]
    fn polling_with_equal_values_and_two_places_are_no_loop() {
        let report = testing::under_test(|| {
            testing::read("SELECT id FROM jobs ORDER BY id LIMIT 10", 0, 10);
            (0..testing::opaque(6))
                .for_each(|_| testing::read("SELECT state FROM jobs WHERE id = $1", 7, 1));
            testing::read("SELECT name FROM authors WHERE id = $1", 1, 1);
            testing::read("SELECT name FROM authors WHERE id = $1", 2, 1);
        });
        assert_eq!(testing::found(&report, "n-plus-one"), []);
    }
}
