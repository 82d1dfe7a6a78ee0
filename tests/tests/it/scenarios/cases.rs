//! The scenarios, each written once.

use perfguard::testing::observe;
use perfguard::{Finding, Report};
use perfguard_tests::servers::Database;

use super::blog::{Blog, Knows};
use crate::support::{assert_at, line_of, opaque};

/// How many posts there are, each by its own author.
const POSTS: u32 = 30;
/// How many posts a page has.
const PAGE: u32 = 20;

/// The blog of one scenario; without a server for it the scenario is skipped.
macro_rules! blog {
    ($Blog:ty) => {
        match Database::create(<$Blog>::BACKEND, POSTS).await {
            Some(database) => <$Blog>::connect(database).await,
            None => return,
        }
    };
}

/// What a report has to say.
#[derive(Default)]
struct Expected {
    queries: u64,
    /// What the reads returned; `None` if there were no reads.
    rows: Option<u64>,
    /// What the writes changed; `None` if there were no writes.
    affected: Option<u64>,
    findings: &'static [Found],
}

/// A finding: its rule, its executions, their different values, and the mark
/// of its line.
type Found = (&'static str, u64, Option<u64>, &'static str);

#[track_caller]
fn check<B: Blog>(report: &Report, expected: &Expected) {
    assert_eq!(report.queries(), expected.queries, "statements of {report}");
    let known = |rows: Option<u64>| match (rows, B::KNOWS) {
        (None, _) => Some(0),
        (rows, Knows::Rows) => rows,
        (_, Knows::Statements) => None,
    };
    assert_eq!(report.rows(), known(expected.rows), "rows of {report}");
    assert_eq!(
        report.rows_affected(),
        known(expected.affected),
        "rows affected of {report}"
    );
    assert_eq!(report.refused(), 0);
    let found: Vec<_> = report
        .findings()
        .iter()
        .map(|it| (it.rule(), it.count(), it.distinct_binds()))
        .collect();
    let wanted: Vec<_> = expected
        .findings
        .iter()
        .map(|(rule, count, distinct, _)| (*rule, *count, *distinct))
        .collect();
    assert_eq!(found, wanted, "findings of {report}");
    for (finding, (.., mark)) in report.findings().iter().zip(expected.findings) {
        check_line::<B>(finding, mark);
    }
}

#[track_caller]
fn check_line<B: Blog>(finding: &Finding, mark: &str) {
    assert_at(finding, B::SOURCE.file, line_of(B::SOURCE.text, mark));
}

fn names(count: u32) -> Vec<String> {
    (0..count)
        .map(|i| format!("author {}", POSTS - i))
        .collect()
}

fn author(id: u32) -> Option<String> {
    Some(format!("author {id}"))
}

#[perfguard::query_budget(max = 50)]
async fn one_by_one<B: Blog>(blog: &B) -> Vec<String> {
    blog.one_by_one(opaque(PAGE)).await
}

pub(crate) async fn a_query_per_row_is_one_n_plus_one<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(one_by_one(&blog)).await;
    assert_eq!(found, names(PAGE));
    check::<B>(
        &report,
        &Expected {
            queries: 21,
            rows: Some(40),
            findings: &[("n-plus-one", 20, Some(20), "// an author of a post")],
            ..Expected::default()
        },
    );
    let source = report.findings()[0].source().expect("it has a source");
    assert_eq!(source.statement().shape().tables(), ["posts"]);
    let site = source.call_site().expect("its place is known");
    let line = line_of(B::SOURCE.text, "// the posts to ask authors for");
    assert_eq!((site.file(), site.line()), (B::SOURCE.file, line));
    assert_eq!(source.rows(), (B::KNOWS == Knows::Rows).then_some(20));
}

#[perfguard::query_budget(max = 50)]
async fn on_a_page_of_one<B: Blog>(blog: &B) -> Vec<String> {
    blog.one_by_one(opaque(1)).await
}

pub(crate) async fn one_row_is_no_n_plus_one<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(on_a_page_of_one(&blog)).await;
    assert_eq!(found, names(1));
    let expected = Expected {
        queries: 2,
        rows: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 2)]
async fn in_a_batch<B: Blog>(blog: &B) -> Vec<String> {
    blog.in_a_batch(opaque(PAGE)).await
}

