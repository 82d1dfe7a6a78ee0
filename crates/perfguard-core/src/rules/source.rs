//! The read that a loop went over: whose rows, or whose place in the order of
//! events, explain the repeats.
//!
//! Candidates are the reads that began before the loop. Rows decide first: a
//! read of fewer rows than there were repeats explains nothing. Then names do
//! (`posts.author_id` and `authors.id`, `comments.post_id` and `posts`), then a
//! number of rows that is that of the repeats, then order: the later one.
//! What gives one row each time it runs has to run as often as the loop. It
//! stands beside it in the same loop then, and both have one source.

use super::fix::{main_table, singular};
use super::unbounded_result::is_lookup;
use crate::callsite::{Chain, SiteId};
use crate::finding::{Place, Source};
use crate::ledger::{Group, Ledger, Tally};
use crate::statement::{Kind, Limit, List, Shape};

/// One read from one place, before the loop.
struct Candidate<'a> {
    tally: &'a Tally,
    chain: Option<&'a Chain>,
    count: u64,
    /// The rows of all its executions, if known of all its groups.
    rows: Option<u64>,
    first: u64,
}

/// The repeats that are to be explained.
pub(super) struct Loop<'a> {
    pub(super) tally: &'a Tally,
    pub(super) first: &'a Group,
    /// Its own place.
    pub(super) site: Option<SiteId>,
    pub(super) count: u64,
}

impl Loop<'_> {
    /// The source, if one explains it.
    pub(super) fn source(&self, ledger: &Ledger) -> Option<Source> {
        let candidates = self.candidates(ledger);
        let found = candidates
            .into_iter()
            .filter(|candidate| !self.stands_beside(candidate))
            .max_by_key(|candidate| self.rank(candidate))?;
        Some(Source {
            statement: found.tally.statement.clone(),
            rows: found.rows.filter(|rows| *rows == self.count),
            place: Place::new(found.chain.cloned()),
        })
    }

    /// True if something before it could have been a list.
    pub(super) fn has_list_before(&self, ledger: &Ledger) -> bool {
        !self.candidates(ledger).is_empty()
    }

    fn candidates<'a>(&self, ledger: &'a Ledger) -> Vec<Candidate<'a>> {
        let mut candidates = Vec::new();
        for tally in ledger.tallies() {
            candidates.extend(self.places(tally));
        }
        candidates.retain(|candidate| self.may_explain(candidate));
        candidates
    }

    fn may_explain(&self, candidate: &Candidate<'_>) -> bool {
        if candidate.first >= self.first.first {
            return false;
        }
        let shape = candidate.tally.statement.shape();
        // A write gives rows back only where it says so.
        let is_read = shape.kind() == Kind::Select || candidate.rows == Some(self.count);
        let is_many = candidate.count >= self.count || !is_one_row(shape);
        // A row can be asked about twice, from one line.
        let is_enough = candidate.rows.is_none_or(|rows| rows >= self.count)
            || candidate.rows > Some(0) && self.belongs_to(candidate);
        is_read && is_many && is_enough
    }

    /// The places of a statement. In production not every execution is placed:
    /// those that were not belong to the only place there is.
    fn places<'a>(&self, tally: &'a Tally) -> Vec<Candidate<'a>> {
        let is_own = |group: &Group| std::ptr::eq(tally, self.tally) && group.is_at(self.site);
        let sites = tally.groups.iter().filter(|group| group.site.is_some());
        if sites.count() > 1 {
            let others = tally.groups.iter().filter(|group| !is_own(group));
            return others
                .map(|group| Candidate::of(tally, std::slice::from_ref(group)))
                .collect();
        }
        if std::ptr::eq(tally, self.tally) {
            return Vec::new();
        }
        vec![Candidate::of(tally, &tally.groups)]
    }

    /// As often as the loop, and not what it asks about: in the same loop.
    fn stands_beside(&self, candidate: &Candidate<'_>) -> bool {
        candidate.count == self.count && candidate.count > 1 && !self.belongs_to(candidate)
    }

    fn belongs_to(&self, candidate: &Candidate<'_>) -> bool {
        belongs(self.tally, candidate.tally)
    }

    fn rank(&self, candidate: &Candidate<'_>) -> (bool, bool, bool, u64) {
        (
            candidate.rows.is_none_or(|rows| rows >= self.count),
            self.belongs_to(candidate),
            candidate.rows == Some(self.count),
            candidate.first,
        )
    }
}

impl<'a> Candidate<'a> {
    fn of(tally: &'a Tally, groups: &'a [Group]) -> Self {
        Self {
            tally,
            chain: groups.iter().find_map(|group| group.chain.as_ref()),
            count: groups.iter().map(|group| group.count).sum(),
            rows: groups
                .iter()
                .try_fold(0, |sum: u64, group| Some(sum.saturating_add(group.rows?))),
            first: groups.iter().map(|group| group.first).min().unwrap_or(0),
        }
    }
}

/// One row each time it runs, or none.
pub(super) fn is_one_row(shape: &Shape) -> bool {
    shape.is_aggregate()
        || shape.limit() == Limit::Rows(1)
        || is_lookup(shape) && shape.list() == List::Absent
}

/// True for a look-up of the parent of a row in the list, or of its children,
/// as the names of columns have it.
///
/// A look-up by more than one column is somebody's decision about each row.
pub(super) fn belongs(look_up: &Tally, list: &Tally) -> bool {
    let (shape, listed) = (look_up.statement.shape(), list.statement.shape());
    let (Some(table), Some(of)) = (main_table(shape), main_table(listed)) else {
        return false;
    };
    if table == of {
        return false;
    }
    let own = format!("{}_id", singular(table));
    let parents = format!("{}_id", singular(of));
    shape.equalities().iter().any(|column| {
        if column.name() == "id" {
            // A list of one parent's rows knows that parent.
            let is_pinned = listed.equalities().iter().any(|it| it.name() == own);
            !is_pinned && names(list.statement.text(), &own)
        } else {
            column.name() == parents
        }
    })
}

/// Whether a name stands in a text, and not within another.
fn names(text: &str, name: &str) -> bool {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .any(|word| word == name)
}

#[cfg(test)]
mod tests;
