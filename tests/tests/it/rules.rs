//! What the rules find, and the look-alikes that they leave alone.

use perfguard::adapter::{self, Binds, Completion, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;

use crate::driver::{AUTHOR, run};
use crate::support::{n_plus_one, opaque, rules};

#[test]
fn unknown_binds_need_five_repeats_and_are_said() {
    let repeated = |times: u64| {
        observe_sync(|| {
            for _ in 0..opaque(times) {
                run(AUTHOR, None, None);
            }
        })
        .1
    };
    assert!(repeated(4).findings().is_empty());
    let report = repeated(5);
    assert_eq!(n_plus_one(&report).distinct_binds(), None);
    assert!(
        report.to_string().contains("the bound values are unknown"),
        "{report}"
    );
    assert_eq!(report.rows(), None);
}

#[test]
fn literals_tell_executions_apart_as_binds_do() {
    let ((), report) = observe_sync(|| {
        for id in 0..opaque(5) {
            let sql = format!("SELECT name FROM authors WHERE id = {id} /* trace {id} */");
            let query = Query::new(&sql, Dialect::Sqlite).binds(Binds::None);
            adapter::record(&query);
        }
    });
    assert_eq!(n_plus_one(&report).count(), 5);
    assert!(!report.to_json().contains("trace"), "{}", report.to_json());
}

/// A loader that reads in batches is none, however short a batch is; a loop
/// over single keys is, in the same words.
#[test]
fn one_batch_of_many_tells_what_a_statement_is_for() {
    let batches = |lists: [&str; 3]| {
        observe_sync(|| {
            // A slice: a loop over three constants would be unrolled into three places.
            for (id, list) in opaque(&lists[..]).iter().enumerate() {
                let sql = format!("SELECT name FROM authors WHERE id IN ({list})");
                let binds = Binds::Identity(id as u64 + 1);
                adapter::record(&Query::new(&sql, Dialect::Sqlite).binds(binds));
            }
        })
        .1
    };
    for lists in [["?", "?, ?, ?", "?, ?"], ["?, ?", "?", "?"]] {
        let report = batches(lists);
        assert!(report.findings().is_empty(), "{report}");
    }
    assert_eq!(rules(&batches(["?", "?", "?"])), ["n-plus-one"]);
}

#[test]
fn a_retry_after_an_error_is_no_duplicate() {
    let attempt = |failed: bool| {
        let query = Query::new(AUTHOR, Dialect::Sqlite).binds(Binds::Identity(1));
        adapter::record(&query).complete(Completion::new().failed(failed));
    };
    let ((), report) = observe_sync(|| {
        attempt(true);
        attempt(true);
        attempt(false);
    });
    assert!(report.findings().is_empty(), "{report}");
    let ((), report) = observe_sync(|| {
        attempt(false);
        attempt(false);
    });
    assert_eq!(rules(&report), ["duplicate-query"]);
}

#[test]
fn many_rows_make_a_filtered_list_an_error() {
    let read =
        |rows| observe_sync(|| run("SELECT * FROM posts WHERE blog_id = ?", Some(1), Some(rows))).1;
    assert!(read(100).findings().is_empty());
    assert_eq!(rules(&read(101)), ["unbounded-result"]);
}

#[test]
fn a_page_has_a_limit_that_is_a_page() {
    let read = |sql, rows| observe_sync(|| run(sql, Some(1), rows)).1;
    let huge = read("SELECT * FROM posts ORDER BY id LIMIT 100000", None);
    assert_eq!(rules(&huge), ["missing-pagination"]);
    let page = read("SELECT * FROM posts ORDER BY id LIMIT 50", None);
    assert!(
        page.findings().is_empty() && page.notes().is_empty(),
        "{page}"
    );
    let bound = read("SELECT * FROM posts ORDER BY id LIMIT ?", None);
    assert!(
        bound.findings().is_empty() && bound.notes().is_empty(),
        "{bound}"
    );
    let sorted = "SELECT * FROM posts WHERE blog_id = ? ORDER BY id";
    assert!(
        read(sorted, None)
            .notes()
            .iter()
            .any(|note| note.rule() == "missing-pagination")
    );
    assert!(rules(&read(sorted, Some(500))).contains(&"missing-pagination"));
}

#[test]
fn what_bounds_a_result_keeps_it_silent() {
    for sql in [
        "SELECT * FROM posts WHERE id = ?",
        "SELECT * FROM posts LIMIT ?",
        "SELECT * FROM posts FETCH FIRST ROW ONLY",
        "SELECT count(*), max(id) FROM posts",
        "SELECT EXISTS (SELECT 1 FROM posts)",
        "SELECT * FROM posts WHERE author_id IN (?, ?, ?)",
        "SELECT * FROM (SELECT * FROM posts LIMIT 5) AS latest",
        "WITH latest AS (SELECT * FROM posts LIMIT 5) SELECT * FROM latest",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT nextval('ids')",
        "INSERT INTO archive SELECT * FROM posts",
        "DELETE FROM posts WHERE blog_id = ?",
    ] {
        let ((), report) = observe_sync(|| run(sql, Some(1), None));
        assert!(
            report.findings().is_empty() && report.notes().is_empty(),
            "{sql}: {report}"
        );
    }
    for sql in [
        "SELECT * FROM posts WHERE author_id = ?",
        "SELECT DISTINCT author_id FROM posts",
        "SELECT author_id, count(*) FROM posts GROUP BY author_id",
    ] {
        let ((), report) = observe_sync(|| run(sql, Some(1), None));
        assert!(report.findings().is_empty(), "{sql}: {report}");
        assert_eq!(report.notes().len(), 1, "{sql}: {report}");
    }
    for sql in [
        "SELECT * FROM posts",
        "SELECT * FROM posts JOIN authors ON authors.id = posts.author_id",
        "SELECT * FROM posts UNION ALL SELECT * FROM drafts",
        "SELECT count(*) OVER (), id FROM posts",
    ] {
        let ((), report) = observe_sync(|| run(sql, Some(1), None));
        assert_eq!(rules(&report), ["unbounded-result"], "{sql}: {report}");
    }
}

#[test]
fn what_is_no_query_of_the_handler_is_not_counted() {
    let ((), report) = observe_sync(|| {
        for sql in [
            "BEGIN",
            "SAVEPOINT diesel_savepoint_1",
            "RELEASE SAVEPOINT diesel_savepoint_1",
            "ROLLBACK",
            "SELECT 1",
            "SET TIME ZONE 'UTC'",
            "PRAGMA foreign_keys = ON",
            "SELECT oid FROM pg_catalog.pg_type WHERE typname = 'mood'",
            "SELECT name FROM sqlite_master",
        ] {
            run(sql, None, None);
        }
    });
    assert_eq!(report.queries(), 0, "{report}");
}

#[test]
fn a_retry_of_a_statement_without_binds_is_no_duplicate() {
    let ((), report) = observe_sync(|| {
        for failed in [true, true, false] {
            let query = Query::new("SELECT a FROM t LIMIT 1", Dialect::Sqlite).binds(Binds::None);
            adapter::record(&query).complete(Completion::new().failed(failed));
        }
    });
    assert!(report.findings().is_empty(), "{report}");
}

#[test]
fn trying_a_name_until_it_is_free_is_no_n_plus_one() {
    let ((), report) = observe_sync(|| {
        for slug in 0..opaque(2) {
            run(
                "SELECT EXISTS (SELECT 1 FROM posts WHERE slug = ?)",
                Some(slug),
                None,
            );
        }
    });
    assert!(report.findings().is_empty(), "{report}");
}

/// The standard library calls the closure for the first item from another line.
#[test]
fn an_iterator_that_stops_at_an_error_is_one_loop_of_writes() {
    let ((), report) = observe_sync(|| {
        let written: Result<Vec<()>, ()> = (0..opaque(2))
            .map(|id| {
                run("DELETE FROM posts WHERE id = ?", Some(id), None);
                Ok(())
            })
            .collect();
        assert!(written.is_ok());
    });
    assert_eq!(rules(&report), ["repeated-write"]);
    assert_eq!(report.findings()[0].count(), 2);
}

#[test]
fn a_list_of_one_row_and_its_look_up_are_too_few_to_tell() {
    let page = |rows: u64| {
        observe_sync(|| {
            run(
                "SELECT id, author_id FROM posts LIMIT 20",
                Some(7),
                Some(rows),
            );
            run(AUTHOR, Some(1), Some(1));
        })
        .1
    };
    let notes = |report: &perfguard::Report| -> Vec<String> {
        let notes = report.notes().iter();
        notes.map(|note| note.rule().to_owned()).collect()
    };
    assert_eq!(notes(&page(1)), ["small-data"]);
    assert!(notes(&page(20)).is_empty());
}
