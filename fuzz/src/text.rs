//! What holds of any text.

use perfguard_core::statement::{Dialect, Fingerprinter, Statement};

const LONGEST_TEXT: usize = 64 * 1024;
const LONGEST_SUMMARY: usize = 255;

/// Something that leaves much behind in a buffer that is used again.
const BEFORE: &str = "select 'a', ((1, \"b\"), /*! values (x), (x, [$c$ .. ";

/// Reads `sql` in all ways there are, which have to agree, and then the
/// canonical text again, which has to stay as it is. Returns what was read.
pub(crate) fn check(sql: &str, dialect: Dialect) -> Statement {
    let statement = Statement::new(sql, dialect);
    let canonical = statement.text();
    assert!(canonical.len() <= LONGEST_TEXT, "{dialect:?} {sql:?}");
    assert!(
        statement.summary().chars().count() <= LONGEST_SUMMARY,
        "{dialect:?} {sql:?}: {}",
        statement.summary(),
    );
    assert!(!format!("{statement:?}{}", statement.brief()).is_empty());

    let mut fingerprinter = Fingerprinter::new();
    assert_eq!(
        fingerprinter.canonical(sql, dialect),
        canonical,
        "{dialect:?} {sql:?}",
    );
    fingerprinter.canonical(BEFORE, dialect);
    assert_eq!(
        fingerprinter.fingerprint(sql, dialect),
        statement.fingerprint(),
        "{dialect:?} {sql:?}",
    );
    assert_eq!(
        fingerprinter.canonical(sql, dialect),
        canonical,
        "used before: {dialect:?} {sql:?}",
    );

    // A text that was cut ends anywhere, and what a sign after INTERVAL belongs
    // to, MySQL alone reads its own way.
    let is_read_alike = dialect != Dialect::MySql || !canonical.contains("interval");
    if sql.len() < LONGEST_TEXT / 4 && is_read_alike {
        let again = match dialect {
            // In MySQL the quotes of the names would be those of strings.
            Dialect::MySql => Dialect::Ansi,
            other => other,
        };
        assert_eq!(
            fingerprinter.canonical(canonical, again),
            canonical,
            "read again: {dialect:?} {sql:?}",
        );
    }
    statement
}
