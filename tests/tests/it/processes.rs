//! Which processes fail for a broken budget, and which warn.
//!
//! | process | a broken budget |
//! |---|---|
//! | unit test, integration test, doctest | fails |
//! | the same under nextest | fails |
//! | a test binary started by hand | fails |
//! | a test in an example, under `cargo test --examples` | fails |
//! | a bench under `cargo test --benches` | fails |
//! | a bench under `cargo bench` | warns |
//! | `cargo run`, `cargo run --example` | warns |
//! | a program that a test starts | warns |
//! | any of them with `PERFGUARD=fail`, its children too | fails |
//! | any of them with `PERFGUARD=warn` | warns |
//! | any of them with `PERFGUARD=off` | says nothing |

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A package of its own, built beside the workspace with its lock file.
struct Package {
    folder: PathBuf,
}

impl Package {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let template = root.join("tests/fixtures/processes");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("processes");
        for file in [
            "src/lib.rs",
            "src/main.rs",
            "tests/integration.rs",
            "tests/allows.rs",
            "tests/many.rs",
            "perfguard.toml",
            "examples/example.rs",
            "benches/bench.rs",
        ] {
            let target = folder.join(file);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(template.join(file), target).unwrap();
        }
        std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        let manifest = std::fs::read_to_string(template.join("Cargo.toml.in")).unwrap();
        let face = root.join("crates/perfguard");
        let manifest = manifest.replace("@PERFGUARD@", &face.to_string_lossy().replace('\\', "/"));
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        Self { folder }
    }

    fn run(&self, command: &str, setting: Option<&str>) -> String {
        let settings = setting.map(|setting| ("PERFGUARD", Path::new(setting)));
        let (succeeded, printed) = self.run_with(command, settings.as_slice());
        assert!(succeeded, "{printed}");
        printed
    }

    fn run_with(&self, command: &str, settings: &[(&str, &Path)]) -> (bool, String) {
        let mut words = command.split(' ');
        let program = words.next().unwrap();
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("PERFGUARD")
            .env_remove("PERFGUARD_CONFIG")
            .env_remove("PERFGUARD_RUN_DIR")
            .env_remove("RUST_LOG");
        // What cargo told this test is not what the package is to be told.
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("CARGO_PKG") || name.starts_with("NEXTEST") {
                command.env_remove(&variable);
            }
        }
        command.envs(settings.iter().copied());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let printed = text(&output.stdout) + &text(&output.stderr);
        (output.status.success(), printed)
    }
}

#[track_caller]
fn assert_said(printed: &str, expected: &[&str]) {
    for line in expected {
        assert!(
            printed.lines().any(|it| it == *line),
            "no `{line}` in\n{printed}"
        );
    }
}

#[test]
fn tests_fail_and_everything_else_warns() {
    let package = Package::new();
    let printed = package.run(
        "cargo test --quiet --lib --test integration --examples --benches -- --nocapture",
        None,
    );
    assert_said(
        &printed,
        &[
            "unit failed",
            "integration failed",
            "child went on",
            "example-test failed",
            "bench failed",
        ],
    );
    assert!(
        printed.contains("WARN perfguard"),
        "the child warned: {printed}"
    );
    // The output of a doctest is not shown: it asserts that it fails.
    let printed = package.run("cargo test --doc", None);
    assert!(printed.contains("1 passed"), "{printed}");
    assert_said(
        &package.run("cargo bench --quiet --bench bench", None),
        &["bench went on"],
    );

    for command in [
        "cargo run --quiet -- run",
        "cargo run --quiet --example example",
    ] {
        let printed = package.run(command, None);
        assert!(printed.contains(" went on"), "{printed}");
        assert_eq!(printed.matches("WARN perfguard").count(), 1, "{printed}");
    }

    let by_hand = newest_test_binary(&package.folder, "integration");
    let by_hand = format!("{} integration --exact --nocapture", by_hand.display());
    assert_said(&package.run(&by_hand, None), &["integration failed"]);
    assert_said(
        &package.run(&by_hand, Some("warn")),
        &["integration went on"],
    );
    assert_said(
        &package.run(&by_hand, Some("off")),
        &["integration went on"],
    );

    let child = by_hand.replace("integration --exact", "child --exact");
    assert_said(&package.run(&child, Some("fail")), &["child failed"]);
    let printed = package.run(&child, Some("off"));
    assert_said(&printed, &["child went on"]);
    assert!(!printed.contains("WARN"), "{printed}");

    allows_are_told(&package);
    // Once is enough: an optimised run builds the package as this one does.
    let runs_many = cfg!(debug_assertions);
    if runs_many {
        a_thousand_tests_see_their_own(&package);
    }

    match Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
    {
        Ok(version) if version.status.success() => {
            let tests = "cargo nextest run --lib --test integration --no-capture";
            let printed = package.run(tests, None);
            assert_said(
                &printed,
                &["unit failed", "integration failed", "child went on"],
            );
            if runs_many {
                let printed = package.run("cargo nextest run --test many", None);
                assert!(printed.contains("1000 passed"), "{printed}");
            }
        }
        _ => {
            #[expect(clippy::print_stderr, reason = "a skip is said loudly")]
            {
                eprintln!("SKIPPED: cargo-nextest is not installed");
            }
            assert!(
                std::env::var_os("PERFGUARD_REQUIRE_ALL").is_none(),
                "cargo-nextest is required here"
            );
        }
    }
}

