//! Among the types the name is taken, as it is beside the attributes of some web frameworks.

use perfguard::query_budget;

#[query_budget(max = 3, export)]
fn index() {}

#[allow(non_camel_case_types)]
struct index {}

fn main() {
    index();
}
