//! `cargo perfguard schema` and `stats` on databases that are made for them.

mod places;
mod schema;
mod secrets;
mod stats;

use std::path::Path;

use crate::report::{command, ended};

/// Runs a command on a database that the environment names; its exit code, and what it printed.
fn on(folder: &Path, url: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(folder, arguments);
    for name in ["PERFGUARD", "PERFGUARD_CONFIG"] {
        command.env_remove(name);
    }
    ended(command.env("DATABASE_URL", url))
}
