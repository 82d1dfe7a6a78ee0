//! No value and no comment is in anything that a statement says of itself.

use std::cell::Cell;

use perfguard_core::statement::{Dialect, Statement};
use proptest::prelude::*;

use crate::render::{MARKER, NUMBER_MARKER, Style, render};
use crate::support::check;

const MARKED: Style = Style {
    marked: true,
    ..Style::ALL
};

fn says_no_marker(sql: &str, dialect: Dialect) -> Result<(), TestCaseError> {
    let statement = Statement::new(sql, dialect);
    let said = [
        statement.text().to_owned(),
        statement.summary().to_owned(),
        statement.brief(),
        format!("{statement:?}"),
    ];
    for said in said {
        prop_assert!(!said.contains(MARKER), "{}\n{}", sql, said);
        prop_assert!(!said.contains(NUMBER_MARKER), "{}\n{}", sql, said);
    }
    Ok(())
}

#[test]
fn values_and_comments_are_not_told() {
    let marked = Cell::new([0, 0]);
    check(150, |dialect, statement, choices| {
        let sql = render(statement, dialect, MARKED, choices);
        let [texts, numbers] = marked.get();
        marked.set([
            texts + sql.matches(MARKER).count(),
            numbers + sql.matches(NUMBER_MARKER).count(),
        ]);
        says_no_marker(&sql, dialect)
    });
    let [texts, numbers] = marked.get();
    assert!(texts > 1_000 && numbers > 100, "{texts} {numbers}");
}

#[test]
fn values_and_comments_without_an_end_are_not_told() {
    let incomplete = Cell::new(0);
    check(60, |dialect, statement, choices| {
        let sql = render(statement, dialect, MARKED, choices);
        // Right after each marker, and further on within the literal.
        for (at, marker) in sql.match_indices(MARKER) {
            let rest = sql.split_at(at + marker.len()).1;
            for length in [0, 1, 3] {
                let Some((start, _)) = rest.char_indices().nth(length) else {
                    continue;
                };
                let cut = &sql[..at + marker.len() + start];
                if !Statement::new(cut, dialect).shape().is_complete() {
                    incomplete.set(incomplete.get() + 1);
                }
                says_no_marker(cut, dialect)?;
            }
        }
        Ok(())
    });
    assert!(incomplete.get() > 1_000, "{} cuts", incomplete.get());
}

#[test]
fn what_comes_after_an_open_quote_is_not_told() {
    check(60, |dialect, statement, choices| {
        // Without comments: the last of them could take the quote for its own.
        let style = Style {
            comments: false,
            ..MARKED
        };
        let sql = render(statement, dialect, style, choices);
        let others: &[&str] = match dialect {
            Dialect::MySql => &["`", "#", "_utf8mb4'"],
            Dialect::Postgres => &["$$", "$a$", "E'\\'", "U&'", "/* /* */"],
            Dialect::Sqlite => &["`", "["],
            _ => &["`", "$$", "$a$", "E'\\'", "/* /* */"],
        };
        for opening in ["'", "\"", "'a''", "/*", "-- "].iter().chain(others) {
            says_no_marker(&format!("{sql} {opening}{MARKER}, {MARKER}"), dialect)?;
        }
        Ok(())
    });
}
