//! The last day of an allow is one of the calendar.

#[perfguard::query_budget(max = 3, allow(n_plus_one, reason = "three shops", expires = "2027-02-29"))]
fn shops() {}

#[perfguard::allow(n_plus_one, reason = "three shops", expires = 2027)]
fn books() {}

fn main() {}
