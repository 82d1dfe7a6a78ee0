use perfguard::query_budget;

#[query_budget(max = 3, checked)]
fn handler(ids: &[u8]) {
    #[perfguard::times]
    for _ in ids {}
    #[perfguard::times()]
    for _ in ids {}
    #[perfguard::times("20")]
    for _ in ids {}
    #[perfguard::times(-1)]
    for _ in ids {}
    #[perfguard::times(1.5)]
    for _ in ids {}
    #[perfguard::times(20, 3)]
    for _ in ids {}
    #[perfguard::times(3)]
    #[perfguard::times(2)]
    for _ in ids {}
}

fn main() {
    handler(&[]);
}
