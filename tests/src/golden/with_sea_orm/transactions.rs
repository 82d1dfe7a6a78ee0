//! How SeaORM controls transactions. Its mock has names of its own for
//! savepoints; the others are those of sqlx, which SeaORM leaves them to.

use std::collections::BTreeSet;

use sea_orm::{DbBackend, TransactionTrait};

use super::executed::log;
use super::{ALL, Corpus, text};

pub(super) fn add_to(corpus: &mut Corpus) {
    for backend in ALL {
        for sql in logged(backend) {
            mocked(corpus, backend, sql);
        }
        for (variant, depth) in [("sqlx, 1", 1), ("sqlx, 12", 12)] {
            let name = format!("_sqlx_savepoint_{depth}");
            for (case, words) in [
                ("savepoint", "SAVEPOINT"),
                ("release-savepoint", "RELEASE SAVEPOINT"),
                ("rollback-to-savepoint", "ROLLBACK TO SAVEPOINT"),
            ] {
                text(
                    corpus,
                    backend,
                    case,
                    Some(variant),
                    format!("{words} {name}"),
                );
            }
        }
    }
    let serializable = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    let read_only = "SET TRANSACTION READ ONLY";
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        for (case, sql) in [
            ("set-isolation", serializable),
            ("set-read-only", read_only),
        ] {
            text(corpus, backend, case, None, sql.to_owned());
        }
    }
}

/// A transaction within a transaction within a transaction, all of them
/// committed, then all of them rolled back.
fn logged(backend: DbBackend) -> BTreeSet<String> {
    let statements = log(backend, async |db| {
        for commit in [true, false] {
            let outer = db.begin().await.expect("the mock begins");
            let middle = outer.begin().await.expect("the mock begins");
            let inner = middle.begin().await.expect("the mock begins");
            for transaction in [inner, middle, outer] {
                let end = if commit {
                    transaction.commit().await
                } else {
                    transaction.rollback().await
                };
                end.expect("the mock ends");
            }
        }
    });
    statements
        .into_iter()
        .map(|statement| statement.sql)
        .collect()
}

fn mocked(corpus: &mut Corpus, backend: DbBackend, sql: String) {
    let case = match sql.as_str() {
        "BEGIN" => "begin",
        "COMMIT" => "commit",
        "ROLLBACK" => "rollback",
        text if text.starts_with("SAVEPOINT") => "savepoint",
        text if text.starts_with("RELEASE") => "release-savepoint",
        _ => "rollback-to-savepoint",
    };
    let variant = if sql.ends_with("_1") {
        Some("mock, 1")
    } else if sql.ends_with("_2") {
        Some("mock, 2")
    } else {
        None
    };
    text(corpus, backend, case, variant, sql);
}
