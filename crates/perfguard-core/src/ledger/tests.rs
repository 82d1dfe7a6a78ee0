//! How what an adapter reports and what a second source saw become one.

use std::sync::Arc;

use super::{Execution, Key, Ledger, MAX_STATEMENTS};
use crate::callsite::{Chain, SiteId};
use crate::query::{Binds, Completion, Orm};
use crate::statement::{Dialect, Statement};

const POSTS: &str = "SELECT id FROM posts LIMIT 20";
const AUTHORS: &str = "SELECT name FROM authors WHERE id = ?";
const WRITE: &str = "UPDATE authors SET name = ?";

fn run<R>(
    sql: &str,
    dialect: Dialect,
    rows: Option<u64>,
    enter: impl FnOnce(&Execution<'_>) -> R,
) -> R {
    let mut completion = Completion::new();
    if let Some(rows) = rows {
        completion = completion.rows(rows);
    }
    enter(&Execution {
        statement: &Arc::new(Statement::new(sql, dialect)),
        orm: Orm::SeaOrm,
        binds: Binds::Unknown,
        place: None::<(SiteId, Chain)>,
        transaction: None,
        connection: None,
        completion,
        inside: None,
        is_read: true,
        allows: &[],
    })
}

fn record(ledger: &mut Ledger, sql: &str, rows: Option<u64>) -> Key {
    run(sql, Dialect::Sqlite, rows, |it| ledger.record(it))
}

fn echo(ledger: &mut Ledger, sql: &str, rows: Option<u64>) {
    run(sql, Dialect::Sqlite, rows, |it| ledger.echo(it, &[]));
}

fn settled(fill: impl FnOnce(&mut Ledger)) -> Ledger {
    let mut ledger = Ledger::default();
    fill(&mut ledger);
    ledger.settle();
    ledger
}

/// Executions, the rows of all reads, rows of the reads that are known.
fn numbers(ledger: &Ledger) -> (u64, Option<u64>, u64) {
    (ledger.executions(), ledger.rows(), ledger.rows_so_far())
}

#[test]
fn each_execution_counts_once_in_any_order() {
    let before = settled(|it| {
        echo(it, POSTS, Some(20));
        record(it, POSTS, None);
    });
    let after = settled(|it| {
        record(it, POSTS, None);
        echo(it, POSTS, Some(20));
    });
    assert_eq!(numbers(&before), (1, Some(20), 20));
    assert_eq!(numbers(&after), (1, Some(20), 20));
}

#[test]
fn what_only_one_of_the_two_saw_counts() {
    let ledger = settled(|it| {
        record(it, POSTS, None);
        echo(it, POSTS, Some(20));
        record(it, AUTHORS, None);
        echo(it, WRITE, Some(0));
    });
    // The rows of `AUTHORS` are nobody's.
    assert_eq!(numbers(&ledger), (3, None, 20));
    assert_eq!(ledger.rows_affected(), None);
    let counts: Vec<_> = ledger.tallies().iter().map(|it| it.count()).collect();
    assert_eq!(counts, [1, 1, 1]);
}

#[test]
fn the_larger_number_of_the_two_counts() {
    let ledger = settled(|it| {
        (0..2).for_each(|_| {
            record(it, AUTHORS, None);
        });
        (0..3).for_each(|_| echo(it, AUTHORS, Some(1)));
        (0..3).for_each(|_| {
            record(it, POSTS, None);
        });
        (0..2).for_each(|_| echo(it, POSTS, Some(20)));
    });
    // Two of three executions of `POSTS` do not tell the rows of all.
    assert_eq!(numbers(&ledger), (6, None, 3));
}

#[test]
fn rows_that_the_adapter_knows_are_not_added_again() {
    let ledger = settled(|it| {
        record(it, POSTS, Some(20));
        echo(it, POSTS, Some(20));
    });
    assert_eq!(numbers(&ledger), (1, Some(20), 20));
}

#[test]
fn rows_that_the_adapter_knows_of_some_are_filled_up() {
    let ledger = settled(|it| {
        record(it, POSTS, Some(20));
        record(it, POSTS, None);
        echo(it, POSTS, Some(20));
        echo(it, POSTS, Some(7));
    });
    assert_eq!(numbers(&ledger), (2, Some(27), 27));
    let ledger = settled(|it| {
        let read = record(it, POSTS, None);
        // The stream took two of the three that the driver had read.
        let taken = Completion::new().rows(2).rows_transferred(3);
        it.complete(&read, taken);
        echo(it, POSTS, Some(3));
    });
    assert_eq!(numbers(&ledger), (1, Some(2), 2));
    assert_eq!(ledger.rows_transferred(), Some(3));
}

#[test]
fn an_echo_without_rows_leaves_them_unknown() {
    let ledger = settled(|it| {
        echo(it, POSTS, Some(20));
        echo(it, POSTS, None);
    });
    assert_eq!(numbers(&ledger), (2, None, 0));
}

#[test]
fn the_only_place_of_a_statement_has_its_rows() {
    let group_rows = |ledger: &Ledger| {
        let tallies = ledger.tallies();
        tallies
            .iter()
            .flat_map(|it| it.groups.clone())
            .map(|it| it.rows)
            .collect::<Vec<_>>()
    };
    let ledger = settled(|it| {
        record(it, POSTS, None);
        echo(it, POSTS, Some(20));
    });
    assert_eq!(group_rows(&ledger), [Some(20)]);
}

/// MySQL reads `"a"` as a text, the others as a name: the fingerprints of one
/// text differ where the dialect is not known.
#[test]
fn a_text_of_unknown_dialect_meets_the_adapters() {
    let sql = |value| format!(r#"SELECT name FROM authors WHERE name = "{value}""#);
    let print = |sql: &str, dialect| Statement::new(sql, dialect).fingerprint();
    let (a, b) = (sql("a"), sql("b"));
    assert_ne!(print(&a, Dialect::Ansi), print(&a, Dialect::MySql));
    assert_ne!(print(&a, Dialect::Ansi), print(&b, Dialect::Ansi));
    assert_eq!(print(&a, Dialect::MySql), print(&b, Dialect::MySql));
    let unknown = |ledger: &mut Ledger, sql: &str| {
        let readings = [print(sql, Dialect::MySql)];
        run(sql, Dialect::Ansi, Some(1), |it| ledger.echo(it, &readings));
    };
    for is_echo_first in [true, false] {
        let ledger = settled(|it| {
            for sql in [&a, &b] {
                if is_echo_first {
                    unknown(it, sql);
                }
                run(sql, Dialect::MySql, None, |execution| it.record(execution));
                if !is_echo_first {
                    unknown(it, sql);
                }
            }
        });
        assert_eq!(numbers(&ledger), (2, Some(2), 2));
        assert_eq!(ledger.tallies().len(), 1);
    }
    // Where no adapter has reported it, it stays what it is without a dialect.
    let ledger = settled(|it| unknown(it, &a));
    assert_eq!(numbers(&ledger), (1, Some(1), 1));
}

#[test]
fn beyond_the_bound_executions_count_and_are_not_counted_twice() {
    let many = 0..MAX_STATEMENTS as u64 + 50;
    let sql = |n: u64| format!("SELECT c{n} FROM t LIMIT 1");
    let total = many.end;
    let heard = settled(|it| many.clone().for_each(|n| echo(it, &sql(n), Some(1))));
    assert_eq!(numbers(&heard), (total, None, MAX_STATEMENTS as u64));
    assert_eq!(heard.details_dropped(), 50);
    let both = settled(|it| {
        for n in many.clone() {
            record(it, &sql(n), None);
            echo(it, &sql(total - 1 - n), Some(1));
        }
    });
    assert_eq!(both.executions(), total);
    assert_eq!(both.rows(), None);
}

#[test]
fn what_nobody_has_reported_yet_is_known() {
    let mut ledger = Ledger::default();
    let print = Statement::new(POSTS, Dialect::Sqlite).fingerprint();
    echo(&mut ledger, POSTS, None);
    echo(&mut ledger, POSTS, None);
    assert_eq!(ledger.unreported(print), 2);
    record(&mut ledger, POSTS, None);
    assert_eq!(ledger.unreported(print), 1);
}
