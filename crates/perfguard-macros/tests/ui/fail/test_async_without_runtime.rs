#[perfguard::test]
async fn list() {}

fn main() {
    drop(list());
}
