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

use crate::ledger::{Group, Ledger};

/// How many of the ledger's executions are an ORM's own expansions.
pub(crate) fn expanded(ledger: &Ledger) -> u64 {
    ledger
        .tallies()
        .into_iter()
        .filter(|tally| tally.is_insert_on_sqlite())
        .flat_map(|tally| &tally.groups)
        .filter(|group| is_one_call(group))
        .map(|group| group.batches.executions - group.batches.transactions.len() as u64)
        .sum()
}

fn is_one_call(group: &Group) -> bool {
    let batches = &group.batches;
    if batches.mixed || batches.executions <= batches.transactions.len() as u64 {
        return false;
    }
    let (Some(insert), Some((_, begin))) = (&group.chain, &batches.begun) else {
        return true;
    };
    match (insert.resolve(), begin.resolve()) {
        (Some(insert), Some(begin)) => insert == begin,
        _ => true,
    }
}
