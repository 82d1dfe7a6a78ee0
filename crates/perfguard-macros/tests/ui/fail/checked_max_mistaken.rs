//! A mistaken `max` is one mistake, whoever uses it.

use perfguard::query_budget;

const NEGATIVE: i8 = -1;

#[query_budget(max = NEGATIVE, export)]
fn load() {}

#[query_budget(max = 1.5 + 1.5, export)]
fn list() {}

#[query_budget(max = NEGATIVE, checked)]
fn handler() {
    load();
    list();
}

#[query_budget(max = UNKNOWN, checked)]
fn unknown() {
    load();
}

fn main() {}
