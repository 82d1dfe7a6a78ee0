// What syntax alone decides is warned of, and what is denied refused.
#![deny(warnings)]

use perfguard::query_budget;

#[query_budget(max = 3)]
async fn waits() {
    std::thread::sleep(std::time::Duration::from_millis(10));
}

#[query_budget(max = 3, deny(blocking_in_async))]
async fn waits_still() {
    std::thread::sleep(std::time::Duration::from_millis(10));
}

fn main() {}
