//! What a broken budget does in a test.

use diesel::prelude::*;
use perfguard::testing::{observe, observe_sync};
use perfguard_tests::diesel_blog::{Pool, authors, connection, find_author, latest, pool, posts};

use crate::support::{n_plus_one, opaque, panic_of, panic_of_sync, rules};

const HANDLER_LINE: u32 = line!() + 3;

#[perfguard::query_budget(max = 3)]
async fn list_posts(pool: Pool) -> usize {
    let conn = &mut connection(&pool);
    let posts = latest(conn, opaque(20));
    posts
        .iter()
        .map(|post| find_author(conn, post.author_id))
        .count()
}

#[tokio::test]
async fn a_broken_budget_fails_the_test_with_a_report() {
    let report = panic_of(list_posts(pool(20))).await;
    let expected = [
        &format!(
            "query budget broken: it::enforcement::list_posts ({}:{HANDLER_LINE})",
            file!()
        ),
        "21 statements, at most 3 allowed",
        "n-plus-one: 20 times from one place, 20 different binds",
        "where (\"authors\".\"id\" = ?) limit ?",
        "tests/src/diesel_blog.rs:",
        "followed `SELECT .. FROM posts` (tests/src/diesel_blog.rs:",
        "fix (Diesel): collect the ids and load them in one query: `authors::table.filter(authors::id.eq_any(&ids)).load(conn)?`",
        "allow: add `allow(n_plus_one, reason = \"why this is fine\")` to #[query_budget(max = 3, ..)]",
        "query-budget: 21 statements",
    ];
    for line in expected {
        assert!(report.contains(line), "no `{line}` in\n{report}");
    }
}

#[perfguard::query_budget(max = 2)]
fn three_queries(pool: &Pool) {
    let conn = &mut connection(pool);
    let _: i64 = posts::table.count().get_result(conn).unwrap();
    let _: i64 = authors::table.count().get_result(conn).unwrap();
    latest(conn, 1);
}

#[test]
fn more_statements_than_allowed_fail_without_an_n_plus_one() {
    let pool = pool(2);
    let report = panic_of_sync(|| three_queries(&pool));
    assert!(report.contains("query-budget: 3 statements"), "{report}");
    assert!(!report.contains("n-plus-one"), "{report}");
}

#[perfguard::query_budget(max = 5)]
fn whole_table(pool: &Pool) -> usize {
    posts::table
        .select(posts::title)
        .load::<String>(&mut connection(pool))
        .unwrap()
        .len()
}

#[test]
fn a_whole_table_fails() {
    let pool = pool(2);
    let report = panic_of_sync(|| whole_table(&pool));
    assert!(report.contains("unbounded-result"), "{report}");
    assert!(report.contains(".limit(n)"), "{report}");
}

#[perfguard::query_budget(max = 5)]
fn filtered(pool: &Pool) -> usize {
    posts::table
        .filter(posts::author_id.eq(1))
        .select(posts::title)
        .load::<String>(&mut connection(pool))
        .unwrap()
        .len()
}

#[test]
fn a_filtered_list_is_a_note() {
    let pool = pool(2);
    assert_eq!(filtered(&pool), 1);
    let (_, report) = observe_sync(|| filtered(&pool));
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.notes()[0].rule(), "unbounded-result");
}

#[perfguard::query_budget(max = 5)]
fn bounded_reads(pool: &Pool) {
    let conn = &mut connection(pool);
    find_author(conn, 1);
    let _: i64 = posts::table.count().get_result(conn).unwrap();
    let _: Vec<String> = authors::table
        .filter(authors::id.eq_any([1, 2]))
        .select(authors::name)
        .load(conn)
        .unwrap();
    let _: String = posts::table
        .find(1)
        .select(posts::title)
        .get_result(conn)
        .unwrap();
    latest(conn, 10);
}

#[test]
fn bounded_reads_are_silent() {
    let pool = pool(2);
    let ((), report) = observe_sync(|| bounded_reads(&pool));
    assert!(
        report.findings().is_empty() && report.notes().is_empty(),
        "{report}"
    );
}

#[perfguard::query_budget(max = 50)]
fn same_binds(pool: &Pool) {
    for _ in 0..opaque(3) {
        find_author(&mut connection(pool), 1);
    }
}

#[test]
fn equal_binds_are_a_duplicate_and_no_n_plus_one() {
    let pool = pool(2);
    let ((), report) = observe_sync(|| same_binds(&pool));
    assert_eq!(rules(&report), ["duplicate-query"]);
    assert_eq!(report.findings()[0].count(), 3);
}

#[perfguard::query_budget(max = 50)]
fn read_write_read(pool: &Pool) {
    let conn = &mut connection(pool);
    for _ in 0..opaque(3) {
        find_author(conn, 1);
        diesel::update(authors::table.find(1))
            .set(authors::name.eq("new"))
            .execute(conn)
            .unwrap();
    }
}

#[test]
fn a_read_after_a_write_is_no_duplicate() {
    let pool = pool(2);
    let ((), report) = observe_sync(|| read_write_read(&pool));
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
fn chunked(pool: &Pool) {
    let ids: Vec<i32> = (1..=opaque(20)).collect();
    for chunk in ids.chunks(5) {
        let _: Vec<String> = authors::table
            .filter(authors::id.eq_any(chunk))
            .select(authors::name)
            .load(&mut connection(pool))
            .unwrap();
    }
}

#[test]
fn chunks_of_a_list_are_no_n_plus_one() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| chunked(&pool));
    assert_eq!(report.queries(), 4);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50, allow(n_plus_one, reason = "three rows at most"))]
