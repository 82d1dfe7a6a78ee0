use perfguard::query_budget;

struct Shop;

impl Shop {
    const PAGE: u64 = 2;

    #[query_budget(max = Self::PAGE)]
    fn list(&self) {}
}

fn main() {
    Shop.list();
}
