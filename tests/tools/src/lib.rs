//! What tests need of a machine: programs and servers. Where one is missing, a
//! test says so and is skipped; with `PERFGUARD_REQUIRE_ALL` that is a failure,
//! if it is a server, or a program that a variable names.

mod browser;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;

pub use browser::{browser, seen};

/// The first of these programs that runs; `variable` may name another one.
///
/// # Panics
/// If it names one that does not run, and every test is required.
#[must_use]
pub fn program(variable: &str, names: &[&str]) -> Option<OsString> {
    let named = set(variable);
    let candidates = match &named {
        Some(named) => vec![named.clone()],
        None => names.iter().map(OsString::from).collect(),
    };
    let found = candidates.into_iter().find(runs);
    if found.is_none() {
        assert!(
            named.is_none() || !are_all_required(),
            "{variable} names nothing that runs"
        );
        skipped(&format!(
            "none of {} runs; {variable} may name one",
            names.join(", ")
        ));
    }
    found
}

/// Whether a program says which version it is.
#[must_use]
pub fn runs(program: &OsString) -> bool {
    let mut version = Command::new(program);
    version.arg("--version");
    version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|it| it.success())
}

/// The URL of the server that a variable names.
///
/// # Panics
/// If it names none, and every test is required.
#[must_use]
pub fn server(variable: &str) -> Option<String> {
    let url = set(variable).and_then(|url| url.into_string().ok());
    if url.is_none() {
        assert!(
            !are_all_required(),
            "{variable} is not set, and every test is required here: \
             CONTRIBUTING.md says how to start a server"
        );
        skipped(&format!(
            "the tests on its server, because {variable} is not set: \
             CONTRIBUTING.md says how to start one"
        ));
    }
    url
}

/// Says once in a process that something is skipped.
///
/// Not through a macro: the test harness would keep that to itself.
fn skipped(what: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let is_new = SAID
        .lock()
        .is_ok_and(|mut said| said.insert(what.to_owned()));
    if is_new {
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}\n");
    }
}

fn set(variable: &str) -> Option<OsString> {
    std::env::var_os(variable).filter(|value| !value.is_empty())
}

fn are_all_required() -> bool {
    std::env::var_os("PERFGUARD_REQUIRE_ALL").is_some()
}
