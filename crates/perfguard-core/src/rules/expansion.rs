//! Statements that an ORM wrote by itself for one call of the user.
//!
//! On SQLite, Diesel runs a batch insert of rows with optional values as one
//! INSERT per row, in a transaction of its own (its
//! `insert_with_default_for_sqlite`). The user wrote one `execute`: the
//! transaction and its statements come from the same frame of the user's code,
//! and count as one write per transaction.
//!
//! A loop in the user's own transaction has another frame, the loop's, between
//! the two. Telling them apart needs symbols; in production, and without debug
//! information, every such group counts as one write.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Group, Tally};
use crate::query::Orm;

/// How many of the ledger's executions are an ORM's own expansions.
///
/// Rows of one batch can be written by different statements, because columns
/// without a value are left out: what counts is the table.
pub(crate) fn expanded(tallies: &[&Tally]) -> u64 {
    let mut tables: BTreeMap<Option<&str>, Vec<&Group>> = BTreeMap::new();
    for tally in tallies {
        if may_be_expanded(tally) {
            let table = tally.statement.shape().main_table();
            let groups = tally
                .groups
                .iter()
                .filter(|group| group.batches.executions > 0 && !group.batches.mixed);
            tables.entry(table).or_default().extend(groups);
        }
    }
    tables.into_values().map(|groups| excess(&groups)).sum()
}

/// True if a group is an ORM's expansion of calls that each wrote several rows:
/// somebody is already batching.
pub(super) fn is_batch(tally: &Tally, group: &Group) -> bool {
    may_be_expanded(tally) && group.batches.executions > group.batches.changes && is_one_call(group)
}

/// SeaORM writes the rows of one call in one statement, always.
fn may_be_expanded(tally: &Tally) -> bool {
    tally.is_insert_on_sqlite() && tally.orm != Orm::SeaOrm
}

/// Executions beyond one per transaction.
fn excess(groups: &[&Group]) -> u64 {
    let beyond = |groups: &[&Group]| {
        let transactions: BTreeSet<_> = groups
            .iter()
            .flat_map(|group| &group.batches.transactions)
            .collect();
        let executions: u64 = groups.iter().map(|group| group.batches.executions).sum();
        executions.saturating_sub(transactions.len() as u64)
    };
    // Symbols are only looked at where there is something to find.
    if beyond(groups) == 0 {
        return 0;
    }
    let of_one_call: Vec<_> = groups
        .iter()
        .copied()
        .filter(|group| is_one_call(group))
        .collect();
    beyond(&of_one_call)
}

/// True if the statements and their transactions come from the same frame of
/// the user's code, as far as that can be known.
fn is_one_call(group: &Group) -> bool {
    let (Some(insert), Some((_, begin))) = (&group.chain, &group.batches.begun) else {
        return true;
    };
    match (insert.resolve(), begin.resolve()) {
        (Some(insert), Some(begin)) => insert == begin,
        _ => true,
    }
}
