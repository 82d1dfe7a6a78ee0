// The closure of an iterator adapter is a loop too.
#![deny(warnings)]

use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

struct State {
    db: std::sync::Arc<Db>,
}

fn author(_: &Db, id: u32) -> u32 {
    id
}

#[query_budget(max = 3)]
fn authors(state: &State, ids: &[u32]) -> Vec<u32> {
    ids.iter().map(|id| author(&state.db, *id)).collect()
}

fn main() {}
