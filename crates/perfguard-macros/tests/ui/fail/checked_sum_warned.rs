//! Without a level it is a warning, whose text cannot be computed.
#![deny(warnings)]

use perfguard::query_budget;

const FEW: u32 = 2;

#[query_budget(max = 3, export)]
fn load_user() {}

fn render() {}

#[query_budget(max = FEW, checked)]
fn handler() {
    load_user();
    render();
}

fn main() {
    handler();
}
