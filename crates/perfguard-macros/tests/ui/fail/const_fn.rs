use perfguard::query_budget;

#[query_budget(max = 3)]
const fn list() -> u8 {
    1
}

fn main() {
    const LIST: u8 = list();
    let _ = LIST;
}
