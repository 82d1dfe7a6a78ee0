//! Costly answers that several functions compute. Each case in production has
//! values of its own: there one table of the process remembers all of them.

use std::time::Duration;

use diesel::dsl;
use diesel::prelude::*;
use perfguard::Scope;
use perfguard::adapter::{self, Binds, Completion, Orm, Query};
use perfguard::sea_orm::Guarded;
use perfguard::statement::Dialect::Postgres;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait};

use crate::corpus::case::{Case, Rule, diesel, sea_orm_guarded, told};
use crate::corpus::in_diesel::{posts, settings, tags, wait_for, waits};
use crate::corpus::in_sea_orm::{Far, far, post, tag};
use crate::corpus::told::{opaque, query, ran};

const ID: &str = "cache-candidate";

/// More than what is costly.
const WAIT: Duration = Duration::from_millis(105);

const ORMS: [Orm; 3] = [Orm::Diesel, Orm::SeaOrm, Orm::Other];

pub(super) fn rule() -> Rule {
    let mut cases = of_each_orm();
    cases.extend(of_other_drivers());
    cases.extend(in_diesel());
    cases.extend(in_sea_orm());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("cache_candidate.rs"),
        cases,
    }
}

const REVENUE: &str = "SELECT sum(total) FROM orders WHERE shop_id = $1";

/// The revenue of a shop, which took so many milliseconds.
#[perfguard::query_budget(max = 1)]
fn revenue(orm: Orm, shop: u64, milliseconds: u64) {
    costly(query(Postgres, REVENUE, shop).orm(orm), milliseconds);
}

fn costly(query: Query<'_>, milliseconds: u64) {
    let time = Completion::new().elapsed(Duration::from_millis(milliseconds));
    adapter::record(&query.completion(time));
}

/// Tells a statement that runs in a function of its own.
#[perfguard::query_budget(max = 1)]
fn in_function(query: Query<'_>, milliseconds: u64) {
    costly(query, milliseconds);
}

/// Another request: in no scope, and on a thread of its own. What is logged is
/// heard here.
fn request(body: impl FnOnce() + Send) {
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    std::thread::scope(|threads| {
        threads.spawn(|| tracing::dispatcher::with_default(&dispatch, body));
    });
}

fn of_each_orm() -> Vec<Case> {
    let mut cases = Vec::new();
    for (shop, orm) in (1..).zip(ORMS) {
        let name = orm.name();
        cases.extend([
            told(format!("twice, {name}"), move || {
                revenue(orm, shop, 300);
                revenue(orm, shop, 320);
            })
            .notes(ID)
            .repair_told("a cache with a time to live", move || {
                #[perfguard::query_budget(max = 1, allow_empty)]
                fn cached(cache: &mut Option<u64>, orm: Orm, shop: u64) {
                    if cache.is_none() {
                        costly(query(Postgres, REVENUE, shop).orm(orm), 300);
                    }
                    *cache = Some(shop);
                }
                let mut cache = None;
                cached(&mut cache, orm, shop);
                cached(&mut cache, orm, shop);
            })
            .repair_told("a table of totals", move || {
                let sql = "SELECT total FROM shop_totals WHERE shop_id = $1";
                in_function(query(Postgres, sql, shop).orm(orm), 2);
                in_function(query(Postgres, sql, shop).orm(orm), 2);
            }),
            told(format!("five times in production, {name}"), move || {
                for _ in 0..opaque(5) {
                    request(move || revenue(orm, 10 + shop, 300));
                }
            })
            .finds(ID, 1)
            .in_production(),
            told(format!("four times in production, {name}"), move || {
                for _ in 0..opaque(4) {
                    request(move || revenue(orm, 20 + shop, 300));
                }
            })
            .in_production(),
            told(format!("each of 100 ms, {name}"), move || {
                revenue(orm, shop, 100);
                revenue(orm, shop, 100);
            }),
            told(format!("of two shops, {name}"), move || {
                revenue(orm, shop, 300);
                revenue(orm, 100 + shop, 300);
            }),
            told(format!("a write in between, {name}"), move || {
                revenue(orm, shop, 300);
                let sql = "UPDATE orders SET total = 0 WHERE id = $1";
                in_function(query(Postgres, sql, 7).orm(orm), 1);
                revenue(orm, shop, 300);
            }),
        ]);
    }
    cases
}

