//! Which executions are one call site, in SeaORM; run in debug and release.
//! The table is the one of `matrix_diesel`.

use futures::future::join_all;
use perfguard::in_current_scope;
use perfguard::testing::observe;
use perfguard_tests::sea_orm_blog::{author, connect, find_author, latest, post};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseConnection, EntityTrait, LoaderTrait,
    PaginatorTrait, QueryOrder, TransactionTrait,
};

use crate::support::{assert_at, line_of, n_plus_one, opaque, rules};

#[perfguard::query_budget(max = 50)]
async fn in_a_loop(db: &DatabaseConnection) -> Vec<author::Model> {
    let mut authors = Vec::new();
    for post in latest(db, opaque(20)).await {
        let author = author::Entity::find_by_id(post.author_id)
            .one(db)
            .await // the query of the loop
            .unwrap();
        authors.extend(author);
    }
    authors
}

#[tokio::test]
async fn a_loop_is_one_place() {
    let db = connect(20).await;
    let (authors, report) = observe(in_a_loop(&db)).await;
    assert_eq!(authors.len(), 20);
    assert_eq!(report.queries(), 21);
    let finding = n_plus_one(&report);
    assert_eq!(finding.count(), 20);
    assert_eq!(finding.distinct_binds(), Some(20));
    assert_at(
        finding,
        file!(),
        line_of(
            include_str!("matrix_sea_orm.rs"),
            "// the query of the loop",
        ),
    );
    let source = finding.source().expect("the loop has a source");
    assert_eq!(source.statement().shape().tables(), ["posts"]);
}

#[perfguard::query_budget(max = 50)]
async fn helper_in_a_loop(db: &DatabaseConnection) {
    for post in latest(db, opaque(20)).await {
        find_author(db, post.author_id).await;
    }
}

