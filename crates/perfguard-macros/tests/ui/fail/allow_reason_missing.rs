//! An allow on a statement needs a reason.

#[perfguard::query_budget(max = 3)]
fn shops() {
    #[perfguard::allow(n_plus_one)]
    for _ in 0..3 {}
}

fn main() {}
