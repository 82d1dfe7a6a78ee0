//! Which executions are one call site, in Diesel; run in debug and release.
//!
//! | written as | call sites | n-plus-one |
//! |---|---|---|
//! | a loop over 20 | one | 20 |
//! | a loop round a helper | one | 20 |
//! | two lines | two | silent |
//! | a helper called from two lines | two | silent |
//! | an annotated helper called from two lines | two | silent |
//! | an annotated helper in a loop | one | 20, of the caller |
//! | `join!` of two | two | silent |
//! | `join_all` over 20 | one | 20 |
//! | a loop that wakes on other workers | one | 20 |
//! | a spawned task per item, with the scope | one | 20 |
//! | two tasks spawned on two lines, with the scope | two | silent |
//! | a spawned task without the scope | none | 0 counted, `not-connected` |

use diesel::prelude::*;
use futures::future::join_all;
use perfguard::in_current_scope;
use perfguard::testing::{observe, observe_sync};
use perfguard_tests::diesel_blog::{Author, Pool, connection, find_author, latest, pool};

use crate::support::{assert_at, n_plus_one, opaque, rules};

#[perfguard::query_budget(max = 50)]
fn in_a_loop(pool: &Pool) -> Vec<Author> {
    let conn = &mut connection(pool);
    let mut authors = Vec::new();
    for post in latest(conn, opaque(20)) {
        let author = perfguard_tests::diesel_blog::authors::table
            .find(post.author_id)
            .select(Author::as_select())
            .first(conn) // line 34
            .unwrap();
        authors.push(author);
    }
    authors
}

#[test]
fn a_loop_is_one_place() {
    let pool = pool(20);
    let (authors, report) = observe_sync(|| in_a_loop(&pool));
    assert_eq!(authors.len(), 20);
    assert_eq!(report.queries(), 21);
    let finding = n_plus_one(&report);
    assert_eq!(finding.count(), 20);
    assert_eq!(finding.distinct_binds(), Some(20));
    assert_at(finding, file!(), 34);
    let source = finding.source().expect("the loop has a source");
    assert_eq!(source.statement().shape().tables(), ["posts"]);
    assert_eq!(source.rows(), None, "Diesel does not tell rows");
}

#[perfguard::query_budget(max = 50)]
fn helper_in_a_loop(pool: &Pool) {
    let conn = &mut connection(pool);
    for post in latest(conn, opaque(20)) {
        find_author(conn, post.author_id);
    }
}

#[test]
fn a_loop_round_a_helper_is_one_place() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| helper_in_a_loop(&pool));
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
fn on_two_lines(pool: &Pool) {
    let conn = &mut connection(pool);
    let find = |id: i32| perfguard_tests::diesel_blog::authors::table.find(id);
    find(1).select(Author::as_select()).first(conn).unwrap();
    find(2).select(Author::as_select()).first(conn).unwrap();
}

#[test]
fn two_lines_are_two_places() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| on_two_lines(&pool));
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
fn helper_on_two_lines(pool: &Pool) {
    let conn = &mut connection(pool);
    find_author(conn, 1);
    find_author(conn, 2);
}

#[test]
fn two_calls_of_a_helper_are_two_places() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| helper_on_two_lines(&pool));
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 1)]
fn annotated_find(conn: &mut SqliteConnection, id: i32) -> Author {
    find_author(conn, id)
}

#[perfguard::query_budget(max = 50)]
fn annotated_helper_on_two_lines(pool: &Pool) {
    let conn = &mut connection(pool);
    annotated_find(conn, 1);
    annotated_find(conn, 2);
}

#[test]
fn two_calls_of_an_annotated_helper_are_two_places_for_its_caller() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| annotated_helper_on_two_lines(&pool));
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
fn annotated_helper_in_a_loop(pool: &Pool) {
    let conn = &mut connection(pool);
    for id in 1..=opaque(20) {
        annotated_find(conn, id);
    }
}

#[test]
fn a_loop_round_an_annotated_helper_is_one_place_for_its_caller() {
    let pool = pool(20);
    let ((), report) = observe_sync(|| annotated_helper_in_a_loop(&pool));
    assert_eq!(n_plus_one(&report).count(), 20);
    assert_eq!(rules(&report), ["n-plus-one"], "reported once: {report}");
}

/// Sync Diesel in an async function that has been elsewhere in between.
async fn find_later(pool: &Pool, id: i32) -> Author {
    tokio::task::yield_now().await;
    find_author(&mut connection(pool), id)
}

#[perfguard::query_budget(max = 50)]
async fn joined(pool: &Pool) {
    tokio::join!(find_later(pool, 1), find_later(pool, 2));
}

#[tokio::test]
async fn both_arms_of_a_join_are_two_places() {
    let pool = pool(20);
    let ((), report) = observe(joined(&pool)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn all_joined(pool: &Pool) {
    join_all((1..=opaque(20)).map(|id| find_later(pool, id))).await;
}

#[tokio::test]
async fn join_all_is_one_place() {
    let pool = pool(20);
    let ((), report) = observe(all_joined(&pool)).await;
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
async fn wandering(pool: Pool) -> usize {
    let mut threads = std::collections::HashSet::new();
    for id in 1..=opaque(20) {
        // Woken by another thread, on whichever worker is free.
        tokio::task::spawn_blocking(|| std::thread::sleep(std::time::Duration::from_millis(1)))
            .await
            .unwrap();
        threads.insert(std::thread::current().id());
        find_author(&mut connection(&pool), id);
    }
    threads.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_loop_that_wakes_on_other_workers_is_one_place() {
    let pool = pool(20);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { observe(wandering(pool)).await })
        })
        .collect();
    let mut most_threads = 0;
    for task in tasks {
        let (threads, report) = task.await.unwrap();
        most_threads = most_threads.max(threads);
        assert_eq!(report.queries(), 20);
        assert_eq!(n_plus_one(&report).count(), 20);
    }
    assert!(most_threads > 1, "no task ever changed its thread");
}

#[perfguard::query_budget(max = 50)]
async fn spawning_with_the_scope(pool: Pool) {
    for id in 1..=opaque(20) {
        let pool = pool.clone();
        tokio::spawn(in_current_scope(async move {
            find_author(&mut connection(&pool), id);
        }))
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_task_spawned_per_item_with_the_scope_is_one_place() {
    let pool = pool(20);
    let ((), report) = observe(spawning_with_the_scope(pool)).await;
    assert_eq!(report.queries(), 20);
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
async fn spawning_on_two_lines(pool: Pool) {
    let find = |id| {
        let pool = pool.clone();
        move || find_author(&mut connection(&pool), id)
    };
    let one = tokio::task::spawn_blocking(in_current_scope(find(1)));
    let two = tokio::task::spawn_blocking(in_current_scope(find(2)));
    one.await.unwrap();
    two.await.unwrap();
}

#[tokio::test]
async fn two_tasks_spawned_on_two_lines_are_two_places() {
    let pool = pool(20);
    let ((), report) = observe(spawning_on_two_lines(pool)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn spawning_without_the_scope(pool: Pool) {
    tokio::task::spawn_blocking(move || {
        let conn = &mut connection(&pool);
        find_author(conn, 1);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_task_spawned_without_the_scope_is_not_counted_and_not_silent() {
    let pool = pool(20);
    let before = perfguard::adapter::unattributed();
    let ((), report) = observe(spawning_without_the_scope(pool)).await;
    assert_eq!(report.queries(), 0);
    assert!(perfguard::adapter::unattributed() > before);
    assert_eq!(rules(&report), ["not-connected"]);
    assert!(report.to_string().contains("in_current_scope"), "{report}");
}
