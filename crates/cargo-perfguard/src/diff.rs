//! Compares two runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use perfguard_report::{Diff, Summary};

use crate::cli::complain;
use crate::output::Output;
use crate::report::{DENIED, read};

#[derive(Args, Debug)]
pub(crate) struct DiffOptions {
    /// The folder of the run before
    base: PathBuf,
    /// The folder of the run after
    head: PathBuf,
    /// What is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One object, for programs
    Json,
    /// A comment on a pull request
    Markdown,
}

pub(crate) fn run(options: &DiffOptions) -> Result<ExitCode, String> {
    let (base, head) = (read(&options.base)?, read(&options.head)?);
    let (base, head) = (Summary::of(&base), Summary::of(&head));
    let diff = Diff::between(&base, &head).map_err(|error| error.to_string())?;
    let text = match options.format {
        Format::Human => diff.human(options.output.width()),
        Format::Json => diff.json(),
        Format::Markdown => diff.markdown(),
    };
    options.output.write(&text)?;
    if diff.is_growth() {
        complain("handlers run more statements than before");
        return Ok(ExitCode::from(DENIED));
    }
    Ok(ExitCode::SUCCESS)
}
