use perfguard::query_budget;

const BELOW: i64 = -1;

#[query_budget(max = BELOW)]
fn list() {}

fn main() {
    list();
}
