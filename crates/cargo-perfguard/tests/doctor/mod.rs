//! `cargo perfguard doctor` on workspaces that are made for it.

use std::fs;

use tempfile::TempDir;

use crate::check::write;
use crate::report::{PROCESS, command, ended, scope};

const PERFGUARD: &str = "perfguard = { version = \"0.1\", features = [\"diesel-guarded\"] }\n";
const LINES: &str = "[profile.release]\ndebug = \"line-tables-only\"\n";
const CONNECTED: &str = "\
fn main() { perfguard::diesel::install().unwrap(); }
type Connection = perfguard::diesel::Guarded<PgConnection>;
#[perfguard::query_budget(max = 3)]
fn posts() {}
";

/// A package with these dependencies and this source, and a lock file in which `diesel` has a
/// version.
fn package(dependencies: &str, source: &str, diesel: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = \"blog\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{LINES}[dependencies]\n{dependencies}"
    );
    write(folder.path(), "Cargo.toml", &manifest);
    write(folder.path(), "src/main.rs", source);
    let lock = format!(
        "version = 4\n[[package]]\nname = \"blog\"\nversion = \"0.1.0\"\ndependencies = [\"diesel\", \"sea-orm\"]\n\
         [[package]]\nname = \"diesel\"\nversion = \"{diesel}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
         [[package]]\nname = \"sea-orm\"\nversion = \"1.1.4\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
    );
    write(folder.path(), "Cargo.lock", &lock);
    folder
}

fn healthy() -> TempDir {
    let dependencies = format!("diesel = \"2.3\"\n{PERFGUARD}");
    let package = package(&dependencies, CONNECTED, "2.3.4");
    let run = package.path().join("target/perfguard/run");
    fs::create_dir_all(&run).unwrap();
    let told = scope("passed", 2).replace(
        "\"queries\":2",
        "\"queries\":2,\"rows\":4,\"elapsed_seconds\":0.1",
    );
    fs::write(run.join("1.jsonl"), format!("{PROCESS}\n{told}\n")).unwrap();
    package
}

/// The exit code, and what was printed, with these variables.
fn doctor(
    package: &TempDir,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (Option<i32>, String) {
    let mut command = command(package.path(), &[&["doctor"], arguments].concat());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PERFGUARD") || text.starts_with("CARGO_PROFILE_") || text == "CI" {
            command.env_remove(&name);
        }
    }
    command.envs(variables.iter().copied());
    let (code, out, err) = ended(&mut command);
    assert!(err.is_empty() || code == Some(102), "{err}");
    (code, out)
}

/// The problems, each with what to do.
fn problems(package: &TempDir, variables: &[(&str, &str)]) -> Vec<[String; 2]> {
    let (code, out) = doctor(package, &["--format", "json"], variables);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let lines = told["lines"].as_array().unwrap().iter();
    let lines = lines.filter(|it| it["level"] == "problem");
    let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    let problems: Vec<_> = lines
        .map(|it| [text(&it["text"]), text(&it["do"])])
        .collect();
    assert_eq!(told["problems"], problems.len());
    let expected = if problems.is_empty() { 0 } else { 100 };
    assert_eq!(code, Some(expected), "{out}");
    problems
}

#[track_caller]
fn is_problem(package: &TempDir, text: &str, advice: &str) {
    let problems = problems(package, &[]);
    let found = problems.iter().find(|it| it[0].contains(text));
    let found = found.unwrap_or_else(|| panic!("{problems:?}"));
    assert!(found[1].contains(advice), "{found:?}");
}

#[test]
fn a_healthy_workspace_has_no_problem() {
    let package = healthy();
    let (code, out) = doctor(&package, &[], &[]);
    assert_eq!(code, Some(0), "{out}");
    let out: Vec<_> = out.lines().filter(|it| !it.contains("nextest")).collect();
    assert_eq!(
        out.join("\n"),
        "\
packages
  ok       blog depends on perfguard, with features diesel, diesel-guarded, json
  ok       diesel 2.3.4 (blog): perfguard's feature `diesel` is on
connections
  ok       diesel is connected
  ok       1 function with `#[query_budget]`, 0 tests with `#[perfguard::test]`
line tables
  ok       profile dev has line tables
  ok       profile test has line tables
  ok       profile release has line tables
configuration
  ok       there is no perfguard.toml: defaults hold, and what the source says
environment
  ok       PERFGUARD is not set: a broken budget fails under `cargo test`, and is warned of elsewhere
  ok       PERFGUARD_BASELINE is not set: a baseline is checked in a CI, and recorded elsewhere
  ok       PERFGUARD_CONFIG is not set here
  ok       PERFGUARD_RUN_DIR is not set: `cargo perfguard test` sets it for the tests
  ok       CI is not set: baselines that are not there are recorded
last run
  ok       1 scope ended in it (processes: 1)

perfguard: 0 problems, 0 notes"
    );
}

