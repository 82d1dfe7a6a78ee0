use perfguard::query_budget;

#[query_budget(max = 3, max = 4, allow_empty, name = "a", allow_empty, name = "b")]
fn keys() {}

#[query_budget(
    max = 3,
    allow(n_plus_one, reason = "two rows", reason = "three rows"),
    allow(duplicate_query, n_plus_one, reason = "two rows")
)]
fn rules() {}

fn main() {
    keys();
    rules();
}
