use perfguard::query_budget;

#[query_budget(max = 3, profile = "test")]
fn judged_as_a_test() {}

#[query_budget(max = 3, profile = job)]
fn no_text() {}

#[query_budget(max = 3, profile = "job", profile = "job")]
fn twice() {}

fn main() {
    judged_as_a_test();
    no_text();
    twice();
}
