// One warning for each call that gets a connection, at the callee's name.
#![deny(warnings)]

use perfguard::{IsConnection, query_budget};

struct Db;

impl IsConnection for Db {}

struct Post {
    id: u32,
    author: u32,
}

impl Post {
    fn comments(&self, _: &Db) -> u32 {
        self.id
    }
}

fn author(_: &Db, id: u32) -> u32 {
    id
}

impl Db {
    fn likes(&self, id: u32) -> u32 {
        id
    }
}

#[query_budget(max = 3)]
fn feed(db: &Db, posts: &[Post]) -> u32 {
    let mut sum = 0;
    for post in posts {
        sum += author(db, post.author);
        let comments = post.comments(db);
        println!("{comments} {}", author(&*db, post.id));
        sum += db.likes(post.id);
    }
    sum
}

fn main() {}
