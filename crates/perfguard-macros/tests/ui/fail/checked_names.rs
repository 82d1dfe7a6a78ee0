//! A budget is found by each name that its function has.

mod repo {
    use perfguard::query_budget;

    #[query_budget(max = 3, export)]
    pub fn load_user() {}

    pub mod deep {
        #[perfguard::query_budget(max = 1, export)]
        pub fn load_tag() {}
    }
    pub use deep::load_tag as tag;

    pub struct Post;

    impl Post {
        #[query_budget(max = 2, export)]
        pub fn find() -> Self {
            Self
        }

        #[query_budget(max = 4, export = "method")]
        pub fn list() -> Vec<Post> {
            Vec::new()
        }
    }
}

use perfguard::query_budget;
use repo::load_user;
use repo::load_user as user;
use repo::*;

#[query_budget(max = 0, checked(level = "deny"))]
fn imported() {
    load_user()
}

#[query_budget(max = 0, checked(level = "deny"))]
fn renamed() {
    user()
}

#[query_budget(max = 0, checked(level = "deny"))]
fn re_exported() {
    tag()
}

struct Service;

impl Service {
    #[query_budget(max = 0, checked(calls = [repo::deep::load_tag, Post::find, repo::Post::list], level = "deny"))]
    async fn listed(&self) {
        futures(repo::deep::load_tag(), Post::find());
        repo::Post::list();
    }
}

fn futures(_: (), _: Post) {}

fn main() {}
