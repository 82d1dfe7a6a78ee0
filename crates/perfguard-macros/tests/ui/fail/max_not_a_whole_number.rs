use perfguard::query_budget;

#[query_budget(max = "3")]
fn text() {}

#[query_budget(max = 3.5)]
fn fraction() {}

#[query_budget(max = -1)]
fn negative() {}

#[query_budget(max = true)]
fn truth() {}

#[query_budget(max = 3f32)]
fn suffix() {}

#[query_budget(max = 18446744073709551616)]
fn large() {}

fn main() {
    text();
    fraction();
    negative();
    truth();
    suffix();
    large();
}
