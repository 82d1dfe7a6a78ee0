//! `small-data`: a test that has too few rows to show an N+1.
//!
//! Claims that a list returned one row, that a statement then looked up what
//! belongs to that row, in the same function, and that with one row nobody can
//! tell a loop from a look-up. Laravel's `preventLazyLoading` is silent for
//! results of one row, and misses what small tests could show
//! (laravel/framework, pull requests 37503 and 49109): here the report says
//! so. A note, and under test only.
//!
//! Needs rows and places. What is a list is only told by ORDER BY without
//! LIMIT, an OFFSET, a LIMIT in the text, or a whole table; what belongs to a
//! row by the names of columns, `posts.author_id` and `authors.id`, or
//! `comments.post_id` and `posts`. Everything else is missed, as is what a
//! bound LIMIT asks for: it may be one row.

use super::unbounded_result::is_lookup;
use super::{Facts, RuleId, source};
use crate::callsite::CallSite;
use crate::finding::{Finding, Place, Severity};
use crate::ledger::{Group, Tally};
use crate::statement::{Kind, Limit, List, Shape};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    for tally in facts.tallies.iter().copied() {
        if let Some(list) = list_before(facts, tally) {
            let mut note = super::about(RuleId::SmallData, Severity::Error, tally);
            note.explanation = Some(format!(
                "`{}` returned one row: with two, this test would show whether a loop follows",
                list.statement.brief()
            ));
            findings.push(note);
        }
    }
}

/// The list of one row whose row a statement looked up something for.
fn list_before<'a>(facts: &Facts<'a>, look_up: &Tally) -> Option<&'a Tally> {
    let [group] = look_up.groups.as_slice() else {
        return None;
    };
    if look_up.count() != 1 {
        return None;
    }
    let (fingerprint, site) = group.preceded_by?;
    let list = facts.ledger.tally(fingerprint)?;
    let [source] = list.groups.as_slice() else {
        return None;
    };
    let is_one_row = list.count() == 1 && source.rows == Some(1) && source.is_at(site);
    let is_found = is_one_row
        && source.first < group.first
        && is_list(list.statement.shape())
        && belongs(look_up, list)
        && is_in_one_function(source, group);
    is_found.then_some(list)
}

/// True for a SELECT that nobody writes to read one row.
fn is_list(shape: &Shape) -> bool {
    let is_many = match shape.limit() {
        Limit::Absent => shape.has_order_by() || shape.has_offset() || !shape.has_where(),
        Limit::Bound => shape.has_offset(),
        Limit::Rows(rows) => rows > 1,
    };
    is_many
        && shape.kind() == Kind::Select
        && !shape.is_aggregate()
        && !shape.reads_derived()
        && !is_lookup(shape)
}

/// True for a look-up by one column of the parent of a row in the list, or of
/// its children.
fn belongs(look_up: &Tally, list: &Tally) -> bool {
    let shape = look_up.statement.shape();
    shape.kind() == Kind::Select
        && !shape.is_aggregate()
        && shape.equalities().len() == 1
        && shape.list() == List::Absent
        && source::belongs(look_up, list)
}

/// Whether the function that read the list also looked up, perhaps through
/// others; a line that both go through is a helper's and says nothing. Where a
/// driver names places, the file has to do.
fn is_in_one_function(list: &Group, look_up: &Group) -> bool {
    let (list, look_up) = (
        Place::new(list.chain.clone()),
        Place::new(look_up.chain.clone()),
    );
    let (Some(list), Some(look_up)) = (list.call_site(), look_up.call_site()) else {
        return false;
    };
    let mut pairs = calls(list).zip(calls(look_up)).enumerate();
    let Some((helpers, (reader, _))) = pairs.find(|(_, (one, other))| one != other) else {
        return false;
    };
    let mut askers = calls(look_up).skip(helpers);
    askers.any(|asker| asker.file == reader.file && asker.function == reader.function)
}

/// One of the user's own frames.
#[derive(PartialEq, Eq)]
struct Call<'a> {
    function: Option<&'a str>,
    file: &'a str,
    line: u32,
}

/// The frames of a place, nearest first.
fn calls(site: &CallSite) -> impl Iterator<Item = Call<'_>> {
    let nearest = Call {
        function: site.function().map(own),
        file: site.file(),
        line: site.line(),
    };
    let callers = site.callers().iter().map(|frame| Call {
        function: frame.function().map(own),
        file: frame.file(),
        line: frame.line(),
    });
    std::iter::once(nearest).chain(callers)
}

