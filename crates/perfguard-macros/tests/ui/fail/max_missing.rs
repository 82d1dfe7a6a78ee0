use perfguard::query_budget;

#[query_budget]
fn list() -> u8 {
    1
}

#[query_budget(name = "list")]
async fn list_async() -> u8 {
    1
}

fn main() {
    let _: u8 = list();
    drop(list_async());
}
