// A lint that does not exist, a rule in its place, one that is stated twice, none at all, and a day.
use perfguard::query_budget;

#[query_budget(
    max = 3,
    warn(query_in_loops, n_plus_one),
    deny(query_in_loop, format_sql),
    allow(query_in_loop, reason = "three posts"),
    warn(),
    deny,
    allow(truncate_in_memory, reason = "ten rows", expires = "2099-12-31"),
)]
fn feed() {}

fn main() {}
