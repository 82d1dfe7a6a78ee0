//! Reading statements costs no memory, and one cache serves all threads.

use std::sync::Arc;

use perfguard::statement::{Dialect, Fingerprinter, Interner, Statement};
use perfguard_tests::golden;

fn statements() -> Vec<(String, Dialect)> {
    let statements = golden::statements().into_iter();
    statements
        .map(|statement| {
            let dialect = match statement.dialect {
                golden::Dialect::Mysql => Dialect::MySql,
                golden::Dialect::Postgres => Dialect::Postgres,
                golden::Dialect::Sqlite => Dialect::Sqlite,
            };
            (statement.sql, dialect)
        })
        .collect()
}

fn allocations(body: impl FnOnce()) -> u64 {
    allocation_counter::measure(body).count_total
}

#[test]
fn a_fingerprinter_allocates_once() {
    let statements = statements();
    let mut fingerprinter = Fingerprinter::new();
    let mut long = String::from("SELECT 'a', \"b\"");
    for _ in 0..8_000 {
        long += " + (1, NULL)";
    }
    let read_all = |fingerprinter: &mut Fingerprinter| {
        for (sql, dialect) in &statements {
            let fingerprint = fingerprinter.fingerprint(sql, *dialect);
            assert!(!fingerprinter.canonical(sql, *dialect).is_empty());
            assert_eq!(fingerprint, fingerprinter.fingerprint(sql, *dialect));
        }
        for dialect in [Dialect::Ansi, Dialect::MySql, Dialect::Postgres] {
            fingerprinter.fingerprint(&long, dialect);
            fingerprinter.fingerprint_bytes(b"'\\' unterminated", dialect);
        }
    };
    assert_eq!(allocations(|| read_all(&mut fingerprinter)), 0);
}

#[test]
fn a_statement_that_is_known_allocates_nothing() {
    let statements = statements();
    let interner = Interner::new();
    let first = &statements[..500];
    let known: Vec<_> = first
        .iter()
        .map(|(sql, dialect)| interner.intern(sql, *dialect))
        .collect();
    let count = allocations(|| {
        for ((sql, dialect), known) in first.iter().zip(&known) {
            assert!(Arc::ptr_eq(known, &interner.intern(sql, *dialect)));
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn threads_that_share_a_cache_get_the_right_statement() {
    let statements = statements();
    let interner = Interner::new();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (statements, interner) = (&statements, &interner);
            scope.spawn(move || {
                // More texts than there is room for, and some that all know.
                for (at, (sql, dialect)) in statements.iter().enumerate() {
                    let sql = match at % 4 {
                        0 => sql.clone(),
                        _ => format!("{sql} -- {thread} {at}"),
                    };
                    let statement = interner.intern(&sql, *dialect);
                    let expected = Statement::new(&sql, *dialect);
                    assert_eq!(statement.text(), expected.text());
                    assert_eq!(statement.dialect(), *dialect);
                }
            });
        }
    });
    assert!((1..=4_096).contains(&interner.len()));
    assert!(interner.bytes() <= 8 * 1024 * 1024);
}
