//! The statements of a scope under test: all of them, in the order in which
//! they ran first, with their places.

use std::sync::Arc;
use std::time::Duration;

use crate::finding::Place;
use crate::ledger::{Group, Tally};
use crate::statement::Statement;

/// Different statements of a scope that a run file tells of.
#[cfg(feature = "json")]
const MAX_LISTED: usize = 64;

/// Places of a statement that are kept.
const MAX_PLACES: usize = 16;

/// The statements of a scope.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    /// The most frequent first.
    statements: Vec<TracedStatement>,
}

#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "only run files tell all of it")
)]
pub(crate) struct TracedStatement {
    pub(crate) statement: Arc<Statement>,
    pub(crate) count: u64,
    /// Its place among the statements, counted from 1.
    pub(crate) first: usize,
    pub(crate) rows: Option<u64>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) places: Vec<TracedPlace>,
}

#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "only run files tell all of it")
)]
pub(crate) struct TracedPlace {
    pub(crate) count: u64,
    /// Its place among the places of all statements, counted from 1.
    pub(crate) first: usize,
    pub(crate) place: Place,
}

impl Traced {
    /// `tallies` in the order of their first execution.
    pub(crate) fn of(tallies: &[&Tally]) -> Self {
        let groups = tallies.iter().flat_map(|tally| &tally.groups);
        let mut firsts: Vec<u64> = groups.map(|group| group.first).collect();
        firsts.sort_unstable();
        let numbered = (1..).zip(tallies);
        let mut statements: Vec<_> = numbered
            .map(|(first, tally)| TracedStatement {
                statement: Arc::clone(&tally.statement),
                count: tally.count(),
                first,
                rows: tally.rows().map(|(taken, _)| taken),
                elapsed: tally.elapsed(),
                places: places(tally, &firsts),
            })
            .collect();
        statements.sort_by(|one, other| {
            (other.count, one.statement.text()).cmp(&(one.count, other.statement.text()))
        });
        Self { statements }
    }

    /// All of them.
    pub(crate) fn statements(&self) -> &[TracedStatement] {
        &self.statements
    }

    /// Those that a run file tells of.
    #[cfg(feature = "json")]
    pub(crate) fn listed(&self) -> &[TracedStatement] {
        let listed = self.statements.len().min(MAX_LISTED);
        self.statements.get(..listed).unwrap_or_default()
    }

    /// How many it does not.
    #[cfg(feature = "json")]
    pub(crate) fn unlisted(&self) -> u64 {
        self.statements.len().saturating_sub(MAX_LISTED) as u64
    }
}

fn places(tally: &Tally, firsts: &[u64]) -> Vec<TracedPlace> {
    let mut groups: Vec<&Group> = tally.groups.iter().collect();
    groups.sort_by_key(|group| group.first);
    let placed = groups.into_iter().take(MAX_PLACES);
    placed
        .map(|group| TracedPlace {
            count: group.count,
            first: firsts.partition_point(|first| *first < group.first) + 1,
            place: Place::new(group.chain.clone()),
        })
        .collect()
}
