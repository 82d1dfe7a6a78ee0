#[perfguard::test(max = 3, hard_max = 4, checked, colour = "red", allow(query_in_loop, reason = "a lint"))]
fn list() {}

#[perfguard::test(max = 3, max = 4, profile = "request")]
fn twice() {}

fn main() {}
