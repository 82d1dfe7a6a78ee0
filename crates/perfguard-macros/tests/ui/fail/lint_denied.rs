// What is denied is an error at the same place.
use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

async fn author(_: &Db, id: u32) -> u32 {
    id
}

#[query_budget(max = 3, deny(query_in_loop))]
async fn authors(db: &Db, ids: Vec<u32>) -> u32 {
    let mut sum = 0;
    for id in ids {
        sum += author(db, id).await;
    }
    sum
}

fn main() {}
