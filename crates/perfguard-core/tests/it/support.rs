//! What the modules share: the dialects, the data files, and how to
//! run a property.

use perfguard_core::statement::{Dialect, Fingerprinter};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

use crate::sql::{Sql, statement};

pub(crate) const DIALECTS: [Dialect; 4] = [
    Dialect::Ansi,
    Dialect::MySql,
    Dialect::Postgres,
    Dialect::Sqlite,
];

/// The dialect that a data file calls `name`.
pub(crate) fn dialect(name: &str) -> Dialect {
    match name {
        "generic" => Dialect::Ansi,
        "mysql" => Dialect::MySql,
        "postgres" => Dialect::Postgres,
        "sqlite" => Dialect::Sqlite,
        _ => panic!("no dialect is called {name}"),
    }
}

/// The dialect that canonical text is written in, if the SQL was in `dialect`:
/// MySQL would take its quoted names for strings.
pub(crate) fn dialect_of_canonical(dialect: Dialect) -> Dialect {
    match dialect {
        Dialect::MySql => Dialect::Ansi,
        other => other,
    }
}

pub(crate) fn canonical(sql: &str, dialect: Dialect) -> String {
    Fingerprinter::new().canonical(sql, dialect).to_owned()
}

/// The objects of a file that has one a line.
pub(crate) fn json_lines(file: &str) -> Vec<Value> {
    file.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn string<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is no string in {object}"))
}

/// Runs `property` on statements of each dialect, and bytes to render with.
pub(crate) fn check(
    cases: u32,
    property: impl Fn(Dialect, &Sql, &[u8]) -> Result<(), TestCaseError>,
) {
    for dialect in DIALECTS {
        let input = (
            statement(dialect),
            prop::collection::vec(any::<u8>(), 0..400),
        );
        runner(cases)
            .run(&input, |(statement, choices)| {
                property(dialect, &statement, &choices)
            })
            .unwrap_or_else(|failure| panic!("{dialect:?}: {failure}"));
    }
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        // The same texts in each run: a change fails its own tests, not those
        // of the next one. To look for more, raise the number of cases.
        rng_seed: RngSeed::Fixed(1),
        // A failure gets a test of its own: a file of seeds would not outlive
        // a change of the generator.
        failure_persistence: None,
        ..Config::default()
    })
}
