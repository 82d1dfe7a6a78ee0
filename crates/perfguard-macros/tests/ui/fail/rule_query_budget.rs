use perfguard::query_budget;

#[query_budget(max = 3, allow(query_budget, reason = "many rows"))]
fn list() {}

fn main() {
    list();
}
