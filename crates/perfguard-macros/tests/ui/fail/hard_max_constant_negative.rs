use perfguard::query_budget;

const BELOW: i64 = -1;

#[query_budget(max = 3, hard_max_rows = BELOW)]
fn list() {}

fn main() {
    list();
}
