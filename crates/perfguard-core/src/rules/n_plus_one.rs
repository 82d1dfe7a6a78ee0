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
//! functions that read no table, rows
//! read back right after they were written (SeaORM's `insert` and `update`
//! without RETURNING). It is about reads: writes are another rule's.

use super::repeats::{self, BLIND_THRESHOLD};
use super::source::Loop;
use super::{Facts, RuleId, fix};
use crate::finding::Finding;
use crate::ledger::Tally;
use crate::statement::{Kind, Limit, List, Shape};

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
    let repeats = is_candidate(shape).then(|| repeats::of(facts, tally));
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

/// A function by itself is no look-up: `nextval(..)`, `pg_advisory_lock(..)`,
/// `now()`, `last_insert_rowid()`, `json_each(..)`.
pub(super) fn is_candidate(shape: &Shape) -> bool {
    shape.kind() == Kind::Select
        && !shape.tables().is_empty()
        && !is_batch(shape)
        && !is_page(shape)
}

/// `IN (..)` with several values, or with a number of them that the text does
/// not show: somebody is already batching.
pub(super) fn is_batch(shape: &Shape) -> bool {
    matches!(shape.list(), List::Many | List::Unknown)
}

/// The next page of a list, by offset or by key.
fn is_page(shape: &Shape) -> bool {
    shape.limit() != Limit::Absent
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
}
