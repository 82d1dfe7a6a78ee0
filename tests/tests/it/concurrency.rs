//! Scopes do not see each other.

use diesel::connection::{Connection, Instrumentation};
use perfguard::testing::observe;
use perfguard_tests::{diesel_blog, sea_orm_blog};

use crate::support::opaque;

#[perfguard::query_budget(max = 1_000)]
async fn diesel_handler(pool: diesel_blog::Pool, n: i32) {
    for id in 1..=n {
        tokio::task::yield_now().await;
        diesel_blog::find_author(&mut diesel_blog::connection(&pool), id);
    }
}

#[perfguard::query_budget(max = 1_000)]
async fn sea_orm_handler(db: sea_orm::DatabaseConnection, n: i32) {
    for id in 1..=n {
        sea_orm_blog::find_author(&db, id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_each_see_exactly_their_own_count() {
    let pool = diesel_blog::pool(64);
    let db = sea_orm_blog::connect(64).await;
    let requests: Vec<_> = (1..=64)
        .map(|n| {
            let (pool, db) = (pool.clone(), db.clone());
            tokio::spawn(async move {
                let ((), diesel) = observe(diesel_handler(pool, n)).await;
                let ((), sea_orm) = observe(sea_orm_handler(db, n)).await;
                (n, diesel.queries(), sea_orm.queries())
            })
        })
        .collect();
    for request in requests {
        let (n, diesel, sea_orm) = request.await.unwrap();
        assert_eq!((diesel, sea_orm), (n as u64, n as u64));
    }
}

#[tokio::test]
async fn scopes_nest_and_roll_up() {
    let pool = diesel_blog::pool(5);
    let ((), outer) = observe(async {
        diesel_handler(pool.clone(), 2).await;
        let ((), inner) = observe(diesel_handler(pool.clone(), 3)).await;
        assert_eq!(inner.queries(), 3);
    })
    .await;
    assert_eq!(outer.queries(), 5);
}

#[tokio::test]
async fn a_cancelled_request_leaves_no_scope_behind() {
    let db = sea_orm_blog::connect(5).await;
    for polls in 0..6 {
        let mut handler = Box::pin(observe(sea_orm_handler(db.clone(), 5)));
        for _ in 0..polls {
            let _ = futures::poll!(handler.as_mut());
        }
        drop(handler);
        assert!(perfguard::Scope::current().is_none());
    }
    let ((), report) = observe(sea_orm_handler(db, 5)).await;
    assert_eq!(report.queries(), 5);
}

/// What a hundred calls allocate on this thread, once warm.
fn allocations(mut body: impl FnMut()) -> u64 {
    (0..3).for_each(|_| body());
    allocation_counter::measure(|| (0..100).for_each(|_| body())).count_total
}

#[test]
fn a_query_outside_any_scope_costs_no_allocation() {
    let pool = diesel_blog::pool(5);
    let watched = &mut diesel_blog::connection(&pool);
    let with = allocations(|| {
        diesel_blog::find_author(watched, opaque(1));
    });
    watched.set_instrumentation(None::<Box<dyn Instrumentation>>);
    let without = allocations(|| {
        diesel_blog::find_author(watched, opaque(1));
    });
    assert_eq!(with, without);

    let before = perfguard::adapter::unattributed();
    assert_eq!(allocations(perfguard::adapter::record_unattributed), 0);
    assert!(perfguard::adapter::unattributed() >= before + 103);
}
