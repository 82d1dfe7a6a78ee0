//! What a report says, through the interface for drivers, where rows and binds
//! are what the test says they are.

use perfguard::adapter::{self, Adapter, BindHasher, Binds, Completion, Orm, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;
use perfguard::{Report, Scope};

use crate::support::{n_plus_one, opaque, rules};

static ADAPTER: Adapter = Adapter::new("the tests");

const POSTS: &str = "SELECT * FROM posts WHERE blog_id = 7 LIMIT 20";
const COMMENTS: &str = "SELECT * FROM comments WHERE post_id = ? LIMIT 5";
const AUTHOR: &str = "SELECT name FROM authors WHERE id = ?";

fn run(sql: &str, bind: Option<u64>, rows: Option<u64>) {
    ADAPTER.installed();
    ADAPTER.connected();
    let binds = bind.map_or(Binds::Unknown, |bind| {
        let mut hasher = BindHasher::new();
        hasher.write(&bind);
        hasher.finish()
    });
    let mut completion = Completion::new();
    if let Some(rows) = rows {
        completion = completion.rows(rows);
    }
    let query = Query::new(sql, Dialect::Sqlite)
        .orm(Orm::SeaOrm)
        .binds(binds);
    adapter::record(&query.completion(completion));
}

#[test]
fn the_source_is_named_by_its_rows() {
    let ((), report) = observe_sync(|| {
        run(POSTS, Some(7), Some(opaque(3)));
        run("SELECT * FROM settings LIMIT 1", Some(0), Some(1));
        for post in 0..opaque(3) {
            run(AUTHOR, Some(post), Some(1));
        }
    });
    assert_eq!(report.rows(), Some(7));
    let source = n_plus_one(&report).source().unwrap();
    assert_eq!(source.rows(), Some(3));
    assert_eq!(source.statement().shape().tables(), ["posts"]);
    let text = report.to_string();
    assert!(
        text.contains("ran once per row of `SELECT .. FROM posts` (tests/tests/it/reports.rs:"),
        "{text}"
    );
    assert!(text.contains(", which returned 3 rows"), "{text}");
}

#[test]
fn loops_in_loops_name_their_own_parent_and_siblings_the_same() {
    let ((), report) = observe_sync(|| {
        run(POSTS, Some(7), None);
        let mut comment = 0;
        for post in 0..opaque(4) {
            run(COMMENTS, Some(post), None);
            run("SELECT * FROM likes WHERE post_id = ?", Some(post), None);
            for _ in 0..opaque(3) {
                comment += 1;
                run(AUTHOR, Some(comment), None);
            }
        }
    });
    let sources: Vec<_> = report
        .findings()
        .iter()
        .map(|finding| {
            let source = finding.source().unwrap().statement();
            (
                finding.count(),
                finding.statement().unwrap().shape().tables()[0].clone(),
                source.shape().tables()[0].clone(),
            )
        })
        .collect();
    let sources: Vec<_> = sources
        .iter()
        .map(|(n, it, from)| (*n, it.as_str(), from.as_str()))
        .collect();
    assert_eq!(
        sources,
        [
            (12, "authors", "likes"),
            (4, "comments", "posts"),
            (4, "likes", "posts")
        ]
    );
}

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
fn the_order_of_arrival_does_not_change_the_report() {
    let report = |ids: &mut dyn Iterator<Item = u64>| -> Report {
        observe_sync(|| {
            run(POSTS, Some(7), None);
            for id in ids {
                run(AUTHOR, Some(id), None);
            }
        })
        .1
    };
    let forwards = report(&mut (0..opaque(9)));
    let backwards = report(&mut (0..opaque(9)).rev());
    assert_eq!(forwards.to_json(), backwards.to_json());
    assert_eq!(forwards.to_string(), backwards.to_string());
}

#[test]
fn json_names_what_the_text_names() {
    let ((), report) = observe_sync(|| {
        for id in 0..opaque(3) {
            run(AUTHOR, Some(id), Some(1));
        }
    });
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["format"], perfguard::SCHEMA_VERSION);
    assert_eq!(json["scopes"][0]["queries"], 3);
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "n-plus-one");
    assert_eq!(finding["count"], 3);
    assert_eq!(finding["distinct_binds"], 3);
    assert_eq!(
        finding["db"]["db.query.text"],
        "select name from authors where id = ?"
    );
    assert_eq!(finding["db"]["db.system.name"], "sqlite");
    assert_eq!(finding["code"]["code.file.path"], file!());
}

#[test]
fn hostile_names_cannot_write_to_the_terminal() {
    let ((), report) = observe_sync(|| {
        run("SELECT * FROM \"a\u{1b}[2Jb\u{202e}\"", Some(1), None);
    });
    let text = report.to_string();
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text:?}"
    );
    assert!(text.contains("\\u{1b}[2J"), "{text}");
}

