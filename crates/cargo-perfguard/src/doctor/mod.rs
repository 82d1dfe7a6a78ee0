//! `cargo perfguard doctor`: what is installed and connected, what cannot be seen, and what to do
//! about it.
//!
//! It reads manifests, the lock file, sources, `perfguard.toml`, the environment and the last run,
//! and runs nothing but `cargo metadata` and `cargo nextest --version`.

mod configuration;
mod dependencies;
mod diagnosis;
mod environment;
mod last_run;
mod line_tables;
mod manifests;
mod orm;
mod sources;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::output::print;
use crate::packages::Packages;
use crate::report::DENIED;
use dependencies::Dependencies;
use diagnosis::Diagnosis;
use manifests::Manifests;
use sources::Sources;

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorOptions {
    /// The Cargo.toml of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One object, for programs
    Json,
}

const AFTER_HELP: &str = "\
Exit codes: 0 there is no problem; 100 there is one; 1 a file could not be read; 2 wrong arguments; 102 no workspace can
be read.";

pub(crate) fn run(options: &DoctorOptions) -> ExitCode {
    doctor(options).unwrap_or_else(Failure::tell)
}

fn doctor(options: &DoctorOptions) -> Result<ExitCode, Failure> {
    let packages = Packages::read(options.manifest_path.as_deref())?;
    let manifests = Manifests::read(&packages.root);
    let dependencies = Dependencies::of(&packages, &manifests);
    let sources = Sources::read(&packages)?;
    let mut diagnosis = Diagnosis::default();
    dependencies.tell(&mut diagnosis);
    sources.tell(&dependencies, &mut diagnosis);
    line_tables::tell(&manifests, &mut diagnosis);
    configuration::tell(
        &packages,
        &manifests,
        &dependencies,
        &sources,
        &mut diagnosis,
    );
    environment::tell(&mut diagnosis);
    last_run::tell(&packages, &mut diagnosis);
    match options.format {
        Format::Human => print(&diagnosis.human()),
        Format::Json => print(&diagnosis.json()?),
    }
    Ok(if diagnosis.has_problem() {
        ExitCode::from(DENIED)
    } else {
        ExitCode::SUCCESS
    })
}
