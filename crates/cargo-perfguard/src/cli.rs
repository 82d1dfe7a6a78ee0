//! The arguments, and what is said to the terminal.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};

use clap::{Args, Parser, Subcommand};

use crate::check;
#[cfg(feature = "database")]
use crate::database::{SchemaOptions, StatsOptions};
use crate::diff::DiffOptions;
use crate::doctor::DoctorOptions;
use crate::report::ReportOptions;
use crate::review::ReviewOptions;
use crate::test::TestOptions;

/// As cargo calls it: `cargo-perfguard perfguard ..`.
#[derive(Debug, Parser)]
#[command(name = "cargo", bin_name = "cargo")]
pub(crate) enum Cargo {
    /// Query budgets: what a whole test run says, and what the source does
    #[command(version)]
    Perfguard {
        #[command(subcommand)]
        command: Command,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Finds queries in loops in the source of a workspace, and nothing is run
    Check(#[command(flatten)] Box<check::Options>),
    /// Compares two runs: which handlers run more statements than before
    Diff(#[command(flatten)] DiffOptions),
    /// Says what is installed and connected, what cannot be seen, and what to do
    Doctor(#[command(flatten)] DoctorOptions),
    /// Shows what a test run has left
    Report(#[command(flatten)] ReportOptions),
    /// Shows each baseline that is not as it was, and accepts or rejects it
    Review(#[command(flatten)] ReviewOptions),
    /// Lists the foreign keys of a database that have no index on the side that refers
    #[cfg(feature = "database")]
    Schema(#[command(flatten)] SchemaOptions),
    /// Writes how many rows the tables of a database have, by its own statistics
    #[cfg(feature = "database")]
    Stats(#[command(flatten)] StatsOptions),
    /// Runs the tests, and shows what the whole run has left
    Test {
        #[command(flatten)]
        options: TestOptions,
        /// Arguments of `cargo test` or `cargo nextest run`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Exits with 100 if an allow matched nothing
    #[arg(long)]
    pub(crate) deny_stale_allows: bool,
}

/// The arguments; ends the process where they are wrong.
pub(crate) fn parse() -> Cargo {
    Cargo::try_parse().unwrap_or_else(|error| {
        let said = error.to_string();
        let arguments = std::env::args_os().map(|it| it.to_string_lossy().into_owned());
        let shown = arguments.fold(said.clone(), |said, it| without_url(&said, &it));
        if shown == said {
            error.exit();
        }
        let _ = write!(stderr(), "{shown}");
        std::process::exit(error.exit_code())
    })
}

/// What is said of arguments, without one that is a URL: it may hold a password, and stands where
/// none belongs.
fn without_url(said: &str, argument: &str) -> String {
    match argument.contains("://") {
        true => said.replace(argument, "URL"),
        false => said.to_owned(),
    }
}

/// Writes a result. Whoever has closed the pipe does not want it.
pub(crate) fn say(text: impl Display) {
    let _ = writeln!(stdout(), "{text}");
}

/// Writes what went wrong.
pub(crate) fn complain(problem: impl Display) {
    let _ = writeln!(stderr(), "error: {problem}");
}

/// Writes what is worth knowing and does no harm.
pub(crate) fn warn(problem: impl Display) {
    let _ = writeln!(stderr(), "warning: {problem}");
}

/// Writes what was done.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(stderr(), "perfguard: {text}");
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test that cannot go on")]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cargo, Command};

    #[test]
    fn the_arguments_are_sound() {
        Cargo::command().debug_assert();
    }

    #[test]
    fn what_is_not_ours_goes_to_cargo_test() {
        let words = "cargo perfguard test --deny-stale-allows -p shop --release -- posts:: --exact";
        let Ok(Cargo::Perfguard { command }) = Cargo::try_parse_from(words.split(' ')) else {
            panic!("not parsed");
        };
        let Command::Test { options, arguments } = command else {
            panic!("{command:?}");
        };
        assert!(options.options.deny_stale_allows);
        assert_eq!(
            arguments,
            ["-p", "shop", "--release", "--", "posts::", "--exact"]
        );
    }
}