#[test]
fn a_scope_beyond_its_bounds_keeps_exact_counts_and_says_what_it_dropped() {
    let scope = Scope::new("a job");
    scope.in_scope(|| {
        for table in 0..2_000 {
            run(
                &format!("SELECT * FROM t{table} WHERE id = ?"),
                Some(table),
                None,
            );
        }
    });
    let report = scope.close();
    assert_eq!(report.queries(), 2_000);
    assert!(
        report
            .to_string()
            .contains("details were dropped, the counts are exact"),
        "{report}"
    );
}

#[test]
fn every_statement_is_in_a_scope_or_unattributed() {
    // In a thread of its own: other tests run beside it, each in its scopes.
    let (inside, late) = std::thread::scope(|threads| {
        threads
            .spawn(|| {
                let before = perfguard::adapter::unattributed();
                let scope = Scope::new("a job");
                let handle = scope.clone();
                scope.in_scope(|| run(AUTHOR, Some(1), None));
                let inside = scope.close().queries();
                // The task outlived its scope: never charged to anybody else.
                handle.in_scope(|| run(AUTHOR, Some(2), None));
                (inside, perfguard::adapter::unattributed() - before)
            })
            .join()
            .unwrap()
    });
    assert_eq!(inside, 1);
    assert!(late >= 1);
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
        "DELETE FROM posts",
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

/// The repair proposed for a statement that is repeated after `POSTS`.
fn fix_of(orm: Orm, first: Option<&str>, repeated: &str) -> String {
    let query = |sql, bind: u64| {
        let mut hasher = BindHasher::new();
        hasher.write(&bind);
        let query = Query::new(sql, Dialect::Sqlite).orm(orm);
        adapter::record(&query.binds(hasher.finish()));
    };
    let ((), report) = observe_sync(|| {
        if let Some(first) = first {
            query(first, 0);
        }
        for bind in 0..opaque(3) {
            query(repeated, bind);
        }
    });
    n_plus_one(&report).fix().to_owned()
}

#[test]
fn the_repair_fits_the_statement() {
    const UNLIMITED: &str = "SELECT * FROM posts WHERE blog_id = 7";
    const CHILDREN: &str = "SELECT * FROM comments WHERE post_id = ?";
    for (orm, first, repeated, says, says_not) in [
        (
            Orm::Diesel,
            Some(POSTS),
            AUTHOR,
            ".inner_join(authors::table)",
            "belonging_to",
        ),
        (
            Orm::Diesel,
            None,
            AUTHOR,
            "authors::id.eq_any(&ids)",
            "inner_join",
        ),
        (
            Orm::Diesel,
            Some(POSTS),
            CHILDREN,
            "Comment::belonging_to(&posts)",
            "inner_join",
        ),
        (
            Orm::SeaOrm,
            Some(POSTS),
            AUTHOR,
            "posts.load_one(author::Entity, db)",
            "load_many",
        ),
        (
            Orm::SeaOrm,
            None,
            AUTHOR,
            "author::Column::Id.is_in(ids)",
            "load_one",
        ),
        (
            Orm::SeaOrm,
            Some(UNLIMITED),
            CHILDREN,
            ".find_with_related(comment::Entity)",
            "load_one",
        ),
        // The LIMIT of the first query would count joined rows.
        (
            Orm::SeaOrm,
            Some(POSTS),
            CHILDREN,
            "posts.load_many(comment::Entity, db)",
            "find_with",
        ),
        (
            Orm::Diesel,
            Some(POSTS),
            "SELECT count(*) FROM comments WHERE post_id = ?",
            ".group_by(comments::post_id)",
            "belonging_to",
        ),
        (
            Orm::SeaOrm,
            Some(POSTS),
            "SELECT count(*) FROM comments WHERE post_id = ?",
            ".group_by(comment::Column::PostId)",
            "load_many",
        ),
        (
            Orm::Diesel,
            Some(POSTS),
            "SELECT * FROM comments WHERE post_id = ? ORDER BY id DESC LIMIT 3",
            "PARTITION BY comments.post_id",
            "eq_any",
        ),
        (
            Orm::Diesel,
            Some(POSTS),
            "SELECT * FROM comments WHERE post_id IN (?)",
            "pass it all values at once",
            "eq_any",
        ),
        (
            Orm::SeaOrm,
            Some(POSTS),
            "SELECT authors.* FROM authors JOIN posts ON authors.id = posts.author_id WHERE posts.id = ?",
            "posts.load_one(author::Entity, db)",
            "is_in",
        ),
        (
            Orm::Other,
            Some(POSTS),
            AUTHOR,
            "WHERE id IN (..)",
            "load_one",
        ),
    ] {
        let fix = fix_of(orm, first, repeated);
        assert!(fix.contains(says), "no `{says}` for {repeated}: {fix}");
        assert!(
            !fix.contains(says_not),
            "`{says_not}` for {repeated}: {fix}"
        );
    }
}

#[test]
fn a_statement_that_is_an_error_has_no_note_beside_it() {
    let ((), report) = observe_sync(|| {
        for post in 0..opaque(3) {
            run("SELECT * FROM comments WHERE post_id = ?", Some(post), None);
        }
    });
    assert_eq!(rules(&report), ["n-plus-one"]);
    assert!(report.notes().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50, allow(n_plus_one, reason = "a handful"))]
fn helper_with_an_allow() {
    for id in 0..opaque(5) {
        run(AUTHOR, Some(id), None);
    }
}

#[test]
fn what_a_helper_may_do_its_caller_is_not_blamed_for() {
    #[perfguard::query_budget(max = 50)]
    fn caller() {
        helper_with_an_allow();
    }
    // Fails nothing, observed or not.
    caller();
    let ((), report) = observe_sync(caller);
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.allowed().len(), 1, "{report}");
}

