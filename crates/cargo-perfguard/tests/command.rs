//! The command as a user runs it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

mod check;

use std::path::Path;
use std::process::Command;

/// Runs the command; its exit code, and what it printed.
fn run(arguments: &[&str], cargo: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-perfguard"))
        .arg("perfguard")
        .args(arguments)
        .env("CARGO", cargo)
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}

fn write(folder: &Path, needed: bool) {
    let lines = format!(
        r#"{{"format":1,"event":"process","name":"it"}}
{{"format":1,"event":"allow","rule":"n-plus-one","reason":"known","code":{{"file":"src/a.rs","line":3}},"needed":{needed}}}"#
    );
    std::fs::write(folder.join("1.jsonl"), lines).unwrap();
}

#[test]
fn a_report_fails_only_for_what_is_denied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (code, printed) = run(&["report", path], "cargo");
    assert_eq!(code, Some(1), "nobody wrote: {printed}");
    assert!(printed.contains("PERFGUARD_RUN_DIR"), "{printed}");

    write(folder.path(), false);
    let (code, printed) = run(&["report", path], "cargo");
    assert_eq!(code, Some(0), "{printed}");
    assert!(
        printed.contains("n-plus-one at src/a.rs:3 (\"known\")"),
        "{printed}"
    );
    let (code, _) = run(&["report", path, "--deny-stale-allows"], "cargo");
    assert_eq!(code, Some(100));

    write(folder.path(), true);
    let (code, printed) = run(&["report", path, "--deny-stale-allows"], "cargo");
    assert_eq!(code, Some(0), "{printed}");

    let (code, _) = run(&["report", "no/such/folder"], "cargo");
    assert_eq!(code, Some(1));
    let (code, _) = run(&["repot"], "cargo");
    assert_eq!(code, Some(2));
}

#[test]
fn the_exit_code_of_a_failing_test_run_is_kept() {
    let (code, _) = run(&["test", "--", "--exact"], "false");
    assert_eq!(code, Some(1));
    // It succeeds, and no process of it has written anything.
    let (code, printed) = run(&["test", "-q", "--deny-stale-allows"], "true");
    assert_eq!(code, Some(0));
    assert!(
        printed.contains("no test of this run met perfguard"),
        "{printed}"
    );
    let (code, printed) = run(&["test"], "no-such-cargo");
    assert_eq!(code, Some(1));
    assert!(printed.contains("failed to run"), "{printed}");
}
