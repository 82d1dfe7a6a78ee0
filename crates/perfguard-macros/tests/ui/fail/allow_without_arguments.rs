//! An allow says what is allowed.

#[perfguard::query_budget(max = 3)]
fn shops() {
    #[perfguard::allow]
    for _ in 0..3 {}
}

fn main() {}
