use perfguard::query_budget;

const ROUNDS: i8 = -2;

#[query_budget(max = 1, export)]
fn load() {}

#[query_budget(max = 3, checked)]
fn handler(ids: &[u8]) {
    #[perfguard::times(ROUNDS)]
    for _ in ids {
        load();
    }
}

#[query_budget(max = 3, checked)]
fn text(ids: &[u8]) {
    #[perfguard::times(TEXT)]
    for _ in ids {
        load();
    }
}

const TEXT: &str = "2";

fn main() {}
