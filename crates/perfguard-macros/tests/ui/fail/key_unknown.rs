use perfguard::query_budget;

#[query_budget(max = 3, limit = 4, max_querys)]
fn list() {}

fn main() {
    list();
}
