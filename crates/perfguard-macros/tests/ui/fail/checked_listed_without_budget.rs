//! What is listed has to export a budget.

use perfguard::query_budget;

mod repo {
    pub fn load() {}
}

struct User;

impl User {
    #[query_budget(max = 2)]
    fn find() -> Self {
        Self
    }
}

#[query_budget(max = 3, checked(calls = [repo::load, User::find]))]
fn handler() {
    repo::load();
    User::find();
}

fn main() {}
