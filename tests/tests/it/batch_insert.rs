//! Diesel writes a batch insert on SQLite as one INSERT per row: one write.

use diesel::prelude::*;
use perfguard::testing::observe_sync;
use perfguard_tests::diesel_blog::{NewAuthor, Pool, authors, connection, pool};

use crate::support::{opaque, rules};

fn some(n: i32) -> Vec<NewAuthor> {
    (0..n)
        .map(|i| NewAuthor {
            name: format!("new {i}"),
            email: (i % 2 == 0).then(|| format!("{i}@example.org")),
        })
        .collect()
}

/// The rows of one kind, so that all of them have one statement.
fn alike(n: i32) -> Vec<NewAuthor> {
    let mut new = some(n);
    new.iter_mut().for_each(|author| author.email = None);
    new
}

fn in_one_call(pool: &Pool, new: &[NewAuthor]) {
    diesel::insert_into(authors::table)
        .values(new)
        .execute(&mut connection(pool))
        .unwrap();
}

#[test]
fn a_batch_is_one_write() {
    let pool = pool(1);
    let ((), report) = observe_sync(|| in_one_call(&pool, &alike(opaque(20))));
    assert_eq!(report.queries(), 1, "{report}");
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn a_batch_whose_rows_have_different_columns_is_one_write() {
    let pool = pool(1);
    for rows in [2, 20] {
        let ((), report) = observe_sync(|| in_one_call(&pool, &some(opaque(rows))));
        assert_eq!(report.queries(), 1, "{report}");
    }
}

#[test]
fn two_inserts_in_one_transaction_are_two_writes() {
    let pool = pool(1);
    let new = some(2);
    let ((), report) = observe_sync(|| {
        connection(&pool)
            .transaction(|conn| {
                diesel::insert_into(authors::table)
                    .values(&new[0])
                    .execute(conn)?;
                diesel::insert_into(authors::table)
                    .values(&new[1])
                    .execute(conn)?;
                QueryResult::Ok(())
            })
            .unwrap();
    });
    assert_eq!(report.queries(), 2, "{report}");
}

#[test]
fn a_batch_in_the_users_own_transaction_is_one_write() {
    let pool = pool(1);
    let new = alike(opaque(20));
    let ((), report) = observe_sync(|| {
        connection(&pool)
            .transaction(|conn| {
                diesel::insert_into(authors::table)
                    .values(&new)
                    .execute(conn)?;
                QueryResult::Ok(())
            })
            .unwrap();
    });
    assert_eq!(report.queries(), 1, "{report}");
}

#[test]
fn a_batch_in_a_loop_is_a_write_per_round() {
    let pool = pool(1);
    let ((), report) = observe_sync(|| {
        for _ in 0..opaque(3) {
            in_one_call(&pool, &alike(opaque(20)));
        }
    });
    assert_eq!(report.queries(), 3, "{report}");
    // Chunks: somebody is already batching.
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn a_loop_of_inserts_in_one_transaction_is_many_writes() {
    let pool = pool(1);
    let new = alike(opaque(20));
    let ((), report) = observe_sync(|| {
        connection(&pool)
            .transaction(|conn| {
                for author in &new {
                    diesel::insert_into(authors::table)
                        .values(author)
                        .execute(conn)?;
                }
                QueryResult::Ok(())
            })
            .unwrap();
    });
    assert_eq!(report.queries(), 20, "{report}");
    assert_eq!(rules(&report), ["repeated-write"]);
}

#[test]
fn a_loop_of_inserts_is_many_writes() {
    let pool = pool(1);
    let ((), report) = observe_sync(|| {
        for author in &alike(opaque(20)) {
            diesel::insert_into(authors::table)
                .values(author)
                .execute(&mut connection(&pool))
                .unwrap();
        }
    });
    assert_eq!(report.queries(), 20, "{report}");
    assert_eq!(rules(&report), ["repeated-write"]);
}

#[perfguard::query_budget(max = 2)]
fn one_by_one(conn: &mut SqliteConnection, new: &[NewAuthor]) {
    for author in new {
        diesel::insert_into(authors::table)
            .values(author)
            .execute(conn)
            .unwrap();
    }
}

#[perfguard::query_budget(max = 2)]
fn at_once(conn: &mut SqliteConnection, new: &[NewAuthor]) {
    diesel::insert_into(authors::table)
        .values(new)
        .execute(conn)
        .unwrap();
}

/// Tests often run in a transaction that is never committed.
#[test]
fn a_transaction_around_the_handler_hides_no_loop() {
    let pool = pool(1);
    let new = alike(opaque(20));
    let conn = &mut connection(&pool);
    let ((), report) = observe_sync(|| {
        conn.begin_test_transaction().unwrap();
        one_by_one(conn, &new);
    });
    assert_eq!(
        rules(&report),
        ["repeated-write", "query-budget"],
        "{report}"
    );
    let ((), report) = observe_sync(|| at_once(conn, &new));
    assert!(report.findings().is_empty(), "{report}");
    // A savepoint of its own in the transaction around: a batch all the same.
    assert_eq!(report.queries(), 1, "{report}");
}
