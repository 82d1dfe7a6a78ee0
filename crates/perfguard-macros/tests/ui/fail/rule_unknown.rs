use perfguard::query_budget;

#[query_budget(max = 3, allow(n_plus_two, reason = "two rows"))]
fn list() {}

fn main() {
    list();
}
