use perfguard::query_budget;

#[query_budget(3)]
struct Shop;

fn main() {
    let _ = Shop;
}
