//! `cargo perfguard test`, with a cargo that only says what it was asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::{PROCESS, package, scope};

/// A workspace whose cargo runs no test: it writes what a process would have left, and ends with
/// a code.
struct Fake {
    package: tempfile::TempDir,
}

/// Whether nextest is there.
#[derive(Clone, Copy, PartialEq)]
enum Nextest {
    Absent,
    Present,
}

impl Fake {
    fn new(lines: &[String], code: u8, nextest: Nextest) -> Self {
        let package = package();
        let real = std::env::var("CARGO").unwrap();
        let version = u8::from(nextest == Nextest::Absent);
        let leave = if lines.is_empty() {
            String::new()
        } else {
            fs::write(package.path().join("left"), lines.join("\n")).unwrap();
            "cp left \"$PERFGUARD_RUN_DIR/1-1.jsonl\"".to_owned()
        };
        let script = format!(
            "#!/bin/sh
case \"$1 $2\" in
metadata*) exec '{real}' \"$@\";;
'nextest --version') exit {version};;
esac
echo \"asked: $* (baseline: $PERFGUARD_BASELINE)\"
{leave}
exit {code}
"
        );
        let cargo = package.path().join("cargo");
        fs::write(&cargo, script).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        Self { package }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(
            self.package.path(),
            &self.package.path().join("cargo"),
            arguments,
        )
    }

    fn left(&self) -> PathBuf {
        self.package.path().join("target/perfguard/run")
    }
}

fn run(folder: &Path, cargo: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-perfguard"))
        .args(["perfguard", "test"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO", cargo)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("PERFGUARD_BASELINE")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn passed() -> Vec<String> {
    vec![PROCESS.to_owned(), scope("passed", 2)]
}

#[test]
fn what_ran_is_shown_and_kept() {
    let fake = Fake::new(&passed(), 0, Nextest::Absent);
    fs::create_dir_all(fake.left()).unwrap();
    fs::write(fake.left().join("earlier.jsonl"), scope("unclaimed", 9)).unwrap();
    let (code, out, err) = fake.run(&["-p", "blog", "--", "posts::"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.starts_with("asked: test -p blog -- posts:: (baseline: )\n"),
        "{out}"
    );
    assert!(
        out.contains("perfguard: no budget of 1 handler is broken"),
        "{out}"
    );
    let left = fs::read_dir(fake.left()).unwrap();
    let left: Vec<_> = left.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["1-1.jsonl"], "one run, this one");
}

#[test]
fn nextest_runs_what_it_can() {
    let fake = Fake::new(&passed(), 0, Nextest::Present);
    let (_, out, err) = fake.run(&["-p", "blog"]);
    assert!(out.starts_with("asked: nextest run -p blog "), "{out}");
    assert!(err.contains("no doctests"), "{err}");
    let (_, out, err) = fake.run(&["-p", "blog", "--runner", "cargo"]);
    assert!(out.starts_with("asked: test -p blog "), "{out}");
    assert_eq!(err, "");
    let (_, out, _) = fake.run(&["--doc"]);
    assert!(out.starts_with("asked: test --doc "), "{out}");
    let (_, out, err) = fake.run(&["--runner=nextest"]);
    assert!(out.starts_with("asked: nextest run "), "{out}");
    assert_eq!(err, "", "who asks for it knows");
    let (code, ..) = fake.run(&["-p", "blog", "--runner", "make"]);
    assert_eq!(code, Some(2));
}

#[test]
fn an_update_writes_baselines() {
    let fake = Fake::new(&passed(), 0, Nextest::Absent);
    let (_, out, _) = fake.run(&["-p", "blog", "--update"]);
    assert!(
        out.starts_with("asked: test -p blog (baseline: write)\n"),
        "{out}"
    );
}

#[test]
fn the_exit_code_of_a_failing_test_run_is_kept() {
    let failed = [PROCESS.to_owned(), scope("failed", 9)];
    let (code, out, _) = Fake::new(&failed, 101, Nextest::Absent).run(&[]);
    assert_eq!(code, Some(101));
    assert!(out.contains("1 of 1 handler broke its budget"), "{out}");
    // It did not compile, and says so itself.
    let (code, out, err) = Fake::new(&[], 101, Nextest::Absent).run(&[]);
    assert_eq!((code, err.as_str()), (Some(101), ""));
    assert_eq!(out.lines().count(), 1, "{out}");
    // It succeeds, and no process of it has written anything.
    let (code, out, _) = Fake::new(&[], 0, Nextest::Absent).run(&["-q", "--deny-stale-allows"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("no test of this run met perfguard"), "{out}");
    let folder = package();
    let (code, _, err) = run(folder.path(), "no-such-cargo".as_ref(), &[]);
    assert_eq!(code, Some(1));
    assert!(err.contains("failed to run"), "{err}");
}

#[test]
fn what_no_test_failed_for_fails_the_run() {
    let unclaimed = [PROCESS.to_owned(), scope("unclaimed", 9)];
    let (code, _, err) = Fake::new(&unclaimed, 0, Nextest::Absent).run(&[]);
    assert_eq!(code, Some(100));
    assert!(
        err.contains("no test could fail for it: GET /posts"),
        "{err}"
    );
}

#[test]
fn a_budget_whose_panic_was_caught_fails_the_run_that_passed() {
    let caught = [PROCESS.to_owned(), scope("failed", 9)];
    let (code, _, err) = Fake::new(&caught, 0, Nextest::Absent).run(&[]);
    assert_eq!(code, Some(100));
    assert!(
        err.contains("all tests passed") && err.contains("the panic of GET /posts"),
        "{err}"
    );
}

#[test]
fn baselines_that_wait_are_counted() {
    let fake = Fake::new(&passed(), 0, Nextest::Absent);
    let folder = fake.package.path().join("src/baselines");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("lib.list.baseline.new"),
        "# perfguard baseline 1, statements 1\n1 select a\n",
    )
    .unwrap();
    let (code, _, err) = fake.run(&[]);
    assert_eq!(code, Some(0));
    assert!(
        err.contains("baselines that wait for `cargo perfguard review`: 1"),
        "{err}"
    );
}
