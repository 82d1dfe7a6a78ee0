use perfguard::query_budget;

#[query_budget(max = 3, export = "method")]
fn find() {}

fn main() {
    find();
}
