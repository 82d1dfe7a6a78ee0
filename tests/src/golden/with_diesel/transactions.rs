//! How Diesel controls transactions. It sends these texts without a query
//! builder: see `AnsiTransactionManager`, and for PostgreSQL and SQLite the
//! builders of their connections.

use super::super::{Dialect, Orm};
use super::Corpus;

pub(super) fn add_to(corpus: &mut Corpus) {
    for dialect in Dialect::ALL {
        plain(corpus, dialect, "begin", None, "BEGIN");
        plain(corpus, dialect, "commit", None, "COMMIT");
        plain(corpus, dialect, "rollback", None, "ROLLBACK");
        for (variant, depth) in [("1", 1), ("2", 2), ("12", 12)] {
            let name = format!("diesel_savepoint_{depth}");
            let variant = Some(variant);
            plain(
                corpus,
                dialect,
                "savepoint",
                variant,
                &format!("SAVEPOINT {name}"),
            );
            plain(
                corpus,
                dialect,
                "release-savepoint",
                variant,
                &format!("RELEASE SAVEPOINT {name}"),
            );
            plain(
                corpus,
                dialect,
                "rollback-to-savepoint",
                variant,
                &format!("ROLLBACK TO SAVEPOINT {name}"),
            );
        }
    }
    let sqlite = [
        ("begin-immediate", "BEGIN IMMEDIATE"),
        ("begin-exclusive", "BEGIN EXCLUSIVE"),
    ];
    for (case, sql) in sqlite {
        plain(corpus, Dialect::Sqlite, case, None, sql);
    }
    let postgres = [
        (
            "begin-serializable",
            "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        ),
        (
            "begin-read-only",
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE",
        ),
    ];
    for (case, sql) in postgres {
        plain(corpus, Dialect::Postgres, case, None, sql);
    }
}

fn plain(
    corpus: &mut Corpus,
    dialect: Dialect,
    case: &'static str,
    variant: Option<&'static str>,
    sql: &str,
) {
    corpus.add(Orm::Diesel, dialect, case, variant, sql.to_owned());
}
