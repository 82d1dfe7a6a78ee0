//! Nobody knows how often a callee with a budget runs.

use perfguard::query_budget;

#[query_budget(max = 3, export)]
fn load_user(id: u8) -> u8 {
    id
}

struct Post;

impl Post {
    #[query_budget(max = 2, export)]
    fn find(_: u8) -> Self {
        Self
    }
}

#[query_budget(max = 9, checked)]
fn in_for(ids: &[u8]) {
    for id in ids {
        load_user(*id);
    }
}

#[query_budget(max = 9, checked)]
async fn in_while(ids: &mut Vec<u8>) {
    while let Some(id) = ids.pop() {
        let _ = async { load_user(id) }.await;
    }
}

#[query_budget(max = 9, checked)]
fn in_iterators(ids: &[u8]) -> Vec<u8> {
    ids.iter().copied().map(load_user).map(|id| id + load_user(id)).collect()
}

#[query_budget(max = 9, checked(calls = [Post::find]))]
fn in_loop() {
    loop {
        Post::find(1);
    }
}

struct Pages<const COUNT: u8>;

impl<const COUNT: u8> Pages<COUNT> {
    #[query_budget(max = 9, checked)]
    fn of_nobody_knows_how_many(&self) {
        for id in 0..COUNT {
            load_user(id);
        }
    }
}

#[query_budget(max = 9, checked)]
fn by_another_name(ids: &mut Vec<u8>) {
    let load = |id| load_user(id);
    ids.retain(|id| load(*id) > 1);
}

fn main() {}
