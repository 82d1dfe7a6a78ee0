//! What a report says: the cause, the repair, the order, for people and for
//! machines.

use perfguard::Report;
use perfguard::adapter::{self, Orm, Query};
use perfguard::statement::Dialect;
use perfguard::testing::observe_sync;

use crate::driver::{AUTHOR, COMMENTS, POSTS, bind, run};
use crate::support::{n_plus_one, opaque, rules};

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
        text.contains("ran once per row of `SELECT .. FROM posts` (tests/tests/it/driver.rs:"),
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
    assert_eq!(
        finding["code"]["code.file.path"],
        "tests/tests/it/driver.rs"
    );
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

/// The repair proposed for a statement that is repeated after `POSTS`.
fn fix_of(orm: Orm, first: Option<&str>, repeated: &str) -> String {
    let query = |sql, value: u64| {
        let query = Query::new(sql, Dialect::Sqlite).orm(orm);
        adapter::record(&query.binds(bind(value)));
    };
    let ((), report) = observe_sync(|| {
        if let Some(first) = first {
            query(first, 0);
        }
        for value in 0..opaque(3) {
            query(repeated, value);
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
