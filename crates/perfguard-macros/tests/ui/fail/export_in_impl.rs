//! Without `self` and `Self` nothing tells that it is an associated function.

use perfguard::query_budget;

struct User;

impl User {
    #[query_budget(max = 3, export)]
    fn find() -> User {
        User
    }
}

fn main() {
    User::find();
}