#[test]
fn what_is_not_installed_or_connected_is_a_problem() {
    let none = package("diesel = \"2.3\"\n", "fn main() {}", "2.3.4");
    is_problem(
        &none,
        "no package of this workspace depends on perfguard",
        "cargo add perfguard --features diesel -p blog",
    );
    let feature = package(
        "diesel = \"2.3\"\nperfguard = \"0.1\"\n",
        CONNECTED,
        "2.3.4",
    );
    is_problem(
        &feature,
        "diesel 2.3.4 (blog): perfguard's feature `diesel` is off",
        "cargo add perfguard --features diesel -p blog",
    );
    let bare = "perfguard = { version = \"0.1\", default-features = false }\n";
    is_problem(
        &package(bare, "", "2.3.4"),
        "feature `json` is off",
        "--features json",
    );
    let installed = format!("diesel = \"2.3\"\n{PERFGUARD}");
    is_problem(
        &package(&installed, "fn main() {}", "2.3.4"),
        "diesel is not connected: no source file calls `perfguard::diesel::install`",
        "call `perfguard::diesel::install()` at start-up",
    );
}

#[test]
fn a_feature_may_come_from_another_package_or_a_feature() {
    let package = healthy();
    let manifest = package.path().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let text = text.replace(
        PERFGUARD,
        "budgets = { package = \"perfguard\", version = \"0.1\", optional = true }\n[features]\nwatched = [\"budgets?/diesel-r2d2\"]\n",
    );
    fs::write(&manifest, text).unwrap();
    assert_eq!(problems(&package, &[]), [[""; 2]; 0]);
}

#[test]
fn a_version_that_is_not_supported_is_a_problem() {
    let old = package(
        &format!("diesel = \"2.2\"\nsea-orm = \"1\"\n{PERFGUARD}"),
        CONNECTED,
        "2.2.6",
    );
    is_problem(
        &old,
        "diesel 2.2.6 (blog) is not supported",
        "use diesel 2.3 instead of 2.2.6",
    );
    is_problem(&old, "sea-orm 1.1.4 (blog) is not supported", "sea-orm 2 ");
    fs::remove_file(old.path().join("Cargo.lock")).unwrap();
    let (_, out) = doctor(&old, &[], &[]);
    assert!(out.contains("there is no Cargo.lock"), "{out}");
}

#[test]
fn a_file_that_is_wrong_or_that_nobody_reads_is_a_problem() {
    let package = healthy();
    let broken = "page = 0\n\n[lints]\nformat_spl = \"deny\"\n";
    write(package.path(), ".config/perfguard.toml", broken);
    is_problem(
        &package,
        ".config/perfguard.toml:1: the value of `page` is not accepted: expected whole numbers from 1",
        "docs/configuration.md",
    );
    is_problem(
        &package,
        ".config/perfguard.toml:4: nobody knows the key `lints.format_spl`",
        "",
    );
    is_problem(
        &package,
        "no process reads .config/perfguard.toml",
        "PERFGUARD_CONFIG = { value = \".config/perfguard.toml\", relative = true } under [env]",
    );
    write(
        package.path(),
        ".config/perfguard.toml",
        "[profile.job]\npaeg = 3\n",
    );
    is_problem(
        &package,
        ".config/perfguard.toml:2: nobody knows the key `profile.job.paeg`",
        "",
    );
    write(package.path(), "perfguard.toml", "page = ");
    is_problem(&package, "perfguard.toml:1: ", "");
    let (_, out) = doctor(&package, &[], &[]);
    assert!(
        out.contains(".config/perfguard.toml is not read, because there is perfguard.toml"),
        "{out}"
    );
    let rows = "page = 3\ntable_rows = \"perfguard-rows.toml\"";
    write(package.path(), "perfguard.toml", rows);
    is_problem(
        &package,
        "perfguard.toml:2: failed to read the rows of tables from perfguard-rows.toml: ",
        "",
    );
    write(package.path(), "perfguard.toml", "page = 3");
    let env = "[env]\nPERFGUARD_CONFIG = { value = \"perfguard.toml\", relative = true }\n";
    write(package.path(), ".cargo/config.toml", env);
    is_problem(&package, "feature `config` is off", "--features config");
    let manifest = package.path().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text.replace("\"diesel-guarded\"", "\"config\", \"diesel-guarded\""),
    )
    .unwrap();
    assert_eq!(problems(&package, &[]), [[""; 2]; 0]);
    fs::remove_file(package.path().join("perfguard.toml")).unwrap();
    is_problem(&package, ".cargo/config.toml names a file", "that is there");
}