#[test]
fn an_allow_in_a_helper_hides_nothing_of_its_caller() {
    #[perfguard::query_budget(max = 50)]
    fn caller() {
        helper_with_an_allow();
        for id in 10..opaque(15) {
            run(AUTHOR, Some(id), None);
        }
    }
    let ((), report) = observe_sync(caller);
    assert_eq!(n_plus_one(&report).count(), 5, "{report}");
}

#[test]
fn no_number_of_clean_scopes_hides_a_broken_one() {
    #[perfguard::query_budget(max = 1)]
    fn handler(queries: u64) {
        for id in 0..queries {
            run(
                "SELECT count(*) FROM posts WHERE blog_id = ?",
                Some(id),
                None,
            );
        }
    }
    let ((), report) = observe_sync(|| {
        (0..200).for_each(|_| handler(1));
        handler(opaque(5));
    });
    assert!(rules(&report).contains(&"query-budget"), "{report}");
}

#[test]
fn nobody_closes_the_scope_of_a_handler_from_inside() {
    #[perfguard::query_budget(max = 0)]
    fn handler() {
        let nothing = Scope::current().expect("the handler's scope").close();
        assert_eq!(nothing.queries(), 0);
        run(AUTHOR, Some(1), None);
    }
    let ((), report) = observe_sync(handler);
    assert_eq!(rules(&report), ["query-budget"]);
}

/// Work that goes on by handing itself over, thousands of times.
#[test]
fn work_that_hands_itself_over_makes_no_chain_without_end() {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    thread_local! {
        static TASKS: RefCell<VecDeque<Box<dyn FnOnce() + Send>>> = const { RefCell::new(VecDeque::new()) };
    }
    #[perfguard::query_budget(max = 5)]
    fn hop(left: u32) {
        run(AUTHOR, Some(u64::from(left)), None);
        if left > 0 {
            let next = perfguard::in_current_scope(move || hop(left - 1));
            TASKS.with_borrow_mut(|tasks| tasks.push_back(next));
        }
    }
    hop(20_000);
    let mut hops = 0;
    while let Some(task) = TASKS.with_borrow_mut(VecDeque::pop_front) {
        task();
        hops += 1;
    }
    assert_eq!(hops, 20_000);
}

#[test]
fn beyond_the_bound_of_call_sites_counts_stay_exact() {
    fn deep(sql: &str, left: u64) {
        run(sql, Some(left), None);
        if left > 0 {
            deep(sql, opaque(left - 1));
        }
    }
    let ((), report) = observe_sync(|| {
        for table in 0..opaque(10) {
            deep(&format!("SELECT * FROM t{table} WHERE id = ?"), 99);
        }
    });
    assert_eq!(report.queries(), 1_000);
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let listed = json["scopes"][0]["statements"].as_array().unwrap();
    let counted: u64 = listed.iter().map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 1_000);
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
fn nothing_shows_a_value_in_its_debug_form() {
    let query = Query::new("SELECT 'a secret'", Dialect::Sqlite);
    let mut hasher = BindHasher::new();
    hasher.write_debug(&"a secret");
    let shown = format!("{query:?} {hasher:?}");
    assert!(
        !shown.contains("secret") && !shown.contains("k0"),
        "{shown}"
    );
}

#[test]
fn a_value_too_large_to_be_read_is_unknown() {
    let mut hasher = BindHasher::new();
    hasher.write_debug(&vec![7_u8; 1_000_000]);
    assert_eq!(hasher.finish(), Binds::Unknown);
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
