//! Runs the tests, and shows what their processes have left.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::{Parser, ValueEnum};
use perfguard_report::{Run, Summary, human};

use crate::cli::{Options, complain, note, say};
use crate::output::{print, width};
use crate::report::{DENIED, conclude, named};
use crate::review;
use crate::workspace::{Workspace, clear};

/// Names the folder that the processes of a run write to.
const RUN_DIR: &str = "PERFGUARD_RUN_DIR";
/// Says what becomes of baselines.
const BASELINE: &str = "PERFGUARD_BASELINE";

#[derive(Clone, Copy, Debug, Parser)]
#[command(name = "cargo perfguard test")]
pub(crate) struct TestOptions {
    #[command(flatten)]
    pub(crate) options: Options,
    /// What runs the tests: nextest if it is installed, where it is not said
    #[arg(long, value_enum)]
    pub(crate) runner: Option<Runner>,
    /// Writes what the tests run to their baselines
    #[arg(long)]
    pub(crate) update: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runner {
    /// `cargo test`
    Cargo,
    /// `cargo nextest run`, which runs no doctests
    Nextest,
}

pub(crate) fn run(options: TestOptions, arguments: Vec<OsString>) -> Result<ExitCode, String> {
    let (options, arguments) = with_options_among(options, arguments);
    let manifest = manifest(&arguments);
    let folder = Workspace::find(manifest.as_deref())?.run();
    clear(&folder)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let runner = options.runner;
    let runner = runner.unwrap_or_else(|| found(&cargo, &arguments));
    let mut command = Command::new(&cargo);
    match runner {
        Runner::Cargo => command.arg("test"),
        Runner::Nextest => command.args(["nextest", "run"]),
    };
    command.args(&arguments).env(RUN_DIR, &folder);
    if options.update {
        command.env(BASELINE, "write");
    }
    let status = command
        .status()
        .map_err(|error| format!("failed to run {}: {error}", cargo.display()))?;
    let run = Run::read(&folder).map_err(|error| error.to_string());
    let waiting = review::waiting(manifest.as_deref());
    if waiting > 0 {
        note(format!(
            "baselines that wait for `cargo perfguard review`: {waiting}"
        ));
    }
    if !status.success() {
        match run {
            // It did not come to any scope, and says itself why.
            Ok(run) if run.is_empty() => {}
            Ok(run) => show(&run),
            Err(error) => complain(error),
        }
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
    }
    let run = run?;
    if run.is_empty() {
        say("perfguard: no test of this run met perfguard (it writes with its feature `json`)");
        return Ok(ExitCode::SUCCESS);
    }
    show(&run);
    let concluded = conclude(&run, options.options);
    let swallowed: Vec<&str> = run.swallowed().map(|it| it.ran.name.as_str()).collect();
    if swallowed.is_empty() {
        return Ok(concluded);
    }
    complain(format!(
        "budgets were broken, and all tests passed: a task that nobody joins or `catch_unwind` has taken the panic of {}; hand it on with `perfguard::in_current_scope` in a `#[perfguard::test]`, or look at it by `perfguard::testing::observe`",
        named(&swallowed)
    ));
    Ok(ExitCode::from(DENIED))
}

fn show(run: &Run) {
    // Apart from what the tests have printed.
    print("\n");
    print(&human(&Summary::of(run), width()));
}

/// Nextest if it is there: it is what such a workspace runs its tests with.
fn found(cargo: &OsStr, arguments: &[OsString]) -> Runner {
    if ours(arguments).any(|it| it == "--doc") {
        return Runner::Cargo;
    }
    if has_nextest(cargo) {
        note("cargo nextest runs the tests, and no doctests: `--runner cargo` runs both");
        Runner::Nextest
    } else {
        Runner::Cargo
    }
}

/// Whether `cargo nextest` is installed.
pub(crate) fn has_nextest(cargo: &OsStr) -> bool {
    let mut version = Command::new(cargo);
    version.args(["nextest", "--version"]);
    version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|it| it.success())
}

/// Which workspace the tests are of, if the arguments say so.
fn manifest(arguments: &[OsString]) -> Option<PathBuf> {
    const NAME: &str = "--manifest-path";
    let mut arguments = ours(arguments);
    while let Some(argument) = arguments.next() {
        if argument == NAME {
            return arguments.next().map(PathBuf::from);
        }
        let text = argument.to_str().and_then(|it| it.strip_prefix(NAME));
        if let Some(path) = text.and_then(|it| it.strip_prefix('=')) {
            return Some(path.into());
        }
    }
    None
}

/// Those before the `--` behind which they are the tests'.
fn ours(arguments: &[OsString]) -> impl Iterator<Item = &OsString> {
    arguments.iter().take_while(|it| *it != "--")
}

/// Our options may stand among those of cargo; what is left is cargo's. Ends the process where one
/// of ours is wrong.
fn with_options_among(
    options: TestOptions,
    arguments: Vec<OsString>,
) -> (TestOptions, Vec<OsString>) {
    let mut own = vec![OsString::from("test")];
    let mut left = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            left.push(argument);
            break;
        } else if argument == "--runner" {
            own.push(argument);
            own.extend(arguments.next());
        } else if is_ours(&argument) {
            own.push(argument);
        } else {
            left.push(argument);
        }
    }
    left.extend(arguments);
    let among = TestOptions::try_parse_from(own).unwrap_or_else(|error| error.exit());
    let options = TestOptions {
        options: Options {
            deny_stale_allows: options.options.deny_stale_allows || among.options.deny_stale_allows,
        },
        runner: among.runner.or(options.runner),
        update: options.update || among.update,
    };
    (options, left)
}

fn is_ours(argument: &OsStr) -> bool {
    let is_runner = argument
        .to_str()
        .is_some_and(|it| it.starts_with("--runner="));
    is_runner || argument == "--deny-stale-allows" || argument == "--update"
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::{Options, Runner, TestOptions, manifest, with_options_among};

    const NONE: TestOptions = TestOptions {
        options: Options {
            deny_stale_allows: false,
        },
        runner: None,
        update: false,
    };

    fn split(words: &str) -> (TestOptions, Vec<OsString>) {
        with_options_among(NONE, words.split(' ').map(Into::into).collect())
    }

    #[test]
    fn our_options_may_stand_among_those_of_cargo() {
        let (options, left) = split("-p shop --deny-stale-allows --runner cargo -- --exact");
        assert!(options.options.deny_stale_allows && !options.update);
        assert_eq!(options.runner, Some(Runner::Cargo));
        assert_eq!(left, ["-p", "shop", "--", "--exact"]);
        let (options, left) = split("--runner=nextest --update -- --deny-stale-allows");
        assert!(!options.options.deny_stale_allows && options.update);
        assert_eq!(options.runner, Some(Runner::Nextest));
        assert_eq!(left, ["--", "--deny-stale-allows"]);
    }

    #[test]
    fn the_workspace_may_be_another() {
        for (words, path) in [
            ("-p shop", None),
            ("--manifest-path a/Cargo.toml", Some("a/Cargo.toml")),
            ("--manifest-path=a/Cargo.toml -q", Some("a/Cargo.toml")),
            ("-- --manifest-path=a", None),
        ] {
            let words: Vec<OsString> = words.split(' ').map(Into::into).collect();
            assert_eq!(manifest(&words).as_deref(), path.map(Path::new));
        }
    }
}
