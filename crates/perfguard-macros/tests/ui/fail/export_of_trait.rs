//! A trait's function has no budget of its own.

use perfguard::query_budget;

trait Store {
    fn load(&self);
}

struct Rows;

impl Store for Rows {
    #[query_budget(max = 3, export)]
    fn load(&self) {}
}

fn main() {
    Rows.load();
}
