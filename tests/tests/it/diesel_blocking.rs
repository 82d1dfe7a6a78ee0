//! Sync Diesel behind async handlers: the scope on the blocking thread.

use deadpool_diesel::sqlite::{Hook, HookError, Manager, Metrics, Pool};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use perfguard::diesel::{Guarded, ScopedTokio, bind_current_scope, in_current_scope, refusal};
use perfguard::testing::observe;
use perfguard::{Limits, Scope};
use perfguard_tests::diesel_blog;

use crate::diesel_databases::{self as databases, ROWS, TABLE, User, user, users};
use crate::support::{assert_at, line_of, n_plus_one, opaque, rules};

const SOURCE: &str = include_str!("diesel_blocking.rs");

type Scoped = SyncConnectionWrapper<SqliteConnection, ScopedTokio>;
type ScopedGuarded = SyncConnectionWrapper<Guarded<SqliteConnection>, ScopedTokio>;

async fn filled<C: AsyncConnection>() -> C {
    perfguard::diesel::install().unwrap();
    let mut conn = C::establish(":memory:").await.unwrap();
    conn.batch_execute(TABLE).await.unwrap();
    conn.batch_execute(ROWS).await.unwrap();
    conn
}

/// diesel-async's traits have the names of Diesel's.
mod scoped_tokio {
    use super::{
        AsyncConnection, ExpressionMethods, Guarded, Limits, QueryDsl, SOURCE, Scoped,
        ScopedGuarded, SimpleAsyncConnection, SqliteConnection, User, assert_at, filled, line_of,
        n_plus_one, observe, opaque, refusal, rules, user, users,
    };
    use diesel_async::RunQueryDsl;
    use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};

    #[tokio::test(flavor = "multi_thread")]
    async fn the_scope_goes_along() {
        let mut conn: Scoped = filled().await;
        let (all, report) = observe(async {
            diesel::insert_into(users::table)
                .values(user(6))
                .execute(&mut conn)
                .await
                .unwrap();
            conn.transaction(async |conn| diesel::delete(users::table.find(6)).execute(conn).await)
                .await
                .unwrap();
            users::table.load::<User>(&mut conn).await.unwrap()
        })
        .await;
        assert_eq!(all.len(), 5);
        assert_eq!(report.queries(), 3, "{report}");
        assert_eq!(report.rows(), None, "Diesel does not tell rows");
        let ((), report) = observe(async {
            conn.batch_execute("DELETE FROM users").await.unwrap();
        })
        .await;
        assert_eq!(report.queries(), 1, "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_loop_is_one_place_in_the_users_code() {
        let mut conn: Scoped = filled().await;
        let ((), report) = observe(async {
            for id in 1..=opaque(5) {
                let _: User = users::table
                    .find(id)
                    .first(&mut conn) // the query of the loop
                    .await
                    .unwrap();
            }
        })
        .await;
        let finding = n_plus_one(&report);
        assert_eq!(finding.count(), 5, "{report}");
        assert_at(
            finding,
            file!(),
            line_of(SOURCE, "// the query of the loop"),
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_lines_are_two_places() {
        let mut conn: Scoped = filled().await;
        let ((), report) = observe(async {
            let _: User = users::table.find(1).first(&mut conn).await.unwrap();
            let _: User = users::table.find(2).first(&mut conn).await.unwrap();
        })
        .await;
        assert_eq!(report.queries(), 2);
        assert!(rules(&report).is_empty(), "{report}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_guarded_connection_inside_counts_rows_and_keeps_to_limits() {
        let mut conn: ScopedGuarded = filled().await;
        let (all, report) = observe(async { users::table.load::<User>(&mut conn).await }).await;
        assert_eq!(all.unwrap().len(), 5);
        assert_eq!((report.queries(), report.rows()), (1, Some(5)), "{report}");
        let (changed, report) = observe(async {
            diesel::update(users::table)
                .set(users::age.eq(1))
                .execute(&mut conn)
                .await
        })
        .await;
        assert_eq!(changed.unwrap(), 5);
        assert_eq!(report.rows_affected(), Some(5), "{report}");

        let limit = |conn: &mut Guarded<SqliteConnection>| {
            conn.limits(Limits::new().hard_max(1));
            Ok(())
        };
        conn.spawn_blocking(limit).await.unwrap();
        let (refused, report) = observe(async {
            conn.transaction(async |conn| {
                diesel::delete(users::table).execute(conn).await?;
                diesel::insert_into(users::table)
                    .values(user(1))
                    .execute(conn)
                    .await
            })
            .await
        })
        .await;
        assert!(refusal(&refused.unwrap_err()).is_some());
        assert_eq!((report.queries(), report.refused()), (1, 1), "{report}");
        let left: i64 = users::table.count().get_result(&mut conn).await.unwrap();
        assert_eq!(left, 5, "rolled back");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_pool_takes_it() {
        perfguard::diesel::install().unwrap();
        let manager = AsyncDieselConnectionManager::<ScopedGuarded>::new(":memory:");
        let pool = deadpool::Pool::builder(manager)
            .max_size(1)
            .build()
            .unwrap();
        let mut conn = pool.get().await.unwrap();
        conn.batch_execute(super::TABLE).await.unwrap();
        drop(conn);
        let (all, report) = observe(async {
            let mut conn = pool.get().await.unwrap();
            users::table.load::<User>(&mut conn).await.unwrap()
        })
        .await;
        assert!(all.is_empty());
        assert_eq!((report.queries(), report.rows()), (1, Some(0)), "{report}");
    }
}

fn bind(
    connection: &mut deadpool_diesel::Connection<SqliteConnection>,
    _: &Metrics,
) -> Result<(), HookError> {
    if let Ok(mut connection) = connection.lock() {
        bind_current_scope(&mut *connection);
    }
    Ok(())
}

/// A pool of one, with or without the hook, on a database with the table.
async fn pool(hooked: bool) -> Pool {
    perfguard::diesel::install().unwrap();
    let manager = Manager::new(":memory:", deadpool_diesel::Runtime::Tokio1);
    let mut builder = Pool::builder(manager).max_size(1);
    if hooked {
        builder = builder
            .post_create(Hook::sync_fn(bind))
            .post_recycle(Hook::sync_fn(bind));
    }
    let pool = builder.build().unwrap();
    let conn = pool.get().await.unwrap();
    conn.interact(|conn| conn.batch_execute(&format!("{TABLE};{ROWS}")))
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    pool
}

async fn find(pool: &Pool, id: i32) -> User {
    let conn = pool.get().await.unwrap();
    conn.interact(move |conn| users::table.find(id).first(conn))
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_pool_with_the_hook_keeps_the_scope_and_handlers_need_not_know() {
    let pool = pool(true).await;
    for _ in 0..2 {
        let (found, report) = observe(find(&pool, 1)).await;
        assert_eq!(found.id, 1);
        assert_eq!(report.queries(), 1, "{report}");
    }
}

#[tokio::test]
async fn a_pool_without_the_hook_loses_the_scope_and_says_so() {
    let pool = pool(false).await;
    let (_, report) = observe(find(&pool, 1)).await;
    assert_eq!(report.queries(), 0);
}

#[tokio::test]
async fn a_connection_belongs_to_the_scope_that_has_checked_it_out() {
    let pool = pool(true).await;
    let (first, second) = (Scope::new("first"), Scope::new("second"));
    first.wrap(find(&pool, 1)).await;
    second
        .wrap(async {
            find(&pool, 2).await;
            find(&pool, 3).await;
        })
        .await;
    let before = perfguard::adapter::unattributed();
    find(&pool, 4).await;
    assert!(
        perfguard::adapter::unattributed() > before,
        "checked out in no scope"
    );
    assert_eq!(first.close().queries(), 1);
    assert_eq!(second.close().queries(), 2);
}

#[tokio::test]
async fn a_connection_does_not_keep_a_scope_that_has_ended() {
    let pool = pool(true).await;
    let scope = Scope::new("ends before its connection comes back");
    let conn = scope.wrap(pool.get()).await.unwrap();
    assert_eq!(scope.close().queries(), 0);
    let before = perfguard::adapter::unattributed();
    let load = |conn: &mut SqliteConnection| users::table.load::<User>(conn);
    assert_eq!(conn.interact(load).await.unwrap().unwrap().len(), 5);
    assert!(perfguard::adapter::unattributed() > before);
}

#[tokio::test]
async fn a_threads_own_scope_comes_before_the_connections() {
    let pool = pool(true).await;
    let (bound, current) = (Scope::new("bound"), Scope::new("current"));
    let conn = bound.wrap(pool.get()).await.unwrap();
    let inner = current.clone();
    conn.interact(move |conn| inner.in_scope(|| users::table.load::<User>(conn)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(bound.close().queries(), 0);
    assert_eq!(current.close().queries(), 1);
}

#[tokio::test]
async fn a_loop_on_a_bound_connection_is_one_place_in_the_users_code() {
    let pool = pool(true).await;
    let ((), report) = observe(async {
        let conn = pool.get().await.unwrap();
        conn.interact(|conn| {
            for id in 1..=opaque(5) {
                let _: User = users::table
                    .find(id)
                    .first(conn) // the query on the bound connection
                    .unwrap();
            }
        })
        .await
        .unwrap();
    })
    .await;
    let finding = n_plus_one(&report);
    assert_eq!(finding.count(), 5, "{report}");
    assert_at(
        finding,
        file!(),
        line_of(SOURCE, "// the query on the bound connection"),
    );
}

#[tokio::test]
async fn two_lines_on_a_bound_connection_are_two_places() {
    let pool = pool(true).await;
    let ((), report) = observe(async {
        let conn = pool.get().await.unwrap();
        conn.interact(|conn| {
            let _: User = users::table.find(1).first(conn).unwrap();
            let _: User = users::table.find(2).first(conn).unwrap();
        })
        .await
        .unwrap();
    })
    .await;
    assert_eq!(report.queries(), 2, "{report}");
    assert!(rules(&report).is_empty(), "{report}");
}

#[tokio::test]
async fn a_bound_connection_that_is_guarded_knows_rows_and_limits() {
    type Inner = Guarded<SqliteConnection>;
    let manager: deadpool_diesel::Manager<Inner> =
        deadpool_diesel::Manager::new(":memory:", deadpool_diesel::Runtime::Tokio1);
    let pool: deadpool_diesel::Pool<_> = deadpool_diesel::Pool::builder(manager)
        .max_size(1)
        .build()
        .unwrap();
    let conn = pool.get().await.unwrap();
    conn.interact(|conn| conn.batch_execute(&format!("{TABLE};{ROWS}")))
        .await
        .unwrap()
        .unwrap();
    drop(conn);
    let (refused, report) = observe(async {
        let conn = pool.get().await.unwrap();
        let bind = |conn: &mut Inner| {
            conn.limits(Limits::new().hard_max(1));
            bind_current_scope(conn);
        };
        bind(&mut conn.lock().unwrap());
        conn.interact(|conn| {
            assert_eq!(users::table.load::<User>(conn).unwrap().len(), 5);
            users::table.load::<User>(conn).unwrap_err()
        })
        .await
        .unwrap()
    })
    .await;
    assert!(refusal(&refused).is_some());
    assert_eq!((report.queries(), report.refused()), (1, 1), "{report}");
    assert_eq!(report.rows(), Some(5), "{report}");
}

#[tokio::test]
async fn a_closure_takes_the_scope_to_interact() {
    let pool = pool(false).await;
    let (all, report) = observe(async {
        let conn = pool.get().await.unwrap();
        conn.interact(in_current_scope(|conn| users::table.load::<User>(conn)))
            .await
            .unwrap()
            .unwrap()
    })
    .await;
    assert_eq!(all.len(), 5);
    assert_eq!(report.queries(), 1, "{report}");
}

#[tokio::test]
async fn a_closure_takes_the_scope_to_spawn_blocking() {
    let pool = diesel_blog::pool(3);
    let (posts, report) = observe(async {
        let task = move || diesel_blog::latest(&mut diesel_blog::connection(&pool), 2);
        tokio::task::spawn_blocking(perfguard::in_current_scope(task))
            .await
            .unwrap()
    })
    .await;
    assert_eq!(posts.len(), 2);
    assert_eq!(report.queries(), 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn block_in_place_stays_in_the_scope() {
    let (all, report) = observe(async {
        tokio::task::block_in_place(|| users::table.load::<User>(&mut databases::sqlite()))
    })
    .await;
    assert_eq!(all.unwrap().len(), 5);
    assert_eq!(report.rows(), Some(5), "{report}");
}
