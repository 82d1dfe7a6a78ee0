//! A `let` without a value runs no query.

#[perfguard::query_budget(max = 3)]
fn shops() {
    #[perfguard::allow(n_plus_one, reason = "three shops")]
    let _shop: u8;
}

fn main() {}
