//! The fingerprints of what the ORMs write. They are in baselines: when one of
//! them changes, `RULE_SET_VERSION` and the changelog have to say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use perfguard_core::statement::{Fingerprinter, RULE_SET_VERSION};
use serde_json::Value;

use crate::support::{dialect, json_lines, string};

/// Set to any value, the file is written again.
const OVERWRITE: &str = "PERFGUARD_GOLDEN";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn statements() -> Vec<Value> {
    let statements = json_lines(&std::fs::read_to_string(data("orm-statements.jsonl")).unwrap());
    assert!(statements.len() >= 2_000, "{}", statements.len());
    statements
}

#[test]
fn fingerprints_are_those_of_the_file() {
    let mut fingerprinter = Fingerprinter::new();
    let mut lines = BTreeSet::new();
    for statement in statements() {
        let (sql, dialect) = (
            string(&statement, "sql"),
            dialect(string(&statement, "dialect")),
        );
        let fingerprint = fingerprinter.fingerprint(sql, dialect);
        let text = fingerprinter.canonical(sql, dialect);
        lines.insert(format!("{text}\t{fingerprint}"));
    }
    let mut now = format!("rule set version {RULE_SET_VERSION}\n");
    for line in &lines {
        writeln!(now, "{line}").unwrap();
    }

    let file = data("fingerprints.tsv");
    if std::env::var_os(OVERWRITE).is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let before = std::fs::read_to_string(&file).unwrap_or_default();
    let gone = before.lines().find(|line| !now.contains(line));
    let new = now.lines().find(|line| !before.contains(line));
    assert!(
        before == now,
        "{} is not what the rules make of the statements.\n\
         in the file: {gone:?}\n\
         now:         {new:?}\n\
         If it is a change of the rules, raise `RULE_SET_VERSION`, say so in CHANGELOG.md,\n\
         and run the test with {OVERWRITE}=1.",
        file.display(),
    );
}

/// Statements of one case differ in values and the length of lists alone;
/// those of different cases in a table, a column, an operator or a clause.
#[test]
fn a_fingerprint_is_one_case() {
    let statements = statements();
    let mut fingerprinter = Fingerprinter::new();
    let mut cases = BTreeMap::new();
    let mut fingerprints = BTreeMap::new();
    for statement in &statements {
        let (orm, backend) = (string(statement, "orm"), string(statement, "dialect"));
        let (case, sql) = (string(statement, "case"), string(statement, "sql"));
        let fingerprint = fingerprinter.fingerprint(sql, dialect(backend));
        let (other, text) = cases
            .entry((orm, backend, fingerprint))
            .or_insert((case, sql));
        assert_eq!(case, *other, "merged:\n{sql}\n{text}");
        let (other, text) = fingerprints
            .entry((orm, backend, case))
            .or_insert((fingerprint, sql));
        assert_eq!(fingerprint, *other, "{case} is split:\n{sql}\n{text}");
    }
}
