use perfguard::query_budget;

#[query_budget(max = 3, allow(n_plus_one))]
fn missing() {}

#[query_budget(max = 3, allow(n_plus_one, reason = "  "))]
fn blank() {}

#[query_budget(max = 3, allow(n_plus_one, reason = WHY))]
fn constant() {}

#[query_budget(max = 3, allow(n_plus_one, because = "two rows"))]
fn because() {}

fn main() {
    missing();
    blank();
    constant();
    because();
}
