//! Shapes of loops, each with and without rows, under test and in production.

use std::panic::Location;

use super::super::testing::{bind, in_production, opaque, query, under_test};
use crate::adapter::{self, CallSiteKey, Completion};
use crate::report::Report;

const USERS: &str = "SELECT id, name FROM users ORDER BY id LIMIT $1";
const POSTS: &str = "SELECT id, title FROM posts ORDER BY id LIMIT $1";
const COMMENTS: &str = "SELECT id, author_id FROM comments WHERE post_id = $1";
const AUTHOR: &str = "SELECT name FROM authors WHERE id = $1";
const SETTINGS: &str = "SELECT value FROM settings WHERE name = $1";

/// What rows are known of, and how a scope looks at its statements.
#[derive(Clone, Copy, Debug)]
struct How {
    knows_rows: bool,
    is_test: bool,
}

const ALL: [How; 4] = [
    How {
        knows_rows: true,
        is_test: true,
    },
    How {
        knows_rows: false,
        is_test: true,
    },
    How {
        knows_rows: true,
        is_test: false,
    },
    How {
        knows_rows: false,
        is_test: false,
    },
];

impl How {
    fn run(self, body: impl FnOnce()) -> Report {
        if self.is_test {
            under_test(body)
        } else {
            in_production(body)
        }
    }

    /// Reads at its caller's line.
    #[track_caller]
    fn read(self, sql: &str, value: u64, rows: u64) {
        let completion = Completion::new();
        let completion = if self.knows_rows {
            completion.rows(rows)
        } else {
            completion
        };
        let read = query(sql)
            .binds(bind(value))
            .call_site(CallSiteKey::from(Location::caller()))
            .completion(completion);
        adapter::record(&read);
    }
}

/// Each loop with its source: main tables, and the rows that explain it.
fn sources(report: &Report) -> Vec<(String, Option<String>, Option<u64>)> {
    let table = |statement: &crate::statement::Statement| {
        statement
            .shape()
            .main_table()
            .unwrap_or_default()
            .to_owned()
    };
    let findings = report.findings().iter();
    let mut sources: Vec<_> = findings
        .filter(|finding| finding.rule() == "n-plus-one")
        .map(|finding| {
            let source = finding.source();
            (
                finding.statement().map(table).unwrap_or_default(),
                source.map(|source| table(source.statement())),
                source.and_then(|source| source.rows()),
            )
        })
        .collect();
    sources.sort();
    sources
}

#[track_caller]
fn check(how: How, report: &Report, expected: &[(&str, Option<&str>, u64)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(table, source, rows)| {
            let rows = Some(*rows).filter(|_| how.knows_rows && source.is_some());
            ((*table).to_owned(), source.map(str::to_owned), rows)
        })
        .collect();
    assert_eq!(sources(report), expected, "{how:?}: {report}");
}

#[test]
fn a_loop_is_the_list_s() {
    for how in ALL {
        let report = how.run(|| {
            how.read(POSTS, 10, 10);
            (0..opaque(10)).for_each(|id| how.read(AUTHOR, id, 1));
        });
        check(how, &report, &[("authors", Some("posts"), 10)]);
    }
}

#[test]
fn reads_of_other_things_in_between_explain_nothing() {
    for how in ALL {
        let report = how.run(|| {
            how.read("SELECT id, author_id FROM posts LIMIT $1", 10, 10);
            how.read("SELECT name FROM users WHERE id = $1", 1, 1);
            how.read("SELECT count(*) FROM posts", 1, 1);
            how.read("SELECT id, name FROM tags ORDER BY id", 1, 10);
            how.read(SETTINGS, 1, 1);
            (0..opaque(10)).for_each(|id| how.read(AUTHOR, id, 1));
        });
        check(how, &report, &[("authors", Some("posts"), 10)]);
    }
}

#[test]
fn without_names_rows_tell_which_read_it_was() {
    let how = ALL[0];
    let report = how.run(|| {
        how.read("SELECT * FROM posts LIMIT $1", 10, 10);
        how.read("SELECT * FROM tags WHERE kind = $1", 1, 3);
        (0..opaque(10)).for_each(|id| how.read(AUTHOR, id, 1));
    });
    check(how, &report, &[("authors", Some("posts"), 10)]);
}

#[test]
fn reads_of_one_row_are_nobody_s_source() {
    for how in ALL {
        let report = how.run(|| {
            how.read("SELECT name FROM users WHERE id = $1", 1, 1);
            (0..opaque(10)).for_each(|id| how.read(AUTHOR, id, 1));
        });
        check(how, &report, &[("authors", None, 0)]);
    }
}

#[test]
fn a_loop_in_a_loop_has_the_outer_one_as_its_source() {
    for how in ALL {
        let report = how.run(|| {
            how.read(POSTS, 10, 10);
            for post in 0..opaque(10) {
                how.read(COMMENTS, post, 3);
                for comment in 0..opaque(3) {
                    how.read(AUTHOR, post * 3 + comment, 1);
                }
            }
        });
        let expected = [
            ("authors", Some("comments"), 30),
            ("comments", Some("posts"), 10),
        ];
        check(how, &report, &expected);
    }
}