fn allowed(pool: &Pool) {
    for id in 1..=opaque(3) {
        find_author(&mut connection(pool), id);
    }
}

#[test]
fn an_allowed_finding_fails_nothing_and_keeps_its_reason() {
    let pool = pool(3);
    allowed(&pool);
    let ((), report) = observe_sync(|| allowed(&pool));
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.allowed()[0].allowed(), Some("three rows at most"));
    assert!(
        report.to_string().contains("three rows at most"),
        "{report}"
    );
}

#[perfguard::query_budget(max = 2)]
fn with_transactions(pool: &Pool) {
    connection(pool)
        .transaction(|conn| {
            find_author(conn, 1);
            conn.transaction(|conn| {
                latest(conn, 1);
                QueryResult::Ok(())
            })
        })
        .unwrap();
}

#[test]
fn transaction_control_and_pings_are_no_queries() {
    let pool = pool(2);
    let ((), report) = observe_sync(|| with_transactions(&pool));
    assert_eq!(report.queries(), 2);
}

#[perfguard::query_budget(max = 3)]
fn returns_early(_: &Pool) -> Option<()> {
    None
}

#[test]
fn an_early_return_that_needs_no_query_is_silent() {
    let pool = pool(2);
    assert!(returns_early(&pool).is_none());
}

#[tokio::test]
async fn nothing_fails_under_observation() {
    let (posts, report) = observe(list_posts(pool(20))).await;
    assert_eq!(posts, 20);
    assert_eq!(n_plus_one(&report).count(), 20);
    assert_eq!(rules(&report), ["n-plus-one", "query-budget"]);
}

#[tokio::test]
async fn a_nested_violation_fails_once_and_outside() {
    #[perfguard::query_budget(max = 100)]
    async fn outer(pool: Pool) -> usize {
        let inner = list_posts(pool.clone()).await;
        // The inner function did not fail: this one does, for both.
        find_author(&mut connection(&pool), 1);
        inner
    }
    let report = panic_of(outer(pool(20))).await;
    assert_eq!(report.matches("n-plus-one:").count(), 1, "{report}");
    assert!(report.contains("it::enforcement::list_posts"), "{report}");
}

#[test]
fn a_panic_of_the_body_is_not_replaced() {
    #[perfguard::query_budget(max = 0)]
    fn panics(pool: &Pool) {
        find_author(&mut connection(pool), 1);
        std::panic::panic_any("its own".to_owned());
    }
    let pool = pool(2);
    assert_eq!(panic_of_sync(|| panics(&pool)), "its own");
}

#[tokio::test]
async fn a_cancelled_future_does_not_panic() {
    #[perfguard::query_budget(max = 0)]
    async fn never_ends(pool: Pool) {
        find_author(&mut connection(&pool), 1);
        std::future::pending().await
    }
    let mut handler = Box::pin(never_ends(pool(2)));
    assert!(futures::poll!(handler.as_mut()).is_pending());
    drop(handler);
}

#[test]
fn a_users_own_instrumentation_is_called_beside_perfguards() {
    use diesel::connection::InstrumentationEvent;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let pool = pool(2);
    let conn = &mut connection(&pool);
    let queries = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&queries);
    conn.set_instrumentation(perfguard::diesel::chain(
        move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        },
    ));
    let ((), report) = observe_sync(|| {
        find_author(conn, 1);
    });
    assert_eq!(report.queries(), 1);
    assert_eq!(queries.load(Ordering::Relaxed), 1);
}

#[test]
fn installing_again_changes_nothing() {
    for _ in 0..3 {
        std::thread::spawn(|| perfguard::diesel::install().unwrap())
            .join()
            .unwrap();
    }
    let pool = pool(2);
    let ((), report) = observe_sync(|| {
        find_author(&mut connection(&pool), 1);
    });
    assert_eq!(report.queries(), 1);
}

/// A value that panics when it is printed.
#[derive(diesel::expression::AsExpression)]
#[diesel(sql_type = diesel::sql_types::Integer)]
struct Unprintable(i32);

impl std::fmt::Debug for Unprintable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::panic::panic_any("a bug of the application's own")
    }
}

impl diesel::serialize::ToSql<diesel::sql_types::Integer, diesel::sqlite::Sqlite> for Unprintable {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>,
    ) -> diesel::serialize::Result {
        out.set_value(self.0);
        Ok(diesel::serialize::IsNull::No)
    }
}

#[test]
fn a_value_that_cannot_be_printed_does_not_break_the_query() {
    let pool = pool(2);
    let conn = &mut connection(&pool);
    let (title, report) = observe_sync(|| {
        posts::table
            .filter(posts::id.eq(Unprintable(2)))
            .select(posts::title)
            .first::<String>(conn)
    });
    assert_eq!(title.as_deref(), Ok("post 2"));
    assert_eq!(
        report.queries(),
        0,
        "it was not read, and so not counted here"
    );
    let ((), report) = observe_sync(|| {
        find_author(conn, 1);
    });
    assert_eq!(report.queries(), 1, "the connection is watched as before");
}