fn of_other_drivers() -> Vec<Case> {
    let read = |sql: &'static str, shop: u64| query(Postgres, sql, shop);
    vec![
        // Said once, by the one that makes them so many.
        told("four functions", || {
            for _ in 0..opaque(4) {
                revenue(Orm::Other, 1, 300);
            }
        })
        .notes(ID),
        told("a write to another table in between", || {
            revenue(Orm::Other, 1, 300);
            ran(Postgres, "UPDATE users SET name = $1 WHERE id = 7", 7);
            revenue(Orm::Other, 1, 300);
        })
        .notes(ID),
        told("without values", move || {
            let sql = "SELECT shop_id, count(*) FROM orders GROUP BY shop_id";
            for _ in 0..opaque(2) {
                in_function(Query::new(sql, Postgres).binds(Binds::None), 300);
            }
        })
        .notes(ID),
        told("two answers", move || {
            for _ in 0..opaque(2) {
                revenue(Orm::Other, 1, 300);
                let sql = "SELECT max(total) FROM orders WHERE shop_id = $1";
                in_function(read(sql, 1), 300);
            }
        })
        .notes(ID)
        .notes(ID),
        told("only once", || revenue(Orm::Other, 1, 300)),
        told("twice in one function", || {
            #[perfguard::query_budget(max = 2)]
            fn handler() {
                costly(query(Postgres, REVENUE, 1), 300);
                costly(query(Postgres, REVENUE, 1), 300);
            }
            handler();
        })
        .finds("duplicate-query", 2),
        told("under a lock", move || {
            let sql = "SELECT total FROM orders WHERE id = $1 FOR UPDATE";
            in_function(read(sql, 1), 300);
            in_function(read(sql, 1), 300);
        }),
        told("values that are unknown", move || {
            for _ in 0..opaque(2) {
                in_function(Query::new(REVENUE, Postgres), 300);
            }
        }),
        told("times that are unknown", || {
            #[perfguard::query_budget(max = 1)]
            fn handler() {
                ran(Postgres, REVENUE, 1);
            }
            handler();
            handler();
        }),
        told("DDL in between", || {
            revenue(Orm::Other, 1, 300);
            ran(Postgres, "ALTER TABLE orders ADD COLUMN tax integer", 0);
            revenue(Orm::Other, 1, 300);
        }),
        told("two jobs", || {
            for _ in 0..opaque(2) {
                let job = Scope::new("a job");
                job.in_scope(|| costly(query(Postgres, REVENUE, 1), 300));
                assert_eq!(job.close().queries(), 1);
            }
        })
        .finds("duplicate-query", 2),
        told("in production, of five shops", || {
            for shop in 0..opaque(5) {
                request(move || revenue(Orm::Other, 30 + shop, 300));
            }
        })
        .in_production(),
        told("in production, a write before the last", || {
            for number in 0..opaque(5) {
                request(move || {
                    if number == 4 {
                        let sql = "INSERT INTO orders (total) VALUES ($1)";
                        in_function(query(Postgres, sql, 1), 1);
                    }
                    revenue(Orm::Other, 40, 300);
                });
            }
        })
        .in_production(),
    ]
}

#[perfguard::query_budget(max = 1)]
fn dashboard(conn: &mut SqliteConnection) -> QueryResult<Option<i32>> {
    let all = settings::table.select(dsl::max(waits()));
    all.get_result(conn) //~ a dashboard of Diesel
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("a dashboard of Diesel", |conn| {
            wait_for(conn, WAIT)?;
            dashboard(conn)?;
            dashboard(conn)?;
            Ok(())
        })
        .notes(ID)
        .repair("for as long as it may be old", |conn| {
            #[perfguard::query_budget(max = 1, allow_empty)]
            fn cached(
                cache: &mut Option<Option<i32>>,
                conn: &mut SqliteConnection,
            ) -> QueryResult<()> {
                if cache.is_none() {
                    let all = settings::table.select(dsl::max(waits()));
                    *cache = Some(all.get_result(conn)?);
                }
                Ok(())
            }
            wait_for(conn, WAIT)?;
            let mut cache = None;
            cached(&mut cache, conn)?;
            cached(&mut cache, conn)
        }),
        diesel("a dashboard of Diesel whose table changes", |conn| {
            wait_for(conn, WAIT)?;
            dashboard(conn)?;
            diesel::update(settings::table.find(1))
                .set(settings::theme.eq("light"))
                .execute(conn)?;
            dashboard(conn)?;
            Ok(())
        }),
        diesel("quick numbers of Diesel", |conn| {
            #[perfguard::query_budget(max = 2)]
            fn numbers(conn: &mut SqliteConnection) -> QueryResult<()> {
                posts::table.count().get_result::<i64>(conn)?;
                tags::table.count().get_result::<i64>(conn)?;
                Ok(())
            }
            numbers(conn)?;
            numbers(conn)
        }),
    ]
}

#[perfguard::query_budget(max = 1)]
async fn count_tags(db: &Guarded<Far>) -> Result<u64, DbErr> {
    tag::Entity::find().count(db).await //~ a dashboard of SeaORM
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("a dashboard of SeaORM", async |db| {
            let db = far(db, WAIT);
            count_tags(&db).await?;
            count_tags(&db).await?;
            Ok(())
        })
        .notes(ID)
        .repair_in_sea_orm_guarded("keep the answer", async |db| {
            #[perfguard::query_budget(max = 1, allow_empty)]
            async fn cached(cache: &mut Option<u64>, db: &Guarded<Far>) -> Result<(), DbErr> {
                if cache.is_none() {
                    *cache = Some(post::Entity::find().count(db).await?);
                }
                Ok(())
            }
            let db = far(db, WAIT);
            let mut cache = None;
            cached(&mut cache, &db).await?;
            cached(&mut cache, &db).await
        }),
        sea_orm_guarded("a dashboard of SeaORM whose table changes", async |db| {
            let db = far(db, WAIT);
            count_tags(&db).await?;
            tag::Entity::delete_by_id(1).exec(&db).await?;
            count_tags(&db).await?;
            Ok(())
        }),
        sea_orm_guarded("quick numbers of SeaORM", async |db| {
            #[perfguard::query_budget(max = 2)]
            async fn numbers(db: &impl ConnectionTrait) -> Result<(), DbErr> {
                post::Entity::find().count(db).await?;
                tag::Entity::find().count(db).await?;
                Ok(())
            }
            numbers(&db).await?;
            numbers(&db).await
        }),
    ]
}
