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
//! | a loop over three constants | one; several once optimised | 3; silent |

use diesel::prelude::*;
use futures::future::join_all;
use perfguard::in_current_scope;
use perfguard::testing::{observe, observe_sync};
use perfguard_tests::diesel_blog::{Author, Pool, connection, find_author, latest, pool};

use crate::support::{assert_at, line_of, n_plus_one, opaque, rules};

#[perfguard::query_budget(max = 50)]
fn in_a_loop(pool: &Pool) -> Vec<Author> {
    let conn = &mut connection(pool);
    let mut authors = Vec::new();
    for post in latest(conn, opaque(20)) {
        let author = perfguard_tests::diesel_blog::authors::table
            .find(post.author_id)
            .select(Author::as_select())
            .first(conn) // the query of the loop
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
    assert_at(
        finding,
        file!(),
        line_of(include_str!("matrix_diesel.rs"), "// the query of the loop"),
    );
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

/// The standard library calls a closure from several lines of its own: the
/// first item of a `Result`, the last of an inclusive range, are taken apart.
#[test]
fn an_iterator_is_one_place_whatever_drives_it() {
    type Drive = fn(&mut SqliteConnection, Vec<i32>);
    fn author(conn: &mut SqliteConnection, id: i32) -> QueryResult<String> {
        use perfguard_tests::diesel_blog::authors;
        authors::table.find(id).select(authors::name).first(conn)
    }
    let drives: [(&str, Drive); 10] = [
        ("for_each", |conn, ids| {
            ids.into_iter().for_each(|id| drop(author(conn, id)));
        }),
        ("Vec", |conn, ids| {
            let _: Vec<_> = ids.into_iter().map(|id| author(conn, id)).collect();
        }),
        ("Result", |conn, ids| {
            let _: QueryResult<Vec<_>> = ids.into_iter().map(|id| author(conn, id)).collect();
        }),
        ("Result of a slice", |conn, ids| {
            let _: QueryResult<Vec<_>> = ids.iter().map(|id| author(conn, *id)).collect();
        }),
        ("Result of a map", |conn, ids| {
            let pairs = ids.into_iter().map(|id| Ok((id, author(conn, id)?)));
            let _: QueryResult<std::collections::HashMap<_, _>> = pairs.collect();
        }),
        ("filter_map", |conn, ids| {
            let _: Vec<_> = ids
                .into_iter()
                .filter_map(|id| author(conn, id).ok())
                .collect();
        }),
        ("flat_map", |conn, ids| {
            let _: Vec<_> = ids.into_iter().flat_map(|id| author(conn, id)).collect();
        }),
        ("max", |conn, ids| {
            let _ = ids.into_iter().flat_map(|id| author(conn, id)).max();
        }),
        ("inclusive range", |conn, ids| {
            let last = ids.len() as i32;
            let _: Vec<_> = (1..=last).map(|id| author(conn, id)).collect();
        }),
        ("Result of an inclusive range", |conn, ids| {
            let last = ids.len() as i32;
            let _: QueryResult<Vec<_>> = (1..=last).map(|id| author(conn, id)).collect();
        }),
    ];
    let pool = pool(20);
    let conn = &mut connection(&pool);
    for (name, drive) in drives {
        for rows in [2, 20] {
            let ids: Vec<i32> = (1..=opaque(rows)).collect();
            let ((), report) = observe_sync(|| {
                latest(conn, 1);
                drive(conn, ids);
            });
            assert_eq!(rules(&report), ["n-plus-one"], "{name}, {rows}: {report}");
            let finding = n_plus_one(&report);
            assert_eq!(finding.count(), rows as u64, "{name}: {report}");
            let source = finding.source().expect("the loop has a source").statement();
            assert_eq!(source.shape().tables(), ["posts"], "{name}");
        }
    }
}

#[test]
fn two_closures_that_are_called_by_the_standard_library_are_two_places() {
    let pool = pool(20);
    let conn = &mut connection(&pool);
    let (_, report) = observe_sync(|| {
        let one = opaque(Some(1)).map(|id| find_author(conn, id));
        let two = opaque(Some(2)).map(|id| find_author(conn, id));
        (one, two)
    });
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
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

#[tokio::test]
async fn both_arms_of_every_kind_of_join_are_two_places() {
    let pool = pool(20);
    let find = |id| find_later(&pool, id);
    let ((), report) = observe(async {
        futures::join!(find(1), find(2));
    })
    .await;
    assert!(report.findings().is_empty(), "{report}");
    let ((), report) = observe(async {
        futures::future::join(find(1), find(2)).await;
    })
    .await;
    assert!(report.findings().is_empty(), "{report}");
    let ((), report) = observe(async {
        let pool = &pool;
        let ok = |id| async move { Ok::<_, ()>(find_later(pool, id).await) };
        let _ = tokio::try_join!(ok(1), ok(2));
    })
    .await;
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
async fn spawning_in_an_iterator(pool: Pool) {
    let tasks: Result<Vec<_>, ()> = (1..=opaque(20))
        .map(|id| {
            let pool = pool.clone();
            let find = move || find_author(&mut connection(&pool), id);
            Ok(tokio::task::spawn_blocking(in_current_scope(find)))
        })
        .collect();
    join_all(tasks.unwrap()).await;
}

#[tokio::test]
async fn tasks_spawned_in_an_iterator_are_one_place() {
    let pool = pool(20);
    let ((), report) = observe(spawning_in_an_iterator(pool)).await;
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

/// An optimising build may unroll such a loop into separate lines, and then
/// stays silent: that is missed, never invented.
#[cfg(debug_assertions)]
#[test]
fn a_small_loop_with_a_constant_number_of_rounds_is_one_place_in_a_debug_build() {
    let pool = pool(20);
    let conn = &mut connection(&pool);
    let ((), report) = observe_sync(|| {
        for id in [1, 2, 3] {
            find_author(conn, id);
        }
    });
    assert_eq!(n_plus_one(&report).count(), 3);
}
