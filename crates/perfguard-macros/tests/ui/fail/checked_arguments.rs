use perfguard::query_budget;

#[query_budget(max = 3, checked = "deny")]
fn level_alone() {
    #[perfguard::times(2)]
    for _ in 0..3 {}
}

#[query_budget(max = 3, checked())]
fn nothing() {}

#[query_budget(max = 3, checked(level = "error", calls = User::find))]
fn mistaken() {}

#[query_budget(max = 3, checked(call = [find], level = "deny", level = "warn"))]
fn unknown() {}

#[query_budget(max = 3, checked, checked(calls = [Self::find, find()]))]
fn twice() {}

fn main() {
    level_alone();
    nothing();
    mistaken();
    unknown();
    twice();
}
