//! `connection-per-request` and `not-connected`.

use diesel::Connection as _;
use diesel::prelude::*;
use perfguard::adapter::Connection;
use perfguard::in_current_scope;
use perfguard::statement::Dialect::Postgres;
use sea_orm::{DatabaseConnection, DbErr, EntityTrait};

use crate::corpus::case::{Case, Rule, diesel, diesel_pool, sea_orm, told};
use crate::corpus::in_diesel::{Diesel, posts};
use crate::corpus::in_sea_orm::post;
use crate::corpus::told::{connect, opaque};

const CONNECTION: &str = "connection-per-request";
const SILENCE: &str = "not-connected";

pub(super) fn connection_per_request() -> Rule {
    rule(CONNECTION, connections())
}

pub(super) fn not_connected() -> Rule {
    rule(SILENCE, silences())
}

fn rule(id: &'static str, cases: Vec<Case>) -> Rule {
    Rule {
        id,
        file: file!(),
        source: include_str!("connections.rs"),
        cases,
    }
}

fn count(conn: &mut SqliteConnection) -> i64 {
    let count = posts::table.count().get_result(conn);
    count.expect("posts are counted")
}

fn establish(diesel: &Diesel) -> SqliteConnection {
    SqliteConnection::establish(&diesel.url).expect("sqlite opens")
}

fn run(connection: &Connection) {
    perfguard::adapter::record(&connection.query("SELECT count(*) FROM posts"));
}

fn connections() -> Vec<Case> {
    vec![
        diesel_pool("established and closed", |diesel| {
            count(&mut establish(diesel));
        })
        .finds(CONNECTION, 1)
        .repair_pool("diesel::r2d2::Pool", |diesel| {
            let mut pooled = diesel.pool.get().expect("the pool has one");
            count(&mut pooled);
        }),
        diesel_pool("three established and closed", |diesel| {
            for _ in 0..opaque(3) {
                let mut connection = establish(diesel);
                diesel::update(posts::table.find(1))
                    .set(posts::views.eq(1))
                    .execute(&mut connection)
                    .expect("it is written");
            }
        })
        .finds(CONNECTION, 3),
        diesel_pool("established and closed in production", |diesel| {
            count(&mut establish(diesel));
        })
        .finds(CONNECTION, 1)
        .in_production(),
        told("established and closed, another driver", || {
            let mut connection = connect(Postgres);
            connection.established(None);
            run(&connection);
        })
        .finds(CONNECTION, 1),
        diesel_pool("from a pool", |diesel| {
            let mut pooled = diesel.pool.get().expect("the pool has one");
            count(&mut pooled);
        }),
        diesel_pool("established and never used", |diesel| {
            drop(establish(diesel))
        }),
        diesel("made before", |conn| {
            count(conn);
            Ok(())
        }),
        sea_orm("a pool of SeaORM's", async |db| {
            post::Entity::find_by_id(1).one(&db).await.map(|_| ())
        }),
        told("a pool that grows", || {
            let mut connection = connect(Postgres);
            connection.established(None);
            connection.checked_out();
            run(&connection);
        }),
    ]
}

#[perfguard::query_budget(max = 1)]
fn on_another_thread(diesel: &Diesel) {
    let pool = diesel.pool.clone();
    let thread = std::thread::spawn(move || count(&mut pool.get().expect("the pool has one")));
    thread.join().expect("it does not panic");
}

#[perfguard::query_budget(max = 1)]
fn carried_to_another_thread(diesel: &Diesel) {
    let pool = diesel.pool.clone();
    let thread = std::thread::spawn(in_current_scope(move || {
        count(&mut pool.get().expect("the pool has one"))
    }));
    thread.join().expect("it does not panic");
}

fn silences() -> Vec<Case> {
    vec![
        // The pool's ping is not told apart from a statement in no scope.
        diesel_pool("a thread that nobody told", on_another_thread)
            .finds(SILENCE, 2)
            .repair_pool("in_current_scope", carried_to_another_thread),
        sea_orm("a task that nobody told", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                let task = tokio::spawn(async move { post::Entity::find_by_id(1).one(&db).await });
                task.await.expect("it does not panic").map(|_| ())
            }
            handler(db).await
        })
        .finds(SILENCE, 1)
        .repair_in_sea_orm("in_current_scope", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                let one = async move { post::Entity::find_by_id(1).one(&db).await };
                let task = tokio::spawn(in_current_scope(one));
                task.await.expect("it does not panic").map(|_| ())
            }
            handler(db).await
        }),
        diesel_pool("a thread that carries the scope", carried_to_another_thread),
        diesel("an early return", |_| {
            #[perfguard::query_budget(max = 1)]
            fn handler(is_valid: bool) {
                assert!(!is_valid);
            }
            handler(opaque(false));
            Ok(())
        }),
        sea_orm("an early return, awaited", async |_| {
            #[perfguard::query_budget(max = 1)]
            async fn handler() {}
            handler().await;
            Ok(())
        }),
        diesel_pool("nothing is expected", |diesel| {
            #[perfguard::query_budget(max = 1, allow_empty)]
            fn handler(diesel: &Diesel) {
                let pool = diesel.pool.clone();
                let thread = std::thread::spawn(move || count(&mut pool.get().expect("one")));
                thread.join().expect("it does not panic");
            }
            handler(diesel);
        }),
        diesel_pool("in production", on_another_thread).in_production(),
    ]
}
