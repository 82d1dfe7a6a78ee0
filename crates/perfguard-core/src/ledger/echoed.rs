//! What a second source saw of one statement.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{Execution, Group};
use crate::callsite::{Chain, SiteId};
use crate::query::Orm;
use crate::statement::{Fingerprint, Statement};

/// The executions of one statement, as a second source saw them.
#[derive(Clone, Debug)]
pub(super) struct Echoed {
    pub(super) statement: Arc<Statement>,
    pub(super) orm: Orm,
    pub(super) groups: Vec<Group>,
    /// The fingerprints that an adapter may have reported it with, who knew
    /// the dialect.
    readings: SmallVec<[Fingerprint; 3]>,
}

impl Echoed {
    pub(super) fn new(execution: &Execution<'_>, readings: &[Fingerprint]) -> Self {
        Self {
            statement: Arc::clone(execution.statement),
            orm: execution.orm,
            groups: Vec::new(),
            readings: readings.into(),
        }
    }

    /// Counts one execution; true if its place is a new one.
    pub(super) fn enter(
        &mut self,
        execution: &Execution<'_>,
        place: Option<&(SiteId, Chain)>,
        clock: u64,
        preceded_by: Option<(Fingerprint, Option<SiteId>)>,
    ) -> bool {
        let site = place.map(|(site, _)| *site);
        let known = self.groups.iter().position(|group| group.site == site);
        let is_new = known.is_none();
        let known = known.unwrap_or_else(|| {
            self.groups.push(Group::new(place, clock, preceded_by));
            self.groups.len() - 1
        });
        if let Some(group) = self.groups.get_mut(known) {
            group.enter(execution, false, true);
            group.rows = match (group.rows, execution.completion.rows) {
                (_, None) => None,
                (None, Some(rows)) => (group.count == 1).then_some(rows),
                (Some(before), Some(rows)) => Some(before.saturating_add(rows)),
            };
        }
        is_new && site.is_some()
    }

    pub(super) fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    pub(super) fn first(&self) -> u64 {
        let first = self.groups.iter().map(|group| group.first).min();
        first.unwrap_or(0)
    }

    /// The rows of all executions; `None` if one of them is unknown.
    pub(super) fn rows(&self) -> Option<u64> {
        self.groups
            .iter()
            .try_fold(0_u64, |rows, group| Some(rows.saturating_add(group.rows?)))
    }

    /// The fingerprint under which it has been reported; else its own.
    pub(super) fn reported_as(&self, is_reported: impl Fn(Fingerprint) -> bool) -> Fingerprint {
        let own = self.statement.fingerprint();
        std::iter::once(own)
            .chain(self.readings.iter().copied())
            .find(|fingerprint| is_reported(*fingerprint))
            .unwrap_or(own)
    }

    /// Takes over another text of the same statement.
    pub(super) fn join(&mut self, other: Self) {
        for group in other.groups {
            match self.groups.iter_mut().find(|it| it.site == group.site) {
                Some(known) => known.join(group),
                None => self.groups.push(group),
            }
        }
    }
}
