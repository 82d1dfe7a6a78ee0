use perfguard::query_budget;

#[query_budget(max = 3, hard_max = 2)]
fn below() {}

#[query_budget(max = 3, hard_max = "100", hard_max_rows = 1.5)]
fn no_numbers() {}

#[query_budget(max = 3, hard_max, hard_max_rows =)]
fn no_values() {}

#[query_budget(hard_max = 3)]
fn no_max() {}

#[query_budget(max = 3, hard_max = 4, hard_max = 5)]
fn twice() {}


fn main() {
    below();
    no_numbers();
    no_values();
    no_max();
    twice();
}
