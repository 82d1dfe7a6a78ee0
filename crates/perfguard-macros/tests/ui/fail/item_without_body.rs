use perfguard::query_budget;

#[query_budget(max = 3)]
struct Shop;

#[query_budget(max = 3)]
impl Shop {}

#[query_budget(max = 3)]
mod shop {}

#[query_budget(max = 3)]
pub(crate) const LIST: fn() = main;

trait Store {
    #[query_budget(max = 3)]
    fn list(&self) -> u8;
}

impl Store for Shop {
    fn list(&self) -> u8 {
        1
    }
}

fn main() {
    Shop.list();
}
