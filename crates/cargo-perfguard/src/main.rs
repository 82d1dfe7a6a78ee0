//! The command of [perfguard](https://docs.rs/perfguard): what a whole test run
//! says, and what the source does.
//!
//! ```text
//! cargo install cargo-perfguard
//! cargo perfguard test                        # runs the tests, then shows what they ran
//! cargo perfguard test --deny-stale-allows -p shop -- posts::
//! cargo perfguard test --update               # and writes their baselines
//! cargo perfguard review                      # shows baselines that changed, and asks
//! cargo perfguard review --reject
//! cargo perfguard report --format html --output report.html   # of the last run
//! cargo perfguard report target/other-run     # of a folder that a run was told to write to
//! cargo perfguard diff before after --format markdown
//! cargo perfguard check                       # queries in loops, without running anything
//! cargo perfguard check --baseline perfguard.baseline --format github
//! cargo perfguard doctor                      # what is connected, and what cannot be seen
//! cargo perfguard schema                      # foreign keys without an index, of DATABASE_URL
//! cargo perfguard stats --database-url URL    # how many rows tables have, into perfguard-rows.toml
//! ```
//!
//! `test` uses nextest if that is installed, and leaves the run in `perfguard/run` of the target
//! folder. A run of another kind, or in several steps, is told the folder by `PERFGUARD_RUN_DIR`.
//!
//! Exit codes: that of `cargo test` or nextest where it fails; 100 where something is found that
//! was denied: a budget broken where no test could fail for it, a stale allow with
//! `--deny-stale-allows`, growth between two runs, a finding of `check`, a problem of `doctor`, a
//! baseline that waits where `review` can ask nobody, an index that `schema` misses; 1 where a run,
//! a file or a database cannot be read; 2 for wrong arguments; 102 where `check`, `doctor`, `review`
//! or `stats` has no workspace, or no package of that name.

mod check;
mod cli;
#[cfg(feature = "database")]
mod database;
mod diff;
mod doctor;
mod escape;
mod failure;
mod output;
mod packages;
mod report;
mod review;
mod test;
mod workspace;

use std::process::ExitCode;

use cli::{Cargo, Command};

fn main() -> ExitCode {
    let Cargo::Perfguard { command } = cli::parse();
    let ended = match command {
        Command::Check(options) => return check::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Doctor(options) => return doctor::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Review(options) => return review::run(&options),
        #[cfg(feature = "database")]
        Command::Schema(options) => return database::schema(&options),
        #[cfg(feature = "database")]
        Command::Stats(options) => return database::stats(&options),
        Command::Test { options, arguments } => test::run(options, arguments),
    };
    ended.unwrap_or_else(|error| {
        cli::complain(&error);
        ExitCode::FAILURE
    })
}