/// The allows that a run has met, each with its reason, and whether one of its
/// processes needed it.
fn allows(folder: &Path) -> BTreeMap<(String, u64), (String, bool)> {
    let mut allows = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let first = lines.next().unwrap();
        assert_eq!(
            (&first["format"], &first["event"]),
            (&1.into(), &"process".into())
        );
        for line in lines.filter(|line| line["event"] == "allow") {
            assert_eq!(line["format"], 1);
            let place = line["code"]["file"].as_str().unwrap();
            let file = Path::new(place).file_name().unwrap().to_string_lossy();
            let key = (file.into_owned(), line["code"]["line"].as_u64().unwrap());
            let allow = allows
                .entry(key)
                .or_insert((line["reason"].as_str().unwrap().to_owned(), false));
            allow.1 |= line["needed"].as_bool().unwrap();
        }
    }
    allows
}

/// A file that the environment names allows what it says, and a run tells which
/// allows it needed.
fn allows_are_told(package: &Package) {
    let folder = package.folder.join("run");
    let _ = std::fs::remove_dir_all(&folder);
    let file = package.folder.join("perfguard.toml");
    let settings = [
        ("PERFGUARD_CONFIG", file.as_path()),
        ("PERFGUARD_RUN_DIR", folder.as_path()),
    ];
    let (succeeded, printed) = package.run_with("cargo test --quiet --test allows", &settings);
    assert!(succeeded, "{printed}");
    let allows = allows(&folder);
    assert_eq!(allows.len(), 7, "{allows:?}");
    for (place, (reason, is_needed)) in &allows {
        assert_eq!(
            reason,
            if *is_needed { "needed" } else { "stale" },
            "{place:?}"
        );
    }

    let (succeeded, printed) = package.run_with("cargo test --quiet --test allows", &[]);
    assert!(
        !succeeded && printed.contains("allows::configured"),
        "{printed}"
    );
}

/// A thousand tests on sixteen threads, twenty times.
fn a_thousand_tests_see_their_own(package: &Package) {
    let printed = package.run("cargo test --quiet --test many -- --test-threads 16", None);
    assert!(printed.contains("1000 passed"), "{printed}");
    let many = newest_test_binary(&package.folder, "many");
    let again = format!("{} --quiet --test-threads 16", many.display());
    for _ in 1..20 {
        let printed = package.run(&again, None);
        assert!(printed.contains("1000 passed"), "{printed}");
    }
}

fn newest_test_binary(folder: &Path, name: &str) -> PathBuf {
    let deps = folder.join("target/debug/deps");
    std::fs::read_dir(deps)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_none_or(|extension| extension == "exe")
                && path
                    .file_stem()
                    .and_then(|stem| stem.to_str())
                    .is_some_and(|stem| stem.starts_with(&format!("{name}-")))
        })
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        .expect("the test was built")
}
