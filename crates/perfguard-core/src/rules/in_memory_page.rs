//! `in-memory-page`: many rows read, few of them answered.
//!
//! Claims that a list without LIMIT brought more rows than a page ([`PAGE`](super::PAGE))
//! and at least [`RATIO`] times as many as the function answered items, or as
//! it took. Then the page was cut, or the rows were filtered or condensed, in
//! memory. It is a note: the rows may have been condensed to something that SQL
//! cannot say, the events of a month to its days.
//!
//! [`RATIO`] is perfguard's own: nobody publishes one.
//!
//! Needs rows, and the number of items, which the type that the function
//! returns tells (`perfguard::Items`). Silent where either is unknown, and
//! where the rows may have served something else than the answer: a write, a
//! second read that brought about as many rows as were answered (children that
//! are grouped by their parents, ids that were looked up), a join.

use super::source::is_one_row;
use super::unbounded_result::is_list;
use super::{Facts, RuleId, about, fix};
use crate::finding::{Finding, Severity};
use crate::ledger::Tally;
use crate::statement::{Kind, Shape};

/// How many times as many rows were read as were answered.
pub(super) const RATIO: u64 = 5;

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let has_written = facts
        .tallies
        .iter()
        .any(|tally| tally.statement.shape().kind() != Kind::Select);
    let page = facts.policy.page();
    for tally in facts.tallies.iter().copied() {
        let shape = tally.statement.shape();
        if !is_candidate(shape) {
            continue;
        }
        let Some((taken, sent)) = tally.rows() else {
            continue;
        };
        let used_up = is_many(sent, taken, page).then_some((sent, taken, "were taken"));
        let answered = facts.answered.filter(|_| !has_written);
        let answered = answered
            .filter(|items| {
                is_many(taken, *items, page) && !may_be_of_another(facts, tally, *items)
            })
            .map(|items| (taken, items, "answered"));
        let Some((rows, used, how)) = used_up.or(answered) else {
            continue;
        };
        let mut finding = about(RuleId::InMemoryPage, Severity::Error, tally);
        let what = if used == 1 { "item" } else { "items" };
        finding.explanation = Some(if how == "answered" {
            format!("{rows} rows were read, and {used} {what} answered")
        } else {
            format!("{rows} rows were sent, and {used} {how}")
        });
        finding.fix = fix::in_memory_page(tally.orm);
        findings.push(finding);
    }
}

/// A list of one table, each row as it stands there.
fn is_candidate(shape: &Shape) -> bool {
    is_list(shape) && !shape.has_join() && !shape.has_group_by() && !shape.is_distinct()
}

fn is_many(rows: u64, used: u64, page: u64) -> bool {
    used > 0 && rows > page && rows / RATIO >= used
}

