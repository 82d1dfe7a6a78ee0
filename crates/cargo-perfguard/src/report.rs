//! Shows what a run has left, and says what follows from it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use perfguard_report::{Run, Summary};

use crate::cli::{Options, complain};
use crate::escape::escape;
use crate::output::Output;
use crate::workspace::Workspace;

/// Found what was denied.
pub(crate) const DENIED: u8 = 100;

/// Unclaimed verdicts that are named one by one.
const MAX_NAMED: usize = 10;

#[derive(Args, Debug)]
pub(crate) struct ReportOptions {
    /// The folder that the run wrote to; that of the last `cargo perfguard test` where it is not
    /// named
    run: Option<PathBuf>,
    /// What is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Commands of GitHub Actions, which annotate a pull request
    Github,
    /// A page that stands alone
    Html,
    /// A table and the findings, for people
    #[default]
    Human,
    /// One object, for programs
    Json,
    /// JUnit XML, for what shows tests
    Junit,
    /// The summary of a step of GitHub Actions
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

pub(crate) fn run(options: &ReportOptions) -> Result<ExitCode, String> {
    let workspace = match &options.run {
        // It may have come from elsewhere: then there are no links.
        Some(_) => Workspace::find(None).ok(),
        None => Some(Workspace::find(None)?),
    };
    let folder = options.run.clone();
    let folder = folder.or_else(|| workspace.as_ref().map(Workspace::run));
    let folder = folder.unwrap_or_default();
    if options.run.is_none() && !folder.exists() {
        return Err(
            "there is no run yet: `cargo perfguard test` makes one, or name the folder that PERFGUARD_RUN_DIR named to it"
                .to_owned(),
        );
    }
    let run = read(&folder)?;
    let summary = Summary::of(&run);
    let root = match (&workspace, &options.output.file) {
        (Some(workspace), Some(file)) => workspace.from(file),
        _ => String::new(),
    };
    let text = match options.format {
        Format::Github => perfguard_report::github(&summary),
        Format::Html => perfguard_report::html(&summary, &root),
        Format::Human => perfguard_report::human(&summary, options.output.width()),
        Format::Json => perfguard_report::json(&summary),
        Format::Junit => perfguard_report::junit(&summary).map_err(|error| error.to_string())?,
        Format::Markdown => perfguard_report::markdown(&summary),
        Format::Sarif => perfguard_report::sarif(&summary),
    };
    options.output.write(&text)?;
    Ok(conclude(&run, options.options))
}

/// Reads a run that somebody has to have written.
pub(crate) fn read(folder: &std::path::Path) -> Result<Run, String> {
    let run = Run::read(folder).map_err(|error| error.to_string())?;
    if run.is_empty() {
        return Err(format!(
            "no process wrote to {}: perfguard does under test, with its feature `json`, once a scope has ended in a process whose PERFGUARD_RUN_DIR names the folder",
            escape(&folder.to_string_lossy())
        ));
    }
    Ok(run)
}

/// The exit code that follows from a run, and why it is not 0.
pub(crate) fn conclude(run: &Run, options: Options) -> ExitCode {
    let mut is_denied = false;
    let unclaimed: Vec<&str> = run.unclaimed().map(|it| it.ran.name.as_str()).collect();
    if !unclaimed.is_empty() {
        is_denied = true;
        complain(format!(
            "budgets were broken where no test could fail for it: {}",
            named(&unclaimed)
        ));
    }
    if options.deny_stale_allows && run.stale().next().is_some() {
        is_denied = true;
        complain("allows that match nothing are denied");
    }
    if is_denied {
        ExitCode::from(DENIED)
    } else {
        ExitCode::SUCCESS
    }
}

/// Scopes by their names, each once, and not too many.
pub(crate) fn named(scopes: &[&str]) -> String {
    let mut names: Vec<String> = scopes.iter().map(|it| escape(it)).collect();
    names.sort();
    names.dedup();
    let hidden = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let mut text = names.join(", ");
    if hidden > 0 {
        text += &format!(" and {hidden} more");
    }
    text
}
