//! A job in production with an N+1, under the settings that it is asked for.
//! Prints the report.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test's own program"
)]

#[path = "call-sites/helper.rs"]
mod helper;

use perfguard::{CallSites, Scope, Settings};

fn main() {
    let settings = Settings::new();
    let argument = std::env::args().nth(1);
    let is_vendored = argument.as_deref() == Some("vendored");
    match argument.as_deref() {
        Some("late") => settings.call_sites(CallSites::new().repeats(100..=200)),
        Some("off") => settings.call_sites(CallSites::off()),
        Some("vendored") => settings.library_paths(["call-sites/"]),
        _ => settings,
    }
    .install()
    .expect("nothing was installed before");
    let scope = Scope::new("a job");
    scope.in_scope(|| {
        for id in 0..std::hint::black_box(12) {
            if is_vendored {
                helper::find(id); // the caller
            } else {
                perfguard::adapter::record(&helper::query(id)); // the query
            }
        }
    });
    println!("{}", scope.close());
}
