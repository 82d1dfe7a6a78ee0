//! `slow-query`, `time-budget`, whose count is milliseconds, and
//! `long-transaction`, also over an outgoing call: times are told, because the
//! machine makes real ones.

use std::time::{Duration, Instant};

use diesel::Connection as _;
use perfguard::adapter::{self, Completion, Connection, Event, Orm, OutgoingCall};
use perfguard::statement::Dialect::Postgres;
use perfguard::{call, call_sync};
use sea_orm::{EntityTrait, QuerySelect, TransactionTrait};

use crate::corpus::case::{Case, Rule, diesel, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::latest;
use crate::corpus::in_sea_orm::post;
use crate::corpus::told::{connect, opaque, query};

const SLOW: &str = "slow-query";
const TIME: &str = "time-budget";
const LONG: &str = "long-transaction";

pub(super) fn slow_query() -> Rule {
    rule(SLOW, slow())
}

pub(super) fn time_budget() -> Rule {
    rule(TIME, time())
}

pub(super) fn long_transaction() -> Rule {
    rule(LONG, long())
}

fn rule(id: &'static str, cases: Vec<Case>) -> Rule {
    Rule {
        id,
        file: file!(),
        source: include_str!("timed.rs"),
        cases,
    }
}

/// A look-up that took so many milliseconds. Each time and ORM has values of
/// its own: `cache-candidate` looks at what all cases ask again.
fn took(orm: Orm, id: u64, milliseconds: u64) {
    let id = id + 100 * milliseconds + 1_000_000 * orm.name().len() as u64;
    let time = Completion::new().elapsed(Duration::from_millis(milliseconds));
    let sql = "SELECT name FROM authors WHERE id = $1";
    adapter::record(&query(Postgres, sql, id).orm(orm).completion(time));
}

fn slow() -> Vec<Case> {
    let mut cases = vec![
        told("the second of two is slow", || {
            took(Orm::Diesel, 1, 3);
            took(Orm::Diesel, 2, 900);
        })
        .notes(SLOW),
        diesel("a few milliseconds in Diesel", |conn| {
            latest(conn).map(|_| ())
        }),
        sea_orm("a few milliseconds in SeaORM", async |db| {
            post::Entity::find().limit(6).all(&db).await.map(|_| ())
        }),
        told("a hundred quick ones of one place", || {
            for _ in 0..opaque(4) {
                took(Orm::Other, 1, 499);
            }
        })
        .finds("duplicate-query", 4),
    ];
    for orm in [Orm::Diesel, Orm::SeaOrm, Orm::Other] {
        let name = orm.name();
        cases.extend([
            told(format!("501 ms, {name}"), move || took(orm, 1, 501))
                .notes(SLOW)
                .repair_told("may lack an index", move || took(orm, 1, 2)),
            told(format!("500 ms, {name}"), move || took(orm, 1, 500)),
            told(format!("501 ms in production, {name}"), move || {
                took(orm, 1, 501)
            })
            .finds(SLOW, 1)
            .in_production(),
            told(format!("500 ms in production, {name}"), move || {
                took(orm, 1, 500)
            })
            .in_production(),
        ]);
    }
    cases
}

#[perfguard::query_budget(max = 9, max_time = "200ms")]
fn in_time(orm: Orm, milliseconds: u64) {
    took(orm, 1, milliseconds);
    took(orm, 2, milliseconds);
}

#[perfguard::query_budget(max = 9)]
fn at_any_time(orm: Orm) {
    took(orm, 1, 400);
    took(orm, 2, 400);
}

fn time() -> Vec<Case> {
    let mut cases = Vec::new();
    for orm in [Orm::Diesel, Orm::SeaOrm, Orm::Other] {
        let name = orm.name();
        cases.extend([
            told(format!("101 ms twice, {name}"), move || in_time(orm, 101))
                .notes(TIME)
                .repair_told("max_time", move || in_time(orm, 20)),
            told(format!("100 ms twice, {name}"), move || in_time(orm, 100)),
            told(format!("101 ms twice in production, {name}"), move || {
                in_time(orm, 101)
            })
            .finds(TIME, 202)
            .in_production(),
            told(format!("without a budget, {name}"), move || {
                at_any_time(orm)
            }),
        ]);
    }
    cases
}

/// A transaction that took so many milliseconds, and one look-up.
fn transaction(connection: &mut Connection, milliseconds: u64) {
    let start = Instant::now();
    connection.tell(Event::begin().at(start));
    adapter::record(&connection.query("UPDATE posts SET views = 0 WHERE id = $1"));
    connection.tell(Event::commit().at(start + Duration::from_millis(milliseconds)));
}

fn long() -> Vec<Case> {
    vec![
        told("6 seconds", || transaction(&mut connect(Postgres), 6_000))
            .notes(LONG)
            .repair_told("before it or after it", || {
                transaction(&mut connect(Postgres), 60);
            }),
        told("6 seconds in production", || {
            transaction(&mut connect(Postgres), 6_000);
        })
        .finds(LONG, 1)
        .in_production(),
        told("the longest of three", || {
            let mut connection = connect(Postgres);
            for milliseconds in [10, 7_000, 5_500] {
                transaction(&mut connection, milliseconds);
            }
        })
        .notes(LONG),
        told("5 seconds", || transaction(&mut connect(Postgres), 5_000)),
        told("5 seconds in production", || {
            transaction(&mut connect(Postgres), 5_000);
        })
        .in_production(),
        told("a call in a transaction, in production", || {
            let mut connection = connect(Postgres);
            connection.tell(Event::begin());
            call_sync("payment", || {});
            connection.tell(Event::commit());
        })
        .finds(LONG, 1)
        .in_production(),
        told("a call that runs while another task writes", || {
            let mut connection = connect(Postgres);
            connection.tell(Event::begin());
            let call = OutgoingCall::begin("payment");
            adapter::record(&connection.query("UPDATE posts SET views = 0 WHERE id = $1"));
            drop(call);
            connection.tell(Event::commit());
        }),
        told("many short ones", || {
            let mut connection = connect(Postgres);
            for _ in 0..opaque(4) {
                transaction(&mut connection, 4_000);
            }
        }),
        diesel("a short one in Diesel", |conn| {
            conn.transaction(|conn| conn.transaction(|conn| latest(conn).map(|_| ())))
        }),
        diesel("a call in a transaction of Diesel", |conn| {
            conn.transaction(|conn| {
                latest(conn)?;
                call_sync("payment", || {});
                Ok(())
            })
        })
        .notes(LONG)
        .repair("calls of other services", |conn| {
            conn.transaction(|conn| latest(conn).map(|_| ()))?;
            call_sync("payment", || {});
            Ok(())
        }),
        diesel("two calls in a savepoint of Diesel", |conn| {
            conn.transaction(|conn| {
                conn.transaction(|conn| {
                    call_sync("payment", || {});
                    call_sync("mail", || {});
                    latest(conn).map(|_| ())
                })
            })
        })
        .notes(LONG),
        diesel("calls before and after one of Diesel", |conn| {
            call_sync("payment", || {});
            conn.transaction(|conn| latest(conn).map(|_| ()))?;
            call_sync("mail", || {});
            Ok(())
        }),
        sea_orm_guarded("a call in a transaction of SeaORM", async |db| {
            let transaction = db.begin().await?;
            post::Entity::find().limit(6).all(&transaction).await?;
            call("payment", tokio::task::yield_now()).await;
            transaction.commit().await
        })
        .notes(LONG)
        .repair_in_sea_orm_guarded("before it or after it", async |db| {
            call("payment", tokio::task::yield_now()).await;
            let transaction = db.begin().await?;
            post::Entity::find().limit(6).all(&transaction).await?;
            transaction.commit().await
        }),
        sea_orm_guarded("a call, and then it is rolled back", async |db| {
            let transaction = db.begin().await?;
            call("payment", tokio::task::yield_now()).await;
            transaction.rollback().await
        })
        .notes(LONG),
        sea_orm_guarded("a call after one of SeaORM", async |db| {
            let transaction = db.begin().await?;
            post::Entity::find().limit(6).all(&transaction).await?;
            transaction.commit().await?;
            call("payment", tokio::task::yield_now()).await;
            Ok(())
        }),
        sea_orm("a short one in SeaORM", async |db| {
            let transaction = db.begin().await?;
            post::Entity::find().limit(6).all(&transaction).await?;
            transaction.commit().await
        }),
    ]
}
