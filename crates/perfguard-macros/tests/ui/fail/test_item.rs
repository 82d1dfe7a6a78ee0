#[perfguard::test]
mod tests {}

fn main() {}
