#[perfguard::test(max = 3)]
fn list() {}

fn main() {
    list();
}
