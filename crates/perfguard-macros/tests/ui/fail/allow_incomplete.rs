use perfguard::query_budget;

#[query_budget(max = 3, allow)]
fn word() {}

#[query_budget(max = 3, allow = n_plus_one)]
fn value() {}

#[query_budget(max = 3, allow())]
fn empty() {}

#[query_budget(max = 3, allow(reason = "two rows"))]
fn rule() {}

fn main() {
    word();
    value();
    empty();
    rule();
}
