//! Runs `cargo test`, and reads what its processes have left.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::allows;
use crate::cli::{Options, complain, say};
use crate::run::Run;

/// Names the folder that the processes of a run write to.
const VARIABLE: &str = "PERFGUARD_RUN_DIR";

pub(crate) fn run(mut options: Options, arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let failed = |error| format!("failed to make a folder for the run: {error}");
    let folder = tempfile::tempdir().map_err(failed)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(&cargo)
        .arg("test")
        .args(own_options_of(arguments, &mut options))
        .env(VARIABLE, folder.path())
        .status()
        .map_err(|error| format!("failed to run {}: {error}", cargo.display()))?;
    let run = Run::read(folder.path());
    if !status.success() {
        match run {
            // It did not come to any scope, and says itself why.
            Ok(run) if run.processes == 0 => {}
            Ok(run) => say(allows::summary(&run)),
            Err(error) => complain(error),
        }
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
    }
    let run = run?;
    if run.processes == 0 {
        say("perfguard: no test of this run met perfguard (it writes with its feature `json`)");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(allows::conclude(&run, options))
}

/// What is cargo's of the arguments: ours may stand among them, up to the `--`
/// behind which they are the tests'.
fn own_options_of(
    arguments: Vec<OsString>,
    options: &mut Options,
) -> impl Iterator<Item = OsString> {
    let ends = arguments.iter().position(|it| it == "--");
    let ends = ends.unwrap_or(arguments.len());
    let is_ours = |it: &OsString| it == "--deny-stale-allows";
    options.deny_stale_allows |= arguments.iter().take(ends).any(is_ours);
    let numbered = arguments.into_iter().enumerate();
    numbered
        .filter(move |(at, it)| *at >= ends || !is_ours(it))
        .map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::{Options, own_options_of};

    #[test]
    fn our_options_may_stand_among_those_of_cargo() {
        let split = |words: &str| {
            let mut options = Options {
                deny_stale_allows: false,
            };
            let words = words.split(' ').map(Into::into).collect();
            let left: Vec<_> = own_options_of(words, &mut options).collect();
            (options.deny_stale_allows, left)
        };
        let (denied, left) = split("-p shop --deny-stale-allows -- --exact");
        assert!(denied);
        assert_eq!(left, ["-p", "shop", "--", "--exact"]);
        let (denied, left) = split("-p shop -- --deny-stale-allows");
        assert!(!denied);
        assert_eq!(left, ["-p", "shop", "--", "--deny-stale-allows"]);
    }
}
