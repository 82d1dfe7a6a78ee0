//! The command of [perfguard](https://docs.rs/perfguard): what a whole test run
//! says.
//!
//! ```text
//! cargo install cargo-perfguard
//! cargo perfguard test                        # cargo test, then the summary
//! cargo perfguard test --deny-stale-allows -p shop -- posts::
//! cargo perfguard report target/perfguard     # of a folder that a run was told to write to
//! ```
//!
//! A run of another kind, by nextest or in several steps, is told the folder by
//! `PERFGUARD_RUN_DIR`, and read by `report`.
//!
//! Exit codes: that of `cargo test` where it fails; 100 where something is
//! found that was denied; 1 where a run cannot be read; 2 for wrong arguments.

mod allows;
mod cli;
mod run;
mod test;

use std::process::ExitCode;

use cli::{Cargo, Command};

fn main() -> ExitCode {
    let Cargo::Perfguard { command } = cli::parse();
    let ended = match command {
        Command::Report { folder, options } => allows::report(&folder, options),
        Command::Test { options, arguments } => test::run(options, arguments),
    };
    ended.unwrap_or_else(|error| {
        cli::complain(&error);
        ExitCode::FAILURE
    })
}
