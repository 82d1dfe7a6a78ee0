use perfguard::query_budget;

#[query_budget(max = 3, export = "fn")]
fn unknown() {}

#[query_budget(max = 3, export(method))]
fn parentheses() {}

#[query_budget(max = 3, export, export = "method")]
fn twice() {}

fn main() {
    unknown();
    parentheses();
    twice();
}
