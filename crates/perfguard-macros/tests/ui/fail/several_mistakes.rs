use perfguard::query_budget;

#[query_budget(
    max = "three",
    limit = 4,
    allow(n-plus-one),
    allow_empty = false,
    name = ""
)]
fn list() -> Result<u8, String> {
    Ok(1)
}

fn main() {
    let _: Result<u8, String> = list();
}
