//! An allow on a function names a rule that there is.

#[perfguard::allow(n_plus_two, reason = "three shops")]
fn shops() {}

fn main() {}
