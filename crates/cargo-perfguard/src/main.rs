//! The command of [perfguard](https://docs.rs/perfguard): what a whole test run
//! says, and what the source does.
//!
//! ```text
//! cargo install cargo-perfguard
//! cargo perfguard test                        # cargo test, then the summary
//! cargo perfguard test --deny-stale-allows -p shop -- posts::
//! cargo perfguard report target/perfguard     # of a folder that a run was told to write to
//! cargo perfguard check                       # queries in loops, without running anything
//! cargo perfguard check --baseline perfguard.baseline --format github
//! ```
//!
//! A run of another kind, by nextest or in several steps, is told the folder by
//! `PERFGUARD_RUN_DIR`, and read by `report`.
//!
//! Exit codes: that of `cargo test` where it fails; 100 where something is
//! found that was denied; 1 where a run or a file cannot be read; 2 for wrong
//! arguments; 102 where `check` has no workspace, or no package of that name.

mod allows;
mod check;
mod cli;
mod escape;
mod run;
mod test;

use std::process::ExitCode;

use cli::{Cargo, Command};

fn main() -> ExitCode {
    let Cargo::Perfguard { command } = cli::parse();
    let ended = match command {
        Command::Check(options) => return check::run(&options),
        Command::Report { folder, options } => allows::report(&folder, options),
        Command::Test { options, arguments } => test::run(options, arguments),
    };
    ended.unwrap_or_else(|error| {
        cli::complain(&error);
        ExitCode::FAILURE
    })
}
