//! Runs `cargo test`, and reads what its processes have left.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::allows;
use crate::cli::{Options, complain};

/// Names the folder that the processes of a run write to.
const VARIABLE: &str = "PERFGUARD_RUN_DIR";

pub(crate) fn run(options: Options, arguments: &[OsString]) -> Result<ExitCode, String> {
    let failed = |error| format!("failed to make a folder for the run: {error}");
    let folder = tempfile::tempdir().map_err(failed)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(&cargo)
        .arg("test")
        .args(arguments)
        .env(VARIABLE, folder.path())
        .status()
        .map_err(|error| format!("failed to run {}: {error}", cargo.display()))?;
    let reported = allows::report(folder.path(), options);
    if status.success() {
        return reported;
    }
    if let Err(error) = reported {
        complain(error);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
