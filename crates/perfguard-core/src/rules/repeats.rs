//! What a loop leaves in a ledger: one statement, from one place, with other
//! values each time. Reads are `n-plus-one`'s, writes are `repeated-write`'s.
//!
//! Needs bind identities and the call site. Adjacency and time do not matter:
//! concurrent and interleaved repeats are the same loop. In production only
//! the first repeats are read, and some of the later ones: there are at least
//! as many different values then as were seen. Of one place only, those that
//! were not read are its as well; of several, each has at least those that
//! were.
//!
//! Threshold: see [`Facts::threshold`]. Where binds are unknown it is
//! [`BLIND_THRESHOLD`] in tests as well, and the finding says so.

use super::{Facts, RuleId, n_plus_one, repeated_write};
use crate::finding::{DistinctBinds, Finding, Place, Severity};
use crate::ledger::{Group, Tally};
use crate::scope::Kind;
use crate::statement::Shape;

/// Repeats that count where nobody can tell whether the values differed: as
/// many as in production, see [`Facts::threshold`].
pub(super) const BLIND_THRESHOLD: u64 = super::REPEATS;

/// The executions of one statement from one place.
pub(super) struct Repeats<'a> {
    pub(super) tally: &'a Tally,
    pub(super) group: &'a Group,
    /// Executions whose place was not read, and which can only be this one's.
    joined: Option<&'a Group>,
    pub(super) count: u64,
    is_at_least: bool,
    is_blind: bool,
    distinct_binds: Option<DistinctBinds>,
}

/// The places from which a statement ran as a loop would run it.
pub(super) fn of<'a>(
    facts: &'a Facts<'a>,
    tally: &'a Tally,
) -> impl Iterator<Item = Repeats<'a>> + 'a {
    // In production the first executions are not placed: they belong to the
    // site that all later ones share, or to nobody.
    let unplaced = tally.groups.iter().find(|group| group.site.is_none());
    let sites = tally.groups.iter().filter(|group| group.site.is_some());
    let is_only_site = sites.clone().count() == 1;
    sites.filter_map(move |group| {
        let joined = unplaced.filter(|_| is_only_site);
        let sum = |of: fn(&Group) -> u64| of(group) + joined.map_or(0, of);
        let count = sum(|it| it.count);
        let unknown = sum(|it| it.unknown_binds);
        let distinct = group.distinct_binds(joined);
        let is_blind = unknown > 0 && distinct.count < 2;
        let threshold = if is_blind {
            BLIND_THRESHOLD.max(facts.threshold())
        } else {
            facts.threshold()
        };
        let needless = sum(|it| it.read_back + it.in_vain);
        // A place that was met twice is a loop; those that were not placed may
        // be its.
        let most = group.count + unplaced.map_or(0, |unplaced| unplaced.count);
        let is_loop = group.count >= 2 && most.saturating_sub(needless) >= threshold;
        if !is_loop || (!is_blind && distinct.count < 2) {
            return None;
        }
        let is_exact = sum(|it| it.unread) == 0 && distinct.is_exact;
        Some(Repeats {
            tally,
            group,
            joined,
            count,
            is_at_least: unplaced.is_some() && !is_only_site,
            is_blind,
            distinct_binds: (unknown == 0).then_some(DistinctBinds {
                count: distinct.count,
                at_least: !is_exact,
            }),
        })
    })
}

impl<'a> Repeats<'a> {
    /// The group of the first of them.
    pub(super) fn first(&self) -> &'a Group {
        self.joined
            .filter(|joined| joined.first < self.group.first)
            .unwrap_or(self.group)
    }

    /// A finding of `rule` about them; what to do about it is the rule's.
    pub(super) fn finding(&self, rule: RuleId) -> Finding {
        let mut finding = Finding::new(rule, Severity::Error, self.count);
        finding.at_least = self.is_at_least;
        finding.distinct_binds = self.distinct_binds;
        finding.explanation = if self.is_blind {
            let blind =
                "the bound values are unknown: if they were equal, this is one statement repeated";
            Some(blind.to_owned())
        } else {
            let placed = self.group.count;
            self.joined
                .map(|_| format!("the call site was read {placed} times, and was the same"))
        };
        finding.statement = Some(self.tally.statement.clone());
        finding.orm = self.tally.orm;
        finding.place = Place::new(self.group.chain.clone());
        // Together with those that were not placed it is about all of them.
        finding.site = self.group.site.filter(|_| self.joined.is_none());
        finding
    }
}

/// How many statements these rules are blind to: they ran again, with other
/// values as far as is known, and no place of theirs was read.
pub(crate) fn unplaced(facts: &Facts<'_>) -> u64 {
    if facts.kind == Kind::Test {
        return 0;
    }
    let is_candidate =
        |shape: &Shape| n_plus_one::is_candidate(shape) || repeated_write::is_candidate(shape);
    let blind = facts.tallies.iter().filter(|tally| {
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
