//! What never changes a fingerprint, and what always does.

use std::cell::Cell;
use std::collections::HashMap;

use perfguard_core::statement::{Dialect, Fingerprinter, Interner, Statement};
use proptest::prelude::*;

use crate::render::{Style, render};
use crate::sql::Sql;
use crate::support::{DIALECTS, canonical, check, dialect_of_canonical, runner};

/// A statement has one canonical text however it is written in `style`.
fn never_changes(style: Style) {
    check(150, |dialect, statement, choices| {
        let plain = render(statement, dialect, Style::default(), &[]);
        let other = render(statement, dialect, style, choices);
        prop_assert_eq!(
            canonical(&plain, dialect),
            canonical(&other, dialect),
            "{}\n{}",
            plain,
            other
        );
        Ok(())
    });
}

#[test]
fn values_never_change_it() {
    never_changes(Style {
        values: true,
        ..Style::default()
    });
}

#[test]
fn white_space_never_changes_it() {
    never_changes(Style {
        spaces: true,
        ..Style::default()
    });
}

#[test]
fn comments_never_change_it() {
    never_changes(Style {
        comments: true,
        ..Style::default()
    });
}

#[test]
fn lengths_of_lists_never_change_it() {
    never_changes(Style {
        lists: true,
        ..Style::default()
    });
}

#[test]
fn case_of_words_never_changes_it() {
    never_changes(Style {
        case: true,
        ..Style::default()
    });
}

#[test]
fn quotes_of_names_never_change_it() {
    never_changes(Style {
        quotes: true,
        ..Style::default()
    });
}

#[test]
fn what_ends_a_statement_never_changes_it() {
    never_changes(Style {
        ends: true,
        comments: true,
        ..Style::default()
    });
}

#[test]
fn all_of_it_at_once_never_changes_it() {
    never_changes(Style::ALL);
}

/// Every statement that `change` makes of `statement` by changing one part.
fn changed(statement: &Sql, change: impl Fn(&mut Sql, bool) -> bool) -> Vec<Sql> {
    let mut all = Vec::new();
    loop {
        let mut other = statement.clone();
        let mut seen = 0;
        other.walk(true, &mut |part, at_top| {
            let mut copy = part.clone();
            if change(&mut copy, at_top) {
                if seen == all.len() {
                    *part = copy;
                }
                seen += 1;
            }
        });
        if all.len() >= seen {
            return all;
        }
        all.push(other);
    }
}

/// Statements that differ in one part differ in their fingerprints: those that
/// `changes` make of one part, and the statement itself.
fn always_changes<const N: usize>(changes: [impl Fn(&mut Sql, bool) -> bool; N]) {
    let seen = Cell::new(0);
    check(60, |dialect, statement, choices| {
        let originals = vec![statement.clone(); changed(statement, &changes[0]).len()];
        let mut versions = vec![originals];
        versions.extend(changes.iter().map(|change| changed(statement, change)));
        let mut fingerprinter = Fingerprinter::new();
        for at in 0..versions[0].len() {
            let mut texts = HashMap::new();
            for version in &versions {
                let text = render(&version[at], dialect, Style::ALL, choices);
                let fingerprint = fingerprinter.fingerprint(&text, dialect);
                let other = texts.insert(fingerprint, text);
                prop_assert_eq!(None, other, "and {}", &texts[&fingerprint]);
            }
            seen.set(seen.get() + 1);
        }
        Ok(())
    });
    assert!(seen.get() >= 10, "{} changes", seen.get());
}

// In what follows a change brings in something that no statement has. Else an
// item of a list could become equal to the one before, and be dropped.

#[test]
fn another_name_always_changes_it() {
    let names = [("another", false), ("another", true), ("Another", true)];
    always_changes(names.map(|name| {
        move |part: &mut Sql, _| {
            let Sql::Name { text, quoted } = part else {
                return false;
            };
            (*text, *quoted) = name;
            true
        }
    }));
}

#[test]
fn another_operator_always_changes_it() {
    always_changes(["<>", "||"].map(|other| {
        move |part: &mut Sql, _| {
            let Sql::Operator(operator) = part else {
                return false;
            };
            *operator = other;
            true
        }
    }));
}

