#[perfguard::times(3)]
fn function() -> u8 {
    3
}

fn statement() {
    #[perfguard::times(3)]
    for _ in 0..3 {}
}

fn main() {
    statement();
    let _ = #[perfguard::times(3)]
    function();
}