#[test]
fn one_child_each_is_a_level_as_well_where_names_tell() {
    for how in ALL {
        let report = how.run(|| {
            how.read(POSTS, 10, 10);
            for post in 0..opaque(10) {
                how.read(COMMENTS, post, 1);
                how.read(AUTHOR, post, 1);
            }
        });
        let expected = [
            ("authors", Some("comments"), 10),
            ("comments", Some("posts"), 10),
        ];
        check(how, &report, &expected);
    }
}

#[test]
fn three_levels_have_three_findings() {
    for how in ALL {
        let report = how.run(|| {
            how.read(USERS, 6, 6);
            for user in 0..opaque(6) {
                how.read("SELECT id FROM posts WHERE user_id = $1", user, 2);
                for post in user * 2..user * 2 + opaque(2) {
                    how.read(
                        "SELECT id, author_id FROM comments WHERE post_id = $1",
                        post,
                        4,
                    );
                    for comment in post * 4..post * 4 + opaque(4) {
                        how.read(AUTHOR, comment, 1);
                    }
                }
            }
        });
        let expected = [
            ("authors", Some("comments"), 48),
            ("comments", Some("posts"), 12),
            ("posts", Some("users"), 6),
        ];
        check(how, &report, &expected);
    }
}

const COUNTS: [&str; 3] = [
    "SELECT count(*) FROM posts WHERE user_id = $1",
    "SELECT count(*) FROM likes WHERE user_id = $1",
    "SELECT count(*) FROM comments WHERE user_id = $1",
];

const THREE: [(&str, Option<&str>, u64); 3] = [
    ("comments", Some("users"), 10),
    ("likes", Some("users"), 10),
    ("posts", Some("users"), 10),
];

#[test]
fn three_statements_of_one_loop_have_one_source() {
    let [posts, likes, comments] = COUNTS;
    for how in ALL {
        let report = how.run(|| {
            how.read(USERS, 10, 10);
            for user in 0..opaque(10) {
                how.read(posts, user, 1);
                how.read(likes, user, 1);
                how.read(comments, user, 1);
            }
        });
        check(how, &report, &THREE);
    }
}

#[test]
fn three_loops_one_after_the_other_have_one_source() {
    let [posts, likes, comments] = COUNTS;
    for how in ALL {
        let report = how.run(|| {
            how.read(USERS, 10, 10);
            (0..opaque(10)).for_each(|user| how.read(posts, user, 1));
            (0..opaque(10)).for_each(|user| how.read(likes, user, 1));
            (0..opaque(10)).for_each(|user| how.read(comments, user, 1));
        });
        check(how, &report, &THREE);
    }
}

#[test]
fn three_lists_of_one_row_each_have_one_source() {
    for how in ALL {
        let report = how.run(|| {
            how.read("SELECT * FROM accounts LIMIT $1", 10, 10);
            for account in 0..opaque(10) {
                how.read("SELECT * FROM posts WHERE owner = $1", account, 1);
                how.read("SELECT * FROM likes WHERE owner = $1", account, 1);
                how.read("SELECT * FROM comments WHERE owner = $1", account, 1);
            }
        });
        let expected = ["comments", "likes", "posts"].map(|it| (it, Some("accounts"), 10));
        check(how, &report, &expected);
    }
}

#[test]
fn the_rows_of_all_pages_together_explain_it() {
    for how in ALL {
        let report = how.run(|| {
            for page in 0..opaque(2) {
                how.read(
                    "SELECT id, author_id FROM posts ORDER BY id LIMIT $1 OFFSET $2",
                    page,
                    5,
                );
                (0..opaque(5)).for_each(|id| how.read(AUTHOR, page * 5 + id, 1));
            }
        });
        check(how, &report, &[("authors", Some("posts"), 10)]);
    }
}

#[test]
fn rows_that_a_write_gives_back_explain_it() {
    let how = ALL[0];
    let report = how.run(|| {
        how.read(
            "INSERT INTO posts (title) SELECT title FROM drafts RETURNING id",
            1,
            10,
        );
        (0..opaque(10)).for_each(|id| how.read(COMMENTS, id, 1));
    });
    check(how, &report, &[("comments", Some("posts"), 10)]);
}

#[test]
fn a_name_that_is_tried_until_it_is_free_goes_over_no_list() {
    for how in ALL {
        let report = how.run(|| {
            how.read("SELECT name FROM users WHERE id = $1", 1, 1);
            for slug in 0..opaque(4) {
                how.read(
                    "SELECT EXISTS (SELECT 1 FROM posts WHERE slug = $1)",
                    slug,
                    1,
                );
            }
        });
        check(how, &report, &[]);
    }
}
