//! `n-plus-one`: one statement, from one place, with other values each time.
//!
//! Claims that a loop asks the database once per item for what one statement
//! could bring. Needs bind identities and the call site. Adjacency and time do
//! not matter: concurrent and interleaved repeats are the same loop.
//!
//! In production only the first repeats are read, and some of the later ones:
//! the finding then says how many different binds there were at least. Of one
//! place only, those that were not read are its as well; of several, each has
//! at least those that were.
//!
//! Threshold: see [`Facts::threshold`]. Where binds are unknown it is five in
//! tests as well, and the finding says that it could not compare them.
//!
//! Silent: two call sites with one shape, equal binds (a duplicate or a
//! retry), lists of values (a chunked batch), pages by offset or by key, rows
//! read back right after they were written (SeaORM's `insert` and `update`
//! without RETURNING). It is about reads: writes are another rule's.

use super::{Facts, RuleId, fix};
use crate::finding::{DistinctBinds, Finding, Place, Severity, Source};
use crate::ledger::{Group, Ledger, Tally};
use crate::scope::Kind as Scoped;
use crate::statement::{Kind, Limit, List, Shape};

/// Repeats that count where nobody can tell whether the values differed.
const BLIND_THRESHOLD: u64 = 5;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        findings.extend(repeats(facts, tally));
    }
}

/// True if the rule fires for a statement: other rules then leave it alone.
pub(super) fn fires(facts: &Facts<'_>, tally: &Tally) -> bool {
    repeats(facts, tally).next().is_some()
}

fn repeats<'a>(facts: &'a Facts<'a>, tally: &'a Tally) -> impl Iterator<Item = Finding> + 'a {
    let shape = tally.statement.shape();
    let is_candidate = is_candidate(shape);
    // In production the first executions are not placed: they belong to the
    // site that all later ones share, or to nobody.
    let unplaced = tally.groups.iter().find(|group| group.site.is_none());
    let sites = tally.groups.iter().filter(|group| group.site.is_some());
    let is_only_site = sites.clone().count() == 1;
    sites
        .filter(move |_| is_candidate)
        .filter_map(move |group| {
            let joined = unplaced.filter(|_| is_only_site);
            let count = group.count + joined.map_or(0, |joined| joined.count);
            let unknown = group.unknown_binds + joined.map_or(0, |joined| joined.unknown_binds);
            let distinct = group.distinct_binds(joined);
            let is_blind = unknown > 0 && distinct.count < 2;
            let threshold = if is_blind {
                BLIND_THRESHOLD.max(facts.threshold())
            } else {
                facts.threshold()
            };
            let read_back = group.read_back + joined.map_or(0, |joined| joined.read_back);
            // A place that was met twice is a loop; those that were not placed
            // may be its.
            let most = group.count + unplaced.map_or(0, |unplaced| unplaced.count);
            let is_loop = group.count >= 2 && most.saturating_sub(read_back) >= threshold;
            if !is_loop || (!is_blind && distinct.count < 2) {
                return None;
            }
            let first = joined.filter(|joined| joined.first < group.first);
            let source = source(facts.ledger, first.unwrap_or(group), count);
            // A name that is tried until it is free, a row that is awaited: no list
            // of parents stands before it.
            if shape.is_aggregate() && source.is_none() && count < BLIND_THRESHOLD {
                return None;
            }
            let mut finding = Finding::new(RuleId::NPlusOne, Severity::Error, count);
            finding.at_least = unplaced.is_some() && !is_only_site;
            let unread = group.unread + joined.map_or(0, |joined| joined.unread);
            let is_exact = unread == 0 && distinct.is_exact;
            finding.distinct_binds = (unknown == 0).then_some(DistinctBinds {
                count: distinct.count,
                at_least: !is_exact,
            });
            finding.explanation = if is_blind {
                let blind =
                    "the bound values are unknown: if they were equal, this is one query repeated";
                Some(blind.to_owned())
            } else {
                let placed = group.count;
                joined.map(|_| format!("the call site was read {placed} times, and was the same"))
            };
            finding.fix = fix::n_plus_one(tally.orm, &tally.statement, source.as_ref());
            finding.statement = Some(tally.statement.clone());
            finding.orm = tally.orm;
            finding.place = Place::new(group.chain.clone());
            // Together with those that were not placed it is about all of them.
            finding.site = group.site.filter(|_| joined.is_none());
            finding.source = source;
            Some(finding)
        })
}

/// How many statements the rule is blind to: they ran again, with other values
/// as far as is known, and no place of theirs was read.
pub(crate) fn unplaced(facts: &Facts<'_>) -> u64 {
    if facts.kind == Scoped::Test {
        return 0;
    }
    let tallies = &facts.tallies;
    let blind = tallies.iter().filter(|tally| {
        let [group] = tally.groups.as_slice() else {
            return false;
        };
        let is_varied = group.unknown_binds > 0 || group.distinct_binds(None).count > 1;
        group.site.is_none()
            && is_candidate(tally.statement.shape())
            && is_varied
            && group.count >= facts.threshold()
    });
    blind.count() as u64
}

fn is_candidate(shape: &Shape) -> bool {
    shape.kind() == Kind::Select && !is_batch(shape) && !is_page(shape)
}

/// `IN (..)` with several values, or with a number of them that the text does
/// not show: somebody is already batching.
fn is_batch(shape: &Shape) -> bool {
    matches!(shape.list(), List::Many | List::Unknown)
}

/// The next page of a list, by offset or by key.
fn is_page(shape: &Shape) -> bool {
    shape.limit() != Limit::Absent
        && (shape.has_offset() || (shape.has_range() && shape.has_order_by()))
}

/// The read whose rows explain the repeats, else the read that came before
/// the first of them. What repeats as often as the group itself stands beside
/// it in the same loop, and has the same source.
fn source(ledger: &Ledger, group: &Group, count: u64) -> Option<Source> {
    let by_rows = ledger
        .tallies()
        .into_iter()
        .flat_map(|tally| tally.groups.iter().map(move |group| (tally, group)))
        .filter(|(_, earlier)| earlier.first < group.first && earlier.rows == Some(count))
        .max_by_key(|(_, earlier)| earlier.first);
    if let Some((tally, earlier)) = by_rows {
        return Some(Source {
            statement: tally.statement.clone(),
            rows: Some(count),
            place: Place::new(earlier.chain.clone()),
        });
    }
    let mut key = group.preceded_by?;
    // Bounded: each step goes back to an earlier group.
    loop {
        let tally = ledger.tally(key.0)?;
        let earlier = tally.groups.iter().find(|group| group.is_at(key.1))?;
        if earlier.first >= group.first {
            return None;
        }
        match earlier.preceded_by {
            Some(before) if earlier.count == count && before != key => key = before,
            _ => {
                return Some(Source {
                    statement: tally.statement.clone(),
                    rows: None,
                    place: Place::new(earlier.chain.clone()),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Facts, Finding, judge, unplaced};
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
            });
        }
        ledger
    }

    fn facts(ledger: &Ledger) -> Facts<'_> {
        Facts {
            ledger,
            tallies: ledger.tallies(),
            kind: Kind::Handler,
            is_exact: false,
            budget: None,
            queries: ledger.executions(),
            silence: None,
        }
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
