//! The arguments of `cargo perfguard check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use perfguard_lints::{LINTS, Lint};

use crate::packages::Selection;

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Warns of what all lints find, also of those that are often wrong
    #[arg(long)]
    pub(crate) pedantic: bool,
    /// Does not look for a lint
    #[arg(short = 'A', long, value_name = "LINT", value_parser = lint)]
    pub(crate) allow: Vec<&'static Lint>,
    /// Looks for a lint
    #[arg(short = 'W', long, value_name = "LINT", value_parser = lint)]
    pub(crate) warn: Vec<&'static Lint>,
    /// Looks for a lint, and calls what it finds an error
    #[arg(short = 'D', long, value_name = "LINT", value_parser = lint)]
    pub(crate) deny: Vec<&'static Lint>,
    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// When colours are
    #[arg(long, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// A file with findings that are known, and not told
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Writes what is found to the file of --baseline, and drops from it what is not found any more
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
}

const AFTER_HELP: &str = "\
Levels also stand in perfguard.toml or .config/perfguard.toml at the workspace's root, under [lints]; of the options -D
wins over -W, and that over -A. The lints: docs/lints.md.

Exit codes: 0 nothing is found that is not known; 100 something is; 1 a file could not be read, written or parsed;
2 wrong arguments; 102 no workspace can be read, or it has no package of that name.";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Commands of GitHub Actions, which annotate a pull request
    Github,
    /// Source frames, for people
    #[default]
    Human,
    /// Messages as `cargo check --message-format json` has them, one a line
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Always,
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Always => Self::Always,
            Color::Auto => Self::Auto,
            Color::Never => Self::Never,
        }
    }
}

fn lint(name: &str) -> Result<&'static Lint, String> {
    Lint::named(name).ok_or_else(|| {
        let names: Vec<&str> = LINTS.iter().map(|it| it.name).collect();
        format!("there is no such lint: known are {}", names.join(", "))
    })
}