/// True if the items that were answered may be another read's: the parents
/// that these rows were grouped by, the rows that they were looked up for.
fn may_be_of_another(facts: &Facts<'_>, tally: &Tally, items: u64) -> bool {
    facts.tallies.iter().any(|other| {
        let shape = other.statement.shape();
        !std::ptr::eq(*other, tally)
            && shape.kind() == Kind::Select
            && !is_one_row(shape)
            && other
                .rows()
                .is_none_or(|(rows, _)| rows >= items && rows / RATIO < items)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, noted, opaque, read, run, under_test};
    use crate::adapter::{self, Completion};
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::report::Report;

    const RULE: &str = "in-memory-page";
    const SORTED: &str = "SELECT id, title FROM posts WHERE blog_id = $1 ORDER BY id";
    const UNSORTED: &str = "SELECT id, title FROM posts WHERE blog_id = $1";

    static SITE: Site = Site::new("src/lib.rs", 1, Budget::new(99));

    /// A function that answers so many items.
    fn answering(items: Option<u64>, body: impl FnOnce()) -> Report {
        under_test(|| {
            let counter = |items: &Option<u64>| *items;
            let body = generated::answering_sync(counter, || {
                body();
                items
            });
            let (_, outcome) = generated::run_sync(&SITE, "the handler", body);
            outcome.enforce();
        })
    }

    #[test]
    fn a_sorted_list_that_is_cut_is_found() {
        let report = answering(Some(20), || read(SORTED, 1, 300));
        assert_eq!(noted(&report, RULE), [1], "{report}");
        assert!(
            report
                .to_string()
                .contains("300 rows were read, and 20 items answered"),
            "{report}"
        );
    }

    #[test]
    fn a_list_that_is_filtered_or_condensed_is_found() {
        let report = answering(Some(1), || read(UNSORTED, 1, 300));
        assert_eq!(noted(&report, RULE), [1], "{report}");
    }

    #[test]
    fn what_a_loop_reads_in_parts_is_found() {
        let report = answering(Some(20), || {
            read("SELECT friend_id FROM friends WHERE user_id = $1", 1, 10);
            for friend in 0..opaque(10) {
                read("SELECT id FROM posts WHERE author_id = $1", friend, 60);
            }
        });
        assert_eq!(noted(&report, RULE), [10], "{report}");
    }

    #[test]
    fn rows_that_were_sent_and_not_taken_are_found() {
        let report = under_test(|| {
            let rows = Completion::new().rows(20).rows_transferred(300);
            adapter::record(&super::super::testing::query(SORTED).completion(rows));
        });
        assert_eq!(noted(&report, RULE), [1], "{report}");
        assert!(
            report
                .to_string()
                .contains("300 rows were sent, and 20 were taken"),
            "{report}"
        );
    }

    fn assert_silent(items: Option<u64>, body: impl FnOnce()) {
        let report = answering(items, body);
        assert_eq!(found(&report, RULE), [], "{report}");
        assert_eq!(noted(&report, RULE), [], "{report}");
    }

    #[test]
    fn a_page_and_most_of_what_was_read_are_silent() {
        assert_silent(Some(20), || read(SORTED, 1, 100));
        assert_silent(Some(300), || read(SORTED, 1, 300));
        assert_silent(Some(61), || read(SORTED, 1, 300));
        assert_silent(Some(20), || {
            read("SELECT id FROM posts ORDER BY id LIMIT $1", 1, 300)
        });
        assert_silent(Some(1), || read("SELECT count(*) FROM posts", 1, 1));
    }

    #[test]
    fn where_rows_or_items_are_unknown_it_is_silent() {
        assert_silent(None, || read(SORTED, 1, 300));
        assert_silent(Some(0), || read(SORTED, 1, 300));
        assert_silent(Some(20), || run(SORTED, 1));
    }

    #[test]
    fn children_of_parents_are_silent() {
        assert_silent(Some(20), || {
            read("SELECT id FROM posts LIMIT 20", 1, 20);
            read(
                "SELECT id FROM comments WHERE post_id = ANY($1) ORDER BY id",
                1,
                1000,
            );
        });
        assert_silent(Some(20), || {
            read("SELECT id FROM authors WHERE blog_id = $1", 1, 20);
            read(SORTED, 1, 1000);
        });
        // Only those with children.
        assert_silent(Some(12), || {
            read("SELECT id FROM authors WHERE blog_id = $1", 1, 20);
            read(SORTED, 1, 1000);
        });
        assert_silent(Some(20), || {
            read(
                "SELECT a.id, p.id FROM authors a LEFT JOIN posts p ON p.author_id = a.id ORDER BY a.id",
                1,
                1000,
            );
        });
    }

    #[test]
    fn rows_for_another_statement_are_silent() {
        assert_silent(Some(20), || {
            read(SORTED, 1, 1000);
            read(
                "SELECT id FROM comments WHERE post_id = ANY($1) LIMIT 20",
                1,
                20,
            );
        });
        assert_silent(Some(2), || {
            read(SORTED, 1, 1000);
            run("UPDATE posts SET seen = TRUE WHERE id = ANY($1)", 1);
        });
        assert_silent(Some(2), || {
            read(SORTED, 1, 1000);
            run("SELECT id FROM tags LIMIT 9", 1);
        });
    }

    #[test]
    fn pages_one_after_the_other_are_silent() {
        assert_silent(Some(5), || {
            for page in 0..opaque(9) {
                read(
                    "SELECT id FROM posts WHERE id > $1 ORDER BY id LIMIT $2",
                    page,
                    100,
                );
            }
        });
    }
}
