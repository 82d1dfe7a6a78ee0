//! The rules are right in every case of the corpus.

use std::process::Command;

/// In a process of its own: it is no test binary, so that its budgeted
/// functions are in production.
#[test]
fn the_rules_are_precise() {
    let ran = Command::new(env!("CARGO_BIN_EXE_corpus"))
        .env_remove("PERFGUARD")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}");
    let total = said.lines().last().unwrap();
    assert!(
        total.starts_with("all") && total.contains("1.000 |  1.000"),
        "{said}"
    );
}
