use perfguard::query_budget;

#[query_budget(max = 3, scales = "linear")]
fn word() {}

#[query_budget(max = 3, scales = -1.0)]
fn negative() {}

#[query_budget(max = 3, scales)]
fn nothing() {}

fn main() {
    word();
    negative();
    nothing();
}
