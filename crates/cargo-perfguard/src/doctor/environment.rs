//! The variables that perfguard reads, and the runner of the tests. Values are not repeated.

use std::env;

use super::diagnosis::Diagnosis;
use crate::test::has_nextest;

/// A variable that takes one of some words, and what holds without it.
struct Words {
    name: &'static str,
    accepted: &'static [&'static str],
    says: &'static str,
    unset: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        name: "PERFGUARD",
        accepted: &["fail", "off", "warn"],
        says: "what a broken budget does",
        unset: "a broken budget fails under `cargo test`, and is warned of elsewhere",
    },
    Words {
        name: "PERFGUARD_BASELINE",
        accepted: &["check", "new", "write"],
        says: "what a test does about its baseline",
        unset: "a baseline is checked in a CI, and recorded elsewhere",
    },
];

pub(super) fn tell(diagnosis: &mut Diagnosis) {
    diagnosis.begin("environment");
    for variable in &WORDS {
        variable.tell(diagnosis);
    }
    match set("PERFGUARD_CONFIG") {
        None => diagnosis.ok("PERFGUARD_CONFIG is not set here"),
        Some(path) if std::path::Path::new(&path).exists() => {
            diagnosis.ok("PERFGUARD_CONFIG names the file with the settings, and it is there");
        }
        Some(_) => diagnosis.problem(
            "PERFGUARD_CONFIG names a file that is not there: tests with a budget fail",
            "name one, or unset the variable",
        ),
    }
    match set("PERFGUARD_RUN_DIR") {
        None => diagnosis
            .ok("PERFGUARD_RUN_DIR is not set: `cargo perfguard test` sets it for the tests"),
        Some(_) => diagnosis.note(
            "PERFGUARD_RUN_DIR is set: tests that are run without `cargo perfguard test` leave their run there",
            "read it by `cargo perfguard report FOLDER`, or unset the variable",
        ),
    }
    match set("CI").filter(|it| it != "false" && it != "0") {
        None => diagnosis.ok("CI is not set: baselines that are not there are recorded"),
        Some(_) => diagnosis.ok("CI is set: baselines are checked, and nothing is written"),
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if has_nextest(&cargo) {
        diagnosis
            .ok("cargo-nextest is installed: `cargo perfguard test` uses it, and runs no doctests");
    } else {
        diagnosis.ok("cargo-nextest is not installed: `cargo perfguard test` uses `cargo test`");
    }
}

impl Words {
    fn tell(&self, diagnosis: &mut Diagnosis) {
        let Self {
            name,
            accepted,
            says,
            unset,
        } = self;
        let Some(value) = set(name) else {
            diagnosis.ok(format!("{name} is not set: {unset}"));
            return;
        };
        let word = accepted.iter().find(|it| value == **it);
        match word {
            Some(&"off") => diagnosis.note(
                format!("{name} is `off`: nothing is counted"),
                "unset it where budgets should hold",
            ),
            Some(word) => diagnosis.ok(format!("{name} is `{word}`: {says}")),
            None => diagnosis.problem(
                format!("{name} is set to something that is not accepted"),
                format!("set it to `{}`, or unset it", accepted.join("`, `")),
            ),
        }
    }
}

/// An empty value is how scripts leave a variable unset.
fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|it| !it.is_empty())
}