/// The function that a closure stands in.
fn own(mut function: &str) -> &str {
    while let Some(outer) = function.strip_suffix("::{{closure}}") {
        function = outer;
    }
    function
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::super::testing::{bind, found, in_production, noted, query, under_test};
    use crate::adapter::{self, CallSiteKey, Completion};
    use crate::report::Report;

    const RULE: &str = "small-data";
    const POSTS: &str = "SELECT id, author_id FROM posts ORDER BY id";
    const AUTHOR: &str = "SELECT name FROM authors WHERE id = $1";
    const COMMENTS: &str = "SELECT id FROM comments WHERE post_id = $1 ORDER BY id";

    /// Reads at its caller's line.
    #[track_caller]
    fn read(sql: &str, rows: u64) {
        let read = query(sql)
            .binds(bind(rows))
            .call_site(CallSiteKey::from(Location::caller()))
            .completion(Completion::new().rows(rows));
        adapter::record(&read);
    }

    fn after(list: &str, rows: u64, look_up: &str) -> Report {
        under_test(|| {
            read(list, rows);
            read(look_up, 1);
        })
    }

    #[test]
    fn a_look_up_for_the_only_row_of_a_list_is_noted() {
        for (list, look_up) in [
            (POSTS, AUTHOR),
            (POSTS, COMMENTS),
            ("SELECT id, author_id FROM posts", AUTHOR),
            ("SELECT id, author_id FROM posts LIMIT 20", AUTHOR),
            (
                "SELECT id, \"posts\".\"author_id\" FROM posts WHERE blog_id = $1 ORDER BY id LIMIT $2 OFFSET $3",
                AUTHOR,
            ),
            (
                "SELECT * FROM categories ORDER BY id",
                "SELECT id FROM posts WHERE category_id = $1",
            ),
        ] {
            let report = after(list, 1, look_up);
            assert_eq!(noted(&report, RULE), [1], "{list}: {report}");
            assert_eq!(found(&report, RULE), []);
        }
    }

    #[test]
    fn more_rows_or_none_are_silent() {
        for rows in [0, 2, 20] {
            assert_eq!(noted(&after(POSTS, rows, AUTHOR), RULE), []);
        }
        let unknown = under_test(|| {
            adapter::record(&query(POSTS).call_site(CallSiteKey::from(Location::caller())));
            read(AUTHOR, 1);
        });
        assert_eq!(noted(&unknown, RULE), []);
    }

    #[test]
    fn what_may_be_one_row_by_intent_is_silent() {
        for list in [
            "SELECT id, author_id FROM posts WHERE id = $1",
            "SELECT id, author_id FROM posts WHERE slug = $1",
            "SELECT id, author_id FROM posts ORDER BY id DESC LIMIT 1",
            "SELECT id, author_id FROM posts ORDER BY id DESC LIMIT $1",
            "SELECT max(author_id) FROM posts",
        ] {
            assert_eq!(noted(&after(list, 1, AUTHOR), RULE), [], "{list}");
        }
    }

    #[test]
    fn what_does_not_belong_to_the_row_is_silent() {
        for (list, look_up) in [
            // The user who is logged in, say.
            (POSTS, "SELECT name FROM users WHERE id = $1"),
            (POSTS, "SELECT id FROM posts WHERE author_id = $1"),
            (POSTS, "SELECT id FROM comments WHERE author_id = $1"),
            (POSTS, "SELECT name FROM authors WHERE id = ANY($1)"),
            (POSTS, "SELECT count(*) FROM comments WHERE post_id = $1"),
            (POSTS, "UPDATE authors SET name = $1 WHERE id = $2"),
            // All of one author's posts have that author.
            (
                "SELECT id, author_id FROM posts WHERE author_id = $1 ORDER BY id",
                AUTHOR,
            ),
            ("SELECT id, co_author_id FROM posts ORDER BY id", AUTHOR),
        ] {
            assert_eq!(
                noted(&after(list, 1, look_up), RULE),
                [],
                "{list}: {look_up}"
            );
        }
    }

    #[test]
    fn a_look_up_before_the_list_or_after_something_else_is_silent() {
        let before = under_test(|| {
            read(AUTHOR, 1);
            read(POSTS, 1);
        });
        assert_eq!(noted(&before, RULE), []);
        let between = under_test(|| {
            read(POSTS, 1);
            read("SELECT id FROM settings WHERE id = $1", 1);
            read(AUTHOR, 1);
        });
        assert_eq!(noted(&between, RULE), []);
    }

    #[test]
    fn places_that_nobody_knows_and_production_are_silent() {
        let nowhere = under_test(|| {
            for sql in [POSTS, AUTHOR] {
                adapter::record(&query(sql).completion(Completion::new().rows(1)));
            }
        });
        assert_eq!(noted(&nowhere, RULE), []);
        let production = in_production(|| {
            read(POSTS, 1);
            read(AUTHOR, 1);
        });
        assert_eq!(noted(&production, RULE), []);
    }

    #[test]
    fn a_closure_belongs_to_its_function() {
        assert_eq!(
            super::own("blog::list::{{closure}}::{{closure}}"),
            "blog::list"
        );
        assert_eq!(super::own("blog::list"), "blog::list");
    }
}