#[test]
fn a_clause_more_or_less_always_changes_it() {
    always_changes([|part: &mut Sql, at_top| {
        let Sql::Optional { present, .. } = part else {
            return false;
        };
        *present = !*present;
        // At the top there are no lists.
        at_top
    }]);
}

#[test]
fn what_is_is_asked_for_always_changes_it() {
    // The keyword stands only after IS: elsewhere NULL is a value.
    always_changes(["TRUE", "FALSE", "UNKNOWN"].map(|other| {
        move |part: &mut Sql, _| {
            let Sql::Keyword(word) = part else {
                return false;
            };
            let is_null = *word == "NULL";
            *word = other;
            is_null
        }
    }));
}

#[test]
fn a_name_more_in_a_list_always_changes_it() {
    // Only items that hold a value are dropped when they are repeated.
    let name = || Sql::Name {
        text: "another",
        quoted: false,
    };
    always_changes([1, 2].map(|count| {
        move |part: &mut Sql, _| {
            let Sql::Enclosed(_, list, _) = part else {
                return false;
            };
            let mut items = vec![(**list).clone()];
            for _ in 0..count {
                items.extend([Sql::Punctuation(","), name()]);
            }
            **list = Sql::Sequence(items);
            true
        }
    }));
}

#[test]
fn canonical_text_is_its_own_canonical_text() {
    check(150, |dialect, statement, choices| {
        is_idempotent(&render(statement, dialect, Style::ALL, choices), dialect)
    });
    let texts = prop_oneof![any::<String>(), strange_text()];
    let input = (texts, prop::sample::select(DIALECTS.to_vec()));
    runner(2_000)
        .run(&input, |(text, dialect)| is_idempotent(&text, dialect))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn is_idempotent(text: &str, dialect: Dialect) -> Result<(), TestCaseError> {
    let once = canonical(text, dialect);
    let twice = canonical(&once, dialect_of_canonical(dialect));
    prop_assert_eq!(&once, &twice, "{}", text);
    Ok(())
}

/// Pieces that mean something to a lexer, one after the other.
fn strange_text() -> impl Strategy<Value = String> {
    const PIECES: [&str; 83] = [
        "select",
        "from",
        "where",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        ".",
        "'a'",
        "'",
        "\"b\"",
        "\"",
        "`c`",
        "`",
        "1",
        "-",
        "+",
        "--",
        "/*",
        "*/",
        "/*!",
        "/*!50001",
        "/*M!",
        "#",
        "?",
        "?|",
        "$1",
        "$a$",
        "$$",
        "$",
        ":",
        "::",
        ":n",
        ":=",
        "@",
        "@@",
        "@v",
        "*",
        "/",
        "=",
        "<",
        ">",
        "|",
        "!",
        "~",
        "\\",
        "\\N",
        "\\'",
        "null",
        "true",
        "default",
        "values",
        "value",
        "row",
        "in",
        "is",
        "not",
        "or",
        "case",
        "limit",
        "union",
        "as",
        "e",
        "E'",
        "U&'",
        "n'",
        "_x'",
        "0x1f",
        "1e5",
        "1.",
        "1..2",
        ".5",
        "t.1bar",
        "123foo",
        "savepoint",
        "release",
        "\u{e9}",
        "\u{ff0c}",
        "\0",
        "\n",
        " ",
    ];
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..16)
        .prop_map(|pieces| pieces.concat())
}

#[test]
fn all_ways_to_read_a_text_agree() {
    let text = prop_oneof![any::<String>(), strange_text()];
    let input = prop::collection::vec((text, prop::sample::select(DIALECTS.to_vec())), 1..12);
    let interner = Interner::new();
    runner(400)
        .run(&input, |texts| {
            let mut used = Fingerprinter::new();
            for (text, dialect) in &texts {
                let statement = Statement::new(text, *dialect);
                prop_assert_eq!(used.canonical(text, *dialect), statement.text());
                prop_assert_eq!(used.fingerprint(text, *dialect), statement.fingerprint());
                let interned = interner.intern(text, *dialect);
                prop_assert_eq!(interned.text(), statement.text());
                prop_assert_eq!(interned.fingerprint(), statement.fingerprint());
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
