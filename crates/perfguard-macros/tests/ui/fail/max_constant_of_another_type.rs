use perfguard::query_budget;

const HALF: f64 = 0.5;

#[query_budget(max = HALF)]
fn fraction() {}

#[query_budget(max = UNKNOWN)]
fn unknown() {}

fn main() {
    fraction();
    unknown();
}