#[test]
fn tests_need_line_tables() {
    let package = healthy();
    let manifest = package.path().join("Cargo.toml");
    let healthy = fs::read_to_string(&manifest).unwrap();
    let dev = format!("[profile.dev]\ndebug = 0\n{LINES}");
    fs::write(&manifest, healthy.replace(LINES, &dev)).unwrap();
    is_problem(
        &package,
        "profile dev has no debug information",
        "debug = \"line-tables-only\"",
    );
    is_problem(&package, "profile test has no debug information", "");
    let stripped = format!("[profile.test]\nstrip = \"symbols\"\n{LINES}");
    fs::write(&manifest, healthy.replace(LINES, &stripped)).unwrap();
    is_problem(&package, "profile test strips debug information", "");
    fs::write(&manifest, healthy.replace(LINES, "")).unwrap();
    let (code, out) = doctor(&package, &[], &[]);
    assert_eq!(code, Some(0), "{out}");
    assert!(
        out.contains("note     profile release has no debug information"),
        "{out}"
    );
    let said = problems(&package, &[("CARGO_PROFILE_TEST_DEBUG", "false")]);
    assert!(said[0][0].starts_with("profile test has no"), "{said:?}");
}

#[test]
fn variables_are_told_without_their_values() {
    let package = healthy();
    let variables = [
        ("PERFGUARD", "se\u{1b}cret"),
        ("PERFGUARD_BASELINE", "secret"),
        ("PERFGUARD_CONFIG", "/no/secret"),
        ("PERFGUARD_RUN_DIR", "/secret"),
        ("CI", "secret"),
    ];
    let said = problems(&package, &variables);
    let said: Vec<&str> = said.iter().map(|it| it[0].as_str()).collect();
    assert_eq!(
        said,
        [
            "perfguard's feature `config` is off: no process can read settings from a file",
            "PERFGUARD is set to something that is not accepted",
            "PERFGUARD_BASELINE is set to something that is not accepted",
            "PERFGUARD_CONFIG names a file that is not there: tests with a budget fail",
        ]
    );
    let (_, out) = doctor(&package, &[], &variables);
    assert!(!out.contains("secret"), "{out}");
    assert!(out.contains("note     PERFGUARD_RUN_DIR is set"), "{out}");
    assert!(out.contains("ok       CI is set"), "{out}");
}

#[test]
fn the_last_run_says_what_was_not_seen() {
    let package = healthy();
    let run = package.path().join("target/perfguard/run");
    let silent = scope("passed", 0).replace("GET /posts", "silent");
    let unclaimed = scope("unclaimed", 9).replace("GET /posts", "un\\u001b[2Jclaimed");
    let lines = [PROCESS.to_owned(), silent, unclaimed].join("\n");
    fs::write(run.join("1.jsonl"), lines).unwrap();
    is_problem(
        &package,
        "no test could fail for it: un\\u{1b}[2Jclaimed",
        "#[perfguard::test]",
    );
    let (_, out) = doctor(&package, &[], &[]);
    for part in [
        "no test saw a statement in: silent\n",
        "rows are unknown in: un\\u{1b}[2Jclaimed\n",
        "times are unknown in: un\\u{1b}[2Jclaimed\n",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    fs::remove_dir_all(&run).unwrap();
    let (code, out) = doctor(&package, &[], &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("there is no run yet"), "{out}");
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(doctor(&elsewhere, &[], &[]).0, Some(102));
}
