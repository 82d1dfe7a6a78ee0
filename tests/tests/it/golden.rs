//! The corpus of SQL that the golden test of fingerprints reads is what the
//! ORMs of today write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use perfguard_tests::golden::{self, Dialect, Orm};

const FILE: &str = "crates/perfguard-core/tests/data/orm-statements.jsonl";

/// How many of the lines that differ a failure shows.
const SHOWN: usize = 5;

#[test]
fn the_corpus_is_what_the_orms_write() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let committed = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let written = golden::json_lines();
    if committed == written {
        return;
    }
    panic!(
        "{FILE} is not what the ORMs write (`-` in the file, `+` written now):\n{}\n\
         Read the difference, and if it is right:\n\
         cargo run -p perfguard-tests --bin golden > {FILE}",
        first_differences(&committed, &written)
    );
}

/// The first lines that only one of the texts has.
fn first_differences(committed: &str, written: &str) -> String {
    let committed: BTreeSet<&str> = committed.lines().collect();
    let written: BTreeSet<&str> = written.lines().collect();
    let gone = committed.difference(&written).take(SHOWN);
    let new = written.difference(&committed).take(SHOWN);
    let mut shown: Vec<String> = gone.map(|line| format!("- {line}")).collect();
    shown.extend(new.map(|line| format!("+ {line}")));
    if shown.is_empty() {
        shown.push("the same lines, in another order or number".to_owned());
    }
    shown.join("\n")
}

/// One text is one shape, so it cannot be in two cases.
#[test]
fn a_text_has_one_case() {
    let mut cases = BTreeMap::new();
    for statement in golden::statements() {
        let text = (statement.orm, statement.dialect, statement.sql);
        let case = cases.entry(text.clone()).or_insert(statement.case);
        assert_eq!(*case, statement.case, "two cases write {text:?}");
    }
}

#[test]
fn a_statement_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for statement in golden::statements() {
        let name = (
            statement.orm,
            statement.dialect,
            statement.case,
            statement.variant,
        );
        assert!(names.insert(name), "{name:?} is there twice");
    }
}

#[test]
fn a_statement_is_sql_without_its_binds() {
    for statement in golden::statements() {
        let sql = &statement.sql;
        assert!(sql.contains(|c: char| c.is_alphabetic()), "{statement:?}");
        assert!(!sql.contains(" -- binds:"), "{statement:?}");
        assert!(!sql.starts_with('"'), "a name alone: {statement:?}");
    }
}

#[test]
fn each_orm_has_many_cases_on_each_database() {
    let mut cases: BTreeMap<(Orm, Dialect), BTreeSet<&str>> = BTreeMap::new();
    for statement in golden::statements() {
        let of_one = cases.entry((statement.orm, statement.dialect));
        of_one.or_default().insert(statement.case);
    }
    assert_eq!(cases.len(), 6, "two ORMs on three databases");
    for (of, cases) in cases {
        assert!(cases.len() >= 110, "{of:?} has {} cases", cases.len());
    }
}
