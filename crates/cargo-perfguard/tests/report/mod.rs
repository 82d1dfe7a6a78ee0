//! `cargo perfguard report` and `diff` on folders that are made for them.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Runs the command in a folder; its exit code, and what it printed.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    ended(&mut command(folder, arguments))
}

/// The command, in a folder.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perfguard"));
    command
        .arg("perfguard")
        .args(arguments)
        .current_dir(folder)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CARGO_TARGET_DIR");
    command
}

/// The exit code of a command, and what it printed.
pub(crate) fn ended(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A package without anything in it.
pub(crate) fn package() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"blog\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    folder
}

pub(crate) const PROCESS: &str = r#"{"format":1,"event":"process","name":"it"}"#;

pub(crate) fn scope(verdict: &str, queries: u64) -> String {
    format!(
        r#"{{"format":1,"event":"scope","number":1,"kind":"request","verdict":"{verdict}","scope":{{"scope":"GET /posts","queries":{queries},"max":3,"code":{{"code.file.path":"src/posts.rs","code.line.number":3}}}}}}"#
    )
}

fn allow(needed: bool) -> String {
    format!(
        r#"{{"format":1,"event":"allow","rule":"n-plus-one","reason":"known","code":{{"file":"src/a.rs","line":3}},"needed":{needed}}}"#
    )
}

/// A folder with a run of one process.
fn run_of(lines: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), lines);
    folder
}

fn write(folder: &Path, lines: &[String]) {
    let text = format!("{PROCESS}\n{}\n", lines.join("\n"));
    fs::write(folder.join("1.jsonl"), text).unwrap();
}

#[test]
fn a_report_fails_only_for_what_is_denied() {
    let folder = tempfile::tempdir().unwrap();
    let (here, path) = (folder.path(), folder.path().to_str().unwrap());
    let (code, _, err) = run(here, &["report", path]);
    assert_eq!(code, Some(1), "nobody wrote: {err}");
    assert!(err.contains("PERFGUARD_RUN_DIR"), "{err}");

    write(here, &[allow(false)]);
    let (code, out, err) = run(here, &["report", path]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains("n-plus-one at src/a.rs:3 (\"known\")"),
        "{out}"
    );
    let (code, ..) = run(here, &["report", path, "--deny-stale-allows"]);
    assert_eq!(code, Some(100));

    write(here, &[allow(true)]);
    let (code, _, err) = run(here, &["report", path, "--deny-stale-allows"]);
    assert_eq!(code, Some(0), "{err}");

    // A test has failed for it, and so did its run.
    write(here, &[scope("failed", 9)]);
    let (code, out, err) = run(here, &["report", path]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("1 of 1 handler broke its budget"), "{out}");

    write(here, &[scope("unclaimed", 9)]);
    let (code, _, err) = run(here, &["report", path, "--format", "json"]);
    assert_eq!(code, Some(100));
    assert!(
        err.contains("no test could fail for it: GET /posts"),
        "{err}"
    );

    let (code, ..) = run(here, &["report", "no/such/folder"]);
    assert_eq!(code, Some(1));
    let (code, ..) = run(here, &["repot"]);
    assert_eq!(code, Some(2));
}

#[test]
fn the_last_run_of_the_workspace_is_shown() {
    let package = package();
    let (code, _, err) = run(package.path(), &["report"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("there is no run yet"), "{err}");
    let last = package.path().join("target/perfguard/run");
    fs::create_dir_all(&last).unwrap();
    write(&last, &[scope("passed", 2)]);
    let (code, out, err) = run(package.path(), &["report"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("GET /posts"), "{out}");
}

#[test]
fn each_format_is_written_to_a_file_or_the_terminal() {
    let package = package();
    let ran = run_of(&[scope("passed", 2)]);
    let path = ran.path().to_str().unwrap();
    for (format, part) in [
        ("github", "::notice title=perfguard::"),
        ("html", "<!DOCTYPE html>"),
        ("human", "perfguard: no budget of 1 handler is broken"),
        ("json", "\"handlers\""),
        ("junit", "<testsuites name=\"perfguard\""),
        ("markdown", "## perfguard: "),
        ("sarif", "\"version\": \"2.1.0\""),
    ] {
        let (code, out, err) = run(package.path(), &["report", path, "--format", format]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains(part), "{out}");
        let into = ["report", path, "--format", format, "--output", "report.txt"];
        let (code, nothing, err) = run(package.path(), &into);
        assert_eq!((code, nothing.as_str()), (Some(0), ""), "{err}");
        let written = fs::read_to_string(package.path().join("report.txt")).unwrap();
        assert_eq!(written, out.replace("href=\"./../", "href=\"./"));
    }
    let (code, _, err) = run(
        package.path(),
        &["report", path, "--output", "no/folder/it"],
    );
    assert_eq!(code, Some(1));
    assert!(err.contains("failed to write no/folder/it"), "{err}");
}

#[test]
fn links_of_a_page_lead_from_where_it_lies() {
    let package = package();
    let ran = run_of(&[scope("passed", 2)]);
    let path = ran.path().to_str().unwrap();
    fs::create_dir_all(package.path().join("target/pages")).unwrap();
    let into = [
        "report",
        path,
        "--format",
        "html",
        "--output",
        "target/pages/it.html",
    ];
    assert_eq!(run(package.path(), &into).0, Some(0));
    let page = fs::read_to_string(package.path().join("target/pages/it.html")).unwrap();
    assert!(page.contains("href=\"./../../src/posts.rs\""), "{page}");
}

#[test]
fn colours_are_for_terminals_and_whoever_wants_them() {
    let ran = run_of(&[scope("failed", 9)]);
    let (_, out, _) = run(ran.path(), &["report", "."]);
    assert!(!out.contains('\u{1b}'), "{out:?}");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-perfguard"))
        .args(["perfguard", "report", "."])
        .current_dir(ran.path())
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("\u{1b}["), "{out:?}");
}

#[test]
fn growth_between_two_runs_is_denied() {
    let (before, after) = (run_of(&[scope("passed", 2)]), run_of(&[scope("passed", 3)]));
    let path = |folder: &TempDir| folder.path().to_str().unwrap().to_owned();
    let (base, head) = (path(&before), path(&after));
    let here = before.path();
    for (format, part) in [
        ("human", "GET /posts: 2 -> 3 statements"),
        ("json", "\"growth\": true"),
        ("markdown", "| 2 → 3 |"),
    ] {
        let (code, out, err) = run(here, &["diff", &base, &head, "--format", format]);
        assert_eq!(code, Some(100), "{err}");
        assert!(out.contains(part), "{out}");
    }
    assert_eq!(run(here, &["diff", &head, &base]).0, Some(0), "it fell");
    assert_eq!(run(here, &["diff", &base, &base]).0, Some(0));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(here, &["diff", &path(&empty), &head]).0, Some(1));
    assert_eq!(run(here, &["diff", &base]).0, Some(2));
}