#[tokio::test]
async fn a_loop_round_a_helper_is_one_place() {
    let db = connect(20).await;
    let ((), report) = observe(helper_in_a_loop(&db)).await;
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
async fn on_two_lines(db: &DatabaseConnection) {
    author::Entity::find_by_id(1).one(db).await.unwrap();
    author::Entity::find_by_id(2).one(db).await.unwrap();
}

#[tokio::test]
async fn two_lines_are_two_places() {
    let db = connect(20).await;
    let ((), report) = observe(on_two_lines(&db)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn helper_on_two_lines(db: &DatabaseConnection) {
    find_author(db, 1).await;
    find_author(db, 2).await;
}

#[tokio::test]
async fn two_calls_of_a_helper_are_two_places() {
    let db = connect(20).await;
    let ((), report) = observe(helper_on_two_lines(&db)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 1)]
async fn annotated_find(db: &DatabaseConnection, id: i32) -> author::Model {
    find_author(db, id).await
}

#[perfguard::query_budget(max = 50)]
async fn annotated_helper_on_two_lines(db: &DatabaseConnection) {
    annotated_find(db, 1).await;
    annotated_find(db, 2).await;
}

#[tokio::test]
async fn two_calls_of_an_annotated_helper_are_two_places_for_its_caller() {
    let db = connect(20).await;
    let ((), report) = observe(annotated_helper_on_two_lines(&db)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn annotated_helper_in_a_loop(db: &DatabaseConnection) {
    for id in 1..=opaque(20) {
        annotated_find(db, id).await;
    }
}

#[tokio::test]
async fn a_loop_round_an_annotated_helper_is_one_place_for_its_caller() {
    let db = connect(20).await;
    let ((), report) = observe(annotated_helper_in_a_loop(&db)).await;
    assert_eq!(n_plus_one(&report).count(), 20);
    assert_eq!(rules(&report), ["n-plus-one"], "reported once: {report}");
}

#[perfguard::query_budget(max = 50)]
async fn joined(db: &DatabaseConnection) {
    tokio::join!(find_author(db, 1), find_author(db, 2));
}

#[tokio::test]
async fn both_arms_of_a_join_are_two_places() {
    let db = connect(20).await;
    let ((), report) = observe(joined(&db)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

/// The ORM's own futures, with no function of the user's between them and the
/// join.
#[tokio::test]
async fn both_arms_of_a_join_of_queries_are_two_places() {
    let db = &connect(20).await;
    let ((), report) = observe(async {
        let _ = tokio::join!(
            author::Entity::find_by_id(1).one(db),
            author::Entity::find_by_id(2).one(db),
        );
    })
    .await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
    let ((), report) = observe(async {
        let buyer = author::Entity::find_by_id(1).one(db);
        let seller = author::Entity::find_by_id(2).one(db);
        tokio::try_join!(buyer, seller).unwrap();
    })
    .await;
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn all_joined(db: &DatabaseConnection) {
    join_all((1..=opaque(20)).map(|id| find_author(db, id))).await;
}

#[tokio::test]
async fn join_all_is_one_place() {
    let db = connect(20).await;
    let ((), report) = observe(all_joined(&db)).await;
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
async fn wandering(db: DatabaseConnection) {
    for id in 1..=opaque(20) {
        tokio::task::spawn_blocking(|| std::thread::sleep(std::time::Duration::from_millis(1)))
            .await
            .unwrap();
        find_author(&db, id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_loop_that_wakes_on_other_workers_is_one_place() {
    let db = connect(20).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { observe(wandering(db)).await })
        })
        .collect();
    for task in tasks {
        let ((), report) = task.await.unwrap();
        assert_eq!(report.queries(), 20);
        assert_eq!(n_plus_one(&report).count(), 20);
    }
}

#[perfguard::query_budget(max = 50)]
async fn spawning_with_the_scope(db: DatabaseConnection) {
    for id in 1..=opaque(20) {
        let db = db.clone();
        tokio::spawn(in_current_scope(async move { find_author(&db, id).await }))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_task_spawned_per_item_with_the_scope_is_one_place() {
    let db = connect(20).await;
    let ((), report) = observe(spawning_with_the_scope(db)).await;
    assert_eq!(report.queries(), 20);
    assert_eq!(n_plus_one(&report).count(), 20);
}

#[perfguard::query_budget(max = 50)]
async fn spawning_on_two_lines(db: DatabaseConnection) {
    let find = |id| {
        let db = db.clone();
        async move { find_author(&db, id).await }
    };
    let one = tokio::spawn(in_current_scope(find(1)));
    let two = tokio::spawn(in_current_scope(find(2)));
    one.await.unwrap();
    two.await.unwrap();
}

#[tokio::test]
async fn two_tasks_spawned_on_two_lines_are_two_places() {
    let db = connect(20).await;
    let ((), report) = observe(spawning_on_two_lines(db)).await;
    assert_eq!(report.queries(), 2);
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn spawning_without_the_scope(db: DatabaseConnection) {
    tokio::spawn(async move { find_author(&db, 1).await })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_task_spawned_without_the_scope_is_not_counted_and_not_silent() {
    let db = connect(20).await;
    let ((), report) = observe(spawning_without_the_scope(db)).await;
    assert_eq!(report.queries(), 0);
    assert_eq!(rules(&report), ["not-connected"]);
    assert!(report.to_string().contains("in_current_scope"), "{report}");
}

#[perfguard::query_budget(max = 3)]
async fn repaired(db: &DatabaseConnection) -> usize {
    let posts = latest(db, 20).await;
    let authors = posts.load_one(author::Entity, db).await.unwrap();
    authors.into_iter().flatten().count()
}

#[tokio::test]
async fn the_proposed_repair_clears_the_finding() {
    let db = connect(20).await;
    let (_, report) = observe(in_a_loop(&db)).await;
    assert!(n_plus_one(&report).fix().contains("load_one("), "{report}");
    let (authors, report) = observe(repaired(&db)).await;
    assert_eq!((authors, report.queries()), (20, 2));
    assert!(report.findings().is_empty(), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn in_transactions(db: &DatabaseConnection) {
    let outer = db.begin().await.unwrap();
    let inner = outer.begin().await.unwrap();
    for id in 1..=opaque(5) {
        find_author(&inner, id).await;
    }
    inner.commit().await.unwrap();
    outer.commit().await.unwrap();
}

#[tokio::test]
async fn transaction_control_is_no_query_and_hides_none() {
    let db = connect(20).await;
    let ((), report) = observe(in_transactions(&db)).await;
    assert_eq!(report.queries(), 5);
    assert_eq!(n_plus_one(&report).count(), 5);
}

#[perfguard::query_budget(max = 50)]
async fn inserting(db: &DatabaseConnection) {
    for id in 100..opaque(110) {
        let author = author::ActiveModel {
            id: Set(id),
            name: Set(format!("author {id}")),
        };
        author.insert(db).await.unwrap();
    }
}

/// `insert` reads back what it wrote: no loop of reads that the user wrote.
#[tokio::test]
async fn rows_read_back_after_a_write_are_no_n_plus_one() {
    let db = connect(1).await;
    let ((), report) = observe(inserting(&db)).await;
    assert!(report.queries() >= 10, "{report}");
    assert_eq!(rules(&report), ["repeated-write"], "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn partly_elsewhere(db: &DatabaseConnection) {
    find_author(db, 1).await;
    let db = db.clone();
    tokio::spawn(async move { find_author(&db, 2).await })
        .await
        .unwrap();
}

#[tokio::test]
async fn statements_in_no_scope_beside_counted_ones_are_a_note() {
    let db = connect(2).await;
    let ((), report) = observe(partly_elsewhere(&db)).await;
    assert_eq!(report.queries(), 1);
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.notes()[0].rule(), "not-connected");
    assert!(report.to_string().contains("in_current_scope"), "{report}");
}

#[perfguard::query_budget(max = 50)]
async fn streaming(db: &DatabaseConnection) -> usize {
    use futures::StreamExt as _;
    let stream = post::Entity::find()
        .order_by_asc(post::Column::Id)
        .stream(db)
        .await
        .unwrap();
    stream.count().await
}

#[tokio::test]
async fn a_stream_is_one_query() {
    let db = connect(20).await;
    let (posts, report) = observe(streaming(&db)).await;
    assert_eq!((posts, report.queries()), (20, 1));
}

#[perfguard::query_budget(max = 50)]
async fn paging_through(db: &DatabaseConnection) -> usize {
    let mut pages = post::Entity::find()
        .order_by_asc(post::Column::Id)
        .paginate(db, 5);
    let mut posts = 0;
    while let Some(page) = pages.fetch_and_next().await.unwrap() {
        posts += page.len();
    }
    posts
}

#[tokio::test]
async fn pages_in_a_loop_are_no_n_plus_one() {
    let db = connect(20).await;
    let (posts, report) = observe(paging_through(&db)).await;
    assert_eq!(posts, 20);
    assert!(report.findings().is_empty(), "{report}");
}

#[tokio::test]
async fn a_users_own_callback_is_called_beside_perfguards() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let mut db = connect(20).await;
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    perfguard::sea_orm::install_with(&mut db, move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let ((), report) = observe(on_two_lines(&db)).await;
    assert_eq!(report.queries(), 2);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
