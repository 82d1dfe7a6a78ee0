use perfguard::query_budget;

#[query_budget(max = 3, allow(n-plus-one, reason = "two rows"))]
fn kebab() {}

#[query_budget(max = 3, allow("n-plus-one", reason = "two rows"))]
fn text() {}

#[query_budget(max = 3, allow("duplicate_query", reason = "two rows"))]
fn quoted() {}

fn main() {
    kebab();
    text();
    quoted();
}