pub(crate) async fn a_batch_is_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(in_a_batch(&blog)).await;
    assert_eq!(found.len(), 20);
    let expected = Expected {
        queries: 2,
        rows: Some(40),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 4)]
async fn in_chunks<B: Blog>(blog: &B) -> Vec<String> {
    blog.in_chunks(opaque(PAGE), 8).await
}

pub(crate) async fn chunks_are_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(in_chunks(&blog)).await;
    assert_eq!(found.len(), 20);
    let expected = Expected {
        queries: 4,
        rows: Some(40),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 1)]
async fn joined<B: Blog>(blog: &B) -> Vec<String> {
    blog.joined(opaque(PAGE)).await
}

pub(crate) async fn a_join_is_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(joined(&blog)).await;
    assert_eq!(found, names(PAGE));
    let expected = Expected {
        queries: 1,
        rows: Some(20),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 50)]
async fn again<B: Blog>(blog: &B) -> Option<String> {
    blog.again(opaque(3)).await
}

pub(crate) async fn the_same_query_again_is_a_duplicate<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(again(&blog)).await;
    assert_eq!(found, author(1));
    check::<B>(
        &report,
        &Expected {
            queries: 3,
            rows: Some(3),
            findings: &[("duplicate-query", 3, None, "// the same author")],
            ..Expected::default()
        },
    );
}

#[perfguard::query_budget(max = 50)]
async fn on_two_lines<B: Blog>(blog: &B) -> [Option<String>; 2] {
    blog.on_two_lines().await
}

pub(crate) async fn two_lines_are_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(on_two_lines(&blog)).await;
    assert_eq!(found, [author(1), author(2)]);
    let expected = Expected {
        queries: 2,
        rows: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 50)]
async fn by_hand<B: Blog>(blog: &B) -> Vec<String> {
    blog.by_hand(opaque(&[3, 1, 2])).await
}

pub(crate) async fn sql_by_hand_has_its_values<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(by_hand(&blog)).await;
    assert_eq!(found, ["author 3", "author 1", "author 2"]);
    check::<B>(
        &report,
        &Expected {
            queries: 3,
            rows: Some(3),
            findings: &[("n-plus-one", 3, Some(3), "// by hand")],
            ..Expected::default()
        },
    );
}

#[perfguard::query_budget(max = 50)]
async fn by_hand_with_literals<B: Blog>(blog: &B) -> Vec<String> {
    blog.by_hand_with_literals(opaque(&[3, 1, 2])).await
}

pub(crate) async fn sql_by_hand_has_its_literals<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(by_hand_with_literals(&blog)).await;
    assert_eq!(found, ["author 3", "author 1", "author 2"]);
    check::<B>(
        &report,
        &Expected {
            queries: 3,
            rows: Some(3),
            findings: &[
                ("n-plus-one", 3, Some(3), "// by hand, with literals"),
                ("inlined-literals", 3, None, "// by hand, with literals"),
            ],
            ..Expected::default()
        },
    );
}

#[perfguard::query_budget(max = 50)]
async fn all<B: Blog>(blog: &B) -> usize {
    blog.all().await
}

pub(crate) async fn a_whole_table_is_unbounded<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(all(&blog)).await;
    assert_eq!(found, 30);
    check::<B>(
        &report,
        &Expected {
            queries: 1,
            rows: Some(30),
            findings: &[("unbounded-result", 1, None, "// each post")],
            ..Expected::default()
        },
    );
}

#[perfguard::query_budget(max = 1)]
async fn page<B: Blog>(blog: &B) -> usize {
    blog.page(opaque(7)).await
}

pub(crate) async fn a_page_is_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(page(&blog)).await;
    assert_eq!(found, 7);
    let expected = Expected {
        queries: 1,
        rows: Some(7),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 2)]
async fn count_and_exists<B: Blog>(blog: &B) -> (i64, bool) {
    blog.count_and_exists(opaque(7)).await
}

pub(crate) async fn aggregates_are_silent<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(count_and_exists(&blog)).await;
    assert_eq!(found, (30, true));
    let expected = Expected {
        queries: 2,
        rows: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 1)]
async fn nothing<B: Blog>(_: &B) {}

pub(crate) async fn an_empty_handler_is_silent<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(nothing(&blog)).await;
    check::<B>(&report, &Expected::default());
}

