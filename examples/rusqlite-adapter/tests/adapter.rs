//! What the adapter tells of rusqlite.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use perfguard::testing::observe_sync;
use rusqlite::params;
use rusqlite_adapter::Db;

fn connect(rows: i64) -> Db {
    let db = Db::open(":memory:").unwrap();
    db.execute(
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
        &[],
    )
    .unwrap();
    for id in 1..=rows {
        db.execute(
            "INSERT INTO authors VALUES (?, ?)",
            params![id, format!("author {id}")],
        )
        .unwrap();
    }
    db
}

fn name(db: &Db, id: i64) -> Vec<String> {
    let sql = "SELECT name FROM authors WHERE id = ?";
    db.query(sql, params![id], |row| row.get(0)).unwrap() // the query
}

#[test]
fn a_loop_is_found_at_the_line_that_called_the_adapter() {
    let db = connect(5);
    let ((), report) = observe_sync(|| {
        for id in 1..=std::hint::black_box(5) {
            name(&db, id);
        }
    });
    assert_eq!(report.queries(), 5);
    assert_eq!(report.rows(), Some(5));
    assert!(report.elapsed().is_some());
    let finding = &report.findings()[0];
    assert_eq!((finding.rule(), finding.count()), ("n-plus-one", 5));
    assert_eq!(finding.distinct_binds(), Some(5));
    let site = finding.call_site().unwrap();
    let line = include_str!("adapter.rs")
        .lines()
        .position(|line| line.ends_with("// the query"));
    assert_eq!(
        (site.file(), site.line() as usize),
        (file!(), line.unwrap() + 1)
    );
    assert!(!report.to_string().contains("author 5"), "{report}");
}

#[test]
fn two_lines_are_two_places() {
    let db = connect(2);
    let ((), report) = observe_sync(|| {
        name(&db, 1);
        name(&db, 2);
    });
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn equal_values_are_a_duplicate_and_a_retry_is_none() {
    let db = connect(2);
    let ((), report) = observe_sync(|| {
        name(&db, 1);
        name(&db, 1);
    });
    assert_eq!(report.findings()[0].rule(), "duplicate-query");

    let ((), report) = observe_sync(|| {
        for _ in 0..std::hint::black_box(2) {
            let sql = "SELECT missing FROM authors WHERE id = ?";
            let read = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            assert!(db.query(sql, params![1], read).is_err());
        }
    });
    assert_eq!(report.queries(), 2, "what failed has run");
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn rows_that_a_write_changed_are_counted() {
    let db = connect(5);
    let (changed, report) =
        observe_sync(|| db.execute("UPDATE authors SET name = ? WHERE id > ?", params!["x", 2]));
    assert_eq!((changed.unwrap(), report.rows_affected()), (3, Some(3)));
}

#[test]
fn connections_and_transactions_are_told() {
    let ((), report) = observe_sync(|| {
        let mut db = connect(0);
        db.transaction(|db| {
            db.execute("INSERT INTO authors VALUES (1, 'one')", &[])?;
            let undone = db.transaction(|db| {
                db.execute("INSERT INTO authors VALUES (2, 'two')", &[])?;
                db.execute("INSERT INTO missing VALUES (3)", &[])
            });
            assert!(undone.is_err());
            Ok(())
        })
        .unwrap();
        let rows = db.query("SELECT count(*) FROM authors", &[], |row| {
            row.get::<_, i64>(0)
        });
        assert_eq!(rows.unwrap(), [1], "the inner one was undone");
        let failed =
            db.transaction(|db| db.execute("INSERT INTO authors VALUES (1, 'again')", &[]));
        assert!(failed.is_err());
    });
    let connections = report.connections().unwrap();
    assert_eq!(
        (connections.established(), connections.most_held()),
        (1, Some(1))
    );
    let transactions = report.transactions().unwrap();
    assert_eq!(transactions.count(), 2);
    assert_eq!(
        (transactions.committed(), transactions.rolled_back()),
        (1, 1)
    );
    assert_eq!(transactions.most_statements(), 3);
}

#[test]
fn outside_a_scope_statements_are_unattributed() {
    let db = connect(1);
    let before = perfguard::adapter::unattributed();
    name(&db, 1);
    assert!(perfguard::adapter::unattributed() > before);
}
