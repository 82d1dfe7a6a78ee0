use perfguard::query_budget;

#[query_budget(max = 3, allow_empty = true)]
fn list() {}

#[query_budget(max = 3, allow_empty(true))]
fn show() {}

fn main() {
    list();
    show();
}