#[perfguard::query_budget(max = 1)]
async fn insert<B: Blog>(blog: &B) {
    blog.insert().await;
}

pub(crate) async fn an_insert_is_one_statement<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(insert(&blog)).await;
    let expected = Expected {
        queries: 1,
        affected: Some(1),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    assert_eq!(blog.count_and_exists(31).await, (31, true));
}

#[perfguard::query_budget(max = 1)]
async fn insert_many<B: Blog>(blog: &B) {
    blog.insert_many(opaque(12)).await;
}

pub(crate) async fn a_batch_insert_is_one_write<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(insert_many(&blog)).await;
    let expected = Expected {
        queries: 1,
        affected: Some(12),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    assert_eq!(blog.count_and_exists(42).await, (42, true));
}

#[perfguard::query_budget(max = 50)]
async fn insert_each<B: Blog>(blog: &B) {
    blog.insert_each(opaque(12)).await;
}

pub(crate) async fn an_insert_per_row_is_many_writes<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(insert_each(&blog)).await;
    let expected = Expected {
        queries: 12,
        affected: Some(12),
        findings: &[("repeated-write", 12, Some(12), "// an author at a time")],
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 2)]
async fn insert_and_get<B: Blog>(blog: &B) -> i32 {
    blog.insert_and_get().await
}

/// One statement with RETURNING, two without.
pub(crate) async fn an_insert_that_is_read_back<B: Blog>() {
    let blog = blog!(B);
    let (id, report) = observe(insert_and_get(&blog)).await;
    assert_eq!(id, 31);
    assert_eq!(report.queries(), B::STATEMENTS.insert_and_get, "{report}");
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 2)]
async fn save<B: Blog>(blog: &B) -> String {
    blog.save(opaque(2)).await
}

/// One statement with RETURNING, two without.
pub(crate) async fn a_row_that_is_saved<B: Blog>() {
    let blog = blog!(B);
    let (name, report) = observe(save(&blog)).await;
    assert_eq!(name, "saved");
    assert_eq!(report.queries(), B::STATEMENTS.save, "{report}");
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 2)]
async fn update_and_delete<B: Blog>(blog: &B) {
    blog.update(opaque(5)).await;
    blog.delete(opaque(4)).await;
}

pub(crate) async fn an_update_and_a_delete_are_two_statements<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(update_and_delete(&blog)).await;
    let expected = Expected {
        queries: 2,
        affected: Some(9),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    assert_eq!(blog.count_and_exists(4).await, (26, false));
}

#[perfguard::query_budget(max = 3)]
async fn read_write_read<B: Blog>(blog: &B) -> Option<String> {
    blog.read_write_read().await
}

