#![deny(unused_variables)]

use perfguard::query_budget;

#[query_budget(max = 3)]
fn moved(text: String) -> usize {
    drop(text);
    text.len()
}

#[query_budget(max = 3)]
async fn moved_async(text: String) -> usize {
    drop(text);
    text.len()
}

#[query_budget(max = 3)]
fn unused(text: String) {}

#[query_budget(max = 3)]
async fn unused_async(text: String) {}

fn main() {}
