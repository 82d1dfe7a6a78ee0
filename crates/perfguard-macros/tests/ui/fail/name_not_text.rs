use perfguard::query_budget;

#[query_budget(max = 3, name = list)]
fn word() {}

#[query_budget(max = 3, name = "")]
fn empty() {}

#[query_budget(max = 3, name)]
fn nothing() {}

fn main() {
    word();
    empty();
    nothing();
}