pub(crate) async fn a_read_after_a_write_is_no_duplicate<B: Blog>() {
    let blog = blog!(B);
    let (name, report) = observe(read_write_read(&blog)).await;
    assert_eq!(name.as_deref(), Some("renamed"));
    let expected = Expected {
        queries: 3,
        rows: Some(2),
        affected: Some(1),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[derive(Debug, PartialEq)]
enum Ended {
    Committed,
    RolledBack,
}

/// The report knows of one transaction, where the adapter tells of any.
#[track_caller]
fn check_transaction<B: Blog>(report: &Report, ended: Ended, statements: u64) {
    let told = report.transactions();
    assert_eq!(told.is_some(), B::TELLS_TRANSACTIONS, "{report}");
    let Some(told) = told else { return };
    let committed = u64::from(ended == Ended::Committed);
    assert_eq!((told.count(), told.open()), (1, 0), "{told:?}");
    assert_eq!(told.committed(), committed, "{told:?}");
    assert_eq!(told.most_statements(), statements, "{told:?}");
    assert!(told.longest().is_some(), "{told:?}");
}

#[perfguard::query_budget(max = 2)]
async fn in_a_transaction<B: Blog>(blog: &B) {
    blog.in_a_transaction().await;
}

pub(crate) async fn transaction_control_is_not_counted<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(in_a_transaction(&blog)).await;
    let expected = Expected {
        queries: 2,
        affected: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    check_transaction::<B>(&report, Ended::Committed, 2);
    assert_eq!(blog.again(1).await.as_deref(), Some("renamed"));
}

#[perfguard::query_budget(max = 2)]
async fn in_a_savepoint<B: Blog>(blog: &B) {
    blog.in_a_savepoint().await;
}

pub(crate) async fn savepoints_are_not_counted<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(in_a_savepoint(&blog)).await;
    let expected = Expected {
        queries: 2,
        affected: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    check_transaction::<B>(&report, Ended::Committed, 2);
    assert_eq!(blog.again(1).await.as_deref(), Some("renamed"));
}

#[perfguard::query_budget(max = 1)]
async fn rolled_back<B: Blog>(blog: &B) {
    blog.rolled_back().await;
}

pub(crate) async fn what_is_rolled_back_has_run<B: Blog>() {
    let blog = blog!(B);
    let ((), report) = observe(rolled_back(&blog)).await;
    let expected = Expected {
        queries: 1,
        affected: Some(1),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
    check_transaction::<B>(&report, Ended::RolledBack, 1);
    assert_eq!(blog.again(1).await, author(1));
}

#[perfguard::query_budget(max = 1)]
async fn taken<B: Blog>(blog: &B) -> bool {
    blog.taken().await
}

pub(crate) async fn a_statement_that_fails_has_run<B: Blog>() {
    let blog = blog!(B);
    let (failed, report) = observe(taken(&blog)).await;
    assert!(failed);
    assert_eq!(report.queries(), 1, "{report}");
    assert!(report.findings().is_empty(), "{report}");
    // The connection goes on.
    assert_eq!(blog.again(1).await, author(1));
}

#[perfguard::query_budget(max = 2)]
async fn retried<B: Blog>(blog: &B) -> Option<i64> {
    let mut drafts = None;
    for attempt in 0..opaque(2) {
        drafts = blog.drafts().await;
        assert_eq!(drafts.is_none(), attempt == 0);
        if drafts.is_none() {
            let table = "CREATE TABLE drafts (id INTEGER PRIMARY KEY)";
            blog.database().run(&[table]).await;
        }
    }
    drafts
}

pub(crate) async fn a_retry_is_no_duplicate<B: Blog>() {
    let blog = blog!(B);
    let (drafts, report) = observe(retried(&blog)).await;
    assert_eq!(drafts, Some(0));
    assert_eq!(report.queries(), 2, "{report}");
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 2)]
async fn checked_out_twice<B: Blog>(blog: &B) -> [Option<String>; 2] {
    blog.checked_out_twice().await
}

/// Neither what sets a connection up, nor what asks whether it still works.
pub(crate) async fn a_pools_own_statements_are_not_counted<B: Blog>() {
    let blog = blog!(B);
    let (found, report) = observe(checked_out_twice(&blog)).await;
    assert_eq!(found, [author(1), author(2)]);
    let expected = Expected {
        queries: 2,
        rows: Some(2),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

#[perfguard::query_budget(max = 1)]
async fn connecting<B: Blog>(database: Database) -> (B, usize) {
    let blog = B::connect(database).await;
    let posts = blog.page(opaque(7)).await;
    (blog, posts)
}

pub(crate) async fn connecting_is_not_counted<B: Blog>() {
    let Some(database) = Database::create(B::BACKEND, POSTS).await else {
        return;
    };
    let ((_blog, posts), report) = observe(connecting::<B>(database)).await;
    assert_eq!(posts, 7);
    let expected = Expected {
        queries: 1,
        rows: Some(7),
        ..Expected::default()
    };
    check::<B>(&report, &expected);
}

/// The blog of [`each_task_counts_its_own`].
pub(crate) async fn shared<B: Blog>() -> Option<B> {
    let database = Database::create(B::BACKEND, POSTS).await?;
    Some(B::connect(database).await)
}

/// What task `number` of sixteen at once does: as many queries as its number.
pub(crate) async fn each_task_counts_its_own<B: Blog>(blog: &B, number: u32) {
    let (found, report) = observe(async {
        let found = blog.one_by_one(opaque(number)).await;
        tokio::task::yield_now().await;
        let found_again = blog.in_a_batch(opaque(number)).await;
        (found, found_again)
    })
    .await;
    assert_eq!(found.0, names(number));
    assert_eq!(found.1.len(), number as usize);
    assert_eq!(report.queries(), u64::from(number) + 3, "{report}");
    let rows = u64::from(number) * 4;
    assert_eq!(report.rows(), (B::KNOWS == Knows::Rows).then_some(rows));
}
