use perfguard::query_budget;

mod repo {
    #[perfguard::query_budget(max = 2, export)]
    pub fn load() {}
}

#[query_budget(max = 3, checked(calls = [repo::load, repo::save]))]
fn handler() {
    repo::load();
}

fn main() {
    handler();
}
