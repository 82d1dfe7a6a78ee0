use perfguard::query_budget;

#[query_budget(max = 3 allow_empty, name = "list")]
fn list() {}

#[query_budget(, max = 3)]
fn show() {}

fn main() {
    list();
    show();
}
