//! `sequential-calls` and `sequential-queries`: what was awaited one after
//! another. Where times are told, they are what they are; where they are real,
//! only how short they are at least matters.

use std::time::{Duration, Instant};

use diesel::dsl;
use diesel::prelude::*;
use perfguard::adapter::{self, Binds, Completion, Orm, OutgoingCall, Query};
use perfguard::statement::Dialect::Postgres;
use perfguard::{call, call_sync};
use sea_orm::{EntityTrait, PaginatorTrait, TransactionTrait};
use tracing::Instrument as _;
use tracing_subscriber::prelude::*;

use crate::corpus::case::{Case, Rule, diesel, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{authors, posts, settings, tags, wait_for, waits};
use crate::corpus::in_sea_orm::{author, far, post, tag};
use crate::corpus::told::{bind, connect, opaque, ran};

const CALLS: &str = "sequential-calls";
const QUERIES: &str = "sequential-queries";

/// Long enough: two of them save more than the rules ask for.
const WAIT: Duration = Duration::from_millis(55);

pub(super) fn sequential_calls() -> Rule {
    let mut cases = calls_told();
    cases.extend(calls_in_production());
    cases.extend(calls_in_diesel());
    cases.extend(calls_in_sea_orm());
    rule(CALLS, cases)
}

pub(super) fn sequential_queries() -> Rule {
    let mut cases = queries_told();
    cases.extend(queries_in_diesel());
    cases.extend(queries_in_sea_orm());
    rule(QUERIES, cases)
}

fn rule(id: &'static str, cases: Vec<Case>) -> Rule {
    Rule {
        id,
        file: file!(),
        source: include_str!("sequential.rs"),
        cases,
    }
}

/// Another service, which takes its time.
async fn service() {
    tokio::time::sleep(WAIT).await;
}

/// What happens when, in milliseconds from its beginning.
struct Day(Instant);

impl Day {
    fn begins() -> Self {
        Self(Instant::now())
    }

    fn at(&self, milliseconds: u64) -> Instant {
        self.0 + Duration::from_millis(milliseconds)
    }

    fn call(&self, name: &'static str, from: u64, to: u64) {
        let call = OutgoingCall::begin(name);
        drop(call.map(|call| call.at(self.at(from), self.at(to))));
    }

    fn query<'a>(&self, sql: &'a str, binds: Binds, from: u64, to: u64) -> Query<'a> {
        let ended = Completion::new().ended(self.at(to));
        let query = Query::new(sql, Postgres).binds(binds).completion(ended);
        query.started(self.at(from))
    }

    /// A read without any value.
    fn count(&self, orm: Orm, sql: &str, from: u64, to: u64) {
        adapter::record(&self.query(sql, Binds::None, from, to).orm(orm));
    }
}

fn calls_told() -> Vec<Case> {
    vec![
        told("a charge, a reservation and a mail", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 300, 550);
            day.call("mail", 560, 680);
        })
        .notes(CALLS)
        .repair_told("tokio::join!", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 1, 251);
            day.call("mail", 2, 122);
        }),
        told("two of 150 ms", || {
            let day = Day::begins();
            day.call("charge", 0, 150);
            day.call("reserve", 150, 300);
        })
        .notes(CALLS),
        told("a call for each of four items", || {
            let day = Day::begins();
            for item in 0..opaque(4) {
                day.call("price", item * 50, item * 50 + 50);
            }
        })
        .notes(CALLS)
        .repair_told("try_join_all", || {
            let day = Day::begins();
            for item in 0..opaque(4) {
                day.call("price", item, item + 50);
            }
        }),
        told("short ones among the long ones", || {
            let day = Day::begins();
            day.call("charge", 0, 200);
            day.call("ping", 200, 205);
            day.call("reserve", 205, 405);
        })
        .notes(CALLS),
        told("two rows of other calls", || {
            let day = Day::begins();
            day.call("charge", 0, 200);
            day.call("reserve", 200, 400);
            ran(Postgres, "UPDATE orders SET paid = true WHERE id = $1", 1);
            day.call("mail", 400, 600);
            day.call("track", 600, 800);
        })
        .notes(CALLS)
        .notes(CALLS),
        told("at once", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 10, 400);
        }),
        told("one after two at once", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 10, 400);
            day.call("mail", 400, 600);
        }),
        told("a statement in between", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            ran(Postgres, "UPDATE orders SET paid = true WHERE id = $1", 1);
            day.call("mail", 310, 500);
        }),
        told("each of 29 ms", || {
            let day = Day::begins();
            for item in 0..opaque(9) {
                day.call("price", item * 29, item * 29 + 29);
            }
        }),
        told("a second between them", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 1_300, 1_600);
        }),
        told("99 ms would be saved", || {
            let day = Day::begins();
            day.call("charge", 0, 300);
            day.call("reserve", 300, 399);
        }),
        told("less than a tenth would be saved", || {
            let day = Day::begins();
            day.call("report", 0, 2_000);
            day.call("mail", 2_000, 2_150);
        }),
        told("a call in a call", || {
            let day = Day::begins();
            let outer = OutgoingCall::begin("checkout").map(|it| it.at(day.at(0), day.at(600)));
            if let Some(outer) = outer {
                outer.run(|| {
                    day.call("charge", 0, 300);
                    day.call("reserve", 300, 600);
                });
            }
        }),
        told("one alone", || Day::begins().call("charge", 0, 900)),
        // A test that observes two requests, each with a call of its own.
        told("two requests, a call in each", || {
            #[perfguard::query_budget(max = 0)]
            fn request(day: &Day, name: &'static str, from: u64) {
                day.call(name, from, from + 300);
            }
            let day = Day::begins();
            request(&day, "charge", 0);
            request(&day, "refund", 310);
        }),
    ]
}

fn calls_in_production() -> Vec<Case> {
    #[perfguard::query_budget(max = 0)]
    fn order() {
        let day = Day::begins();
        day.call("charge", 0, 1_200);
        day.call("reserve", 1_200, 2_400);
        day.call("mail", 2_400, 3_600);
    }
    vec![
        told("in production, three of 1200 ms", || {
            let day = Day::begins();
            day.call("charge", 0, 1_200);
            day.call("reserve", 1_200, 2_400);
            day.call("mail", 2_400, 3_600);
        })
        .finds(CALLS, 3)
        .in_production(),
        told("in production, a loop of five", || {
            let day = Day::begins();
            for item in 0..opaque(5) {
                day.call("price", item * 600, item * 600 + 600);
            }
        })
        .finds(CALLS, 5)
        .in_production(),
        // The function around it has nothing to add.
        told("in production, in a function of its own", order)
            .finds(CALLS, 3)
            .in_production(),
        told("in production, two of 3 s", || {
            let day = Day::begins();
            day.call("charge", 0, 3_000);
            day.call("reserve", 3_000, 6_000);
        })
        .in_production(),
        told("in production, nine of 499 ms", || {
            let day = Day::begins();
            for item in 0..opaque(9) {
                day.call("price", item * 499, item * 499 + 499);
            }
        })
        .in_production(),
        told("in production, 1999 ms would be saved", || {
            let day = Day::begins();
            day.call("charge", 0, 1_000);
            day.call("reserve", 1_000, 2_000);
            day.call("mail", 2_000, 2_999);
        })
        .in_production(),
    ]
}

fn calls_in_diesel() -> Vec<Case> {
    vec![
        diesel("three in a row in sync code", |_| {
            call_sync("charge", || std::thread::sleep(WAIT)); //~ three in a row in sync code
            call_sync("reserve", || std::thread::sleep(WAIT));
            call_sync("mail", || std::thread::sleep(WAIT));
            Ok(())
        })
        .notes(CALLS)
        .repair("std::thread::scope", |_| {
            std::thread::scope(|threads| {
                for name in ["charge", "reserve", "mail"] {
                    let carried = perfguard::in_current_scope(move || {
                        call_sync(name, || std::thread::sleep(WAIT));
                    });
                    threads.spawn(carried);
                }
            });
            Ok(())
        }),
        diesel("between a query of Diesel and another", |conn| {
            let day = Day::begins();
            posts::table.count().get_result::<i64>(conn)?;
            day.call("charge", 0, 200);
            day.call("reserve", 200, 400);
            tags::table.count().get_result::<i64>(conn)?;
            Ok(())
        })
        .notes(CALLS),
        diesel("a query of Diesel between them", |conn| {
            let day = Day::begins();
            day.call("token", 0, 200);
            posts::table.count().get_result::<i64>(conn)?;
            day.call("charge", 200, 400);
            Ok(())
        }),
        diesel("a loop that asks Diesel and then a service", |conn| {
            let day = Day::begins();
            for item in 0..opaque(3_u64) {
                tags::table
                    .filter(tags::id.gt(2))
                    .order(tags::id)
                    .limit(2)
                    .offset(item.cast_signed())
                    .select(tags::id)
                    .load::<i32>(conn)?;
                day.call("price", item * 200, item * 200 + 200);
            }
            Ok(())
        }),
    ]
}

fn calls_in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("three in a row, awaited", async |_| {
            call("charge", service()).await; //~ three in a row, awaited
            call("reserve", service()).await;
            call("mail", service()).await;
            Ok(())
        })
        .notes(CALLS)
        .repair_in_sea_orm("tokio::join!", async |_| {
            tokio::join!(
                call("charge", service()),
                call("reserve", service()),
                call("mail", service())
            );
            Ok(())
        })
        .repair_in_sea_orm(
            "tokio::spawn(perfguard::in_current_scope(..))",
            async |_| {
                call("charge", service()).await;
                for name in ["reserve", "mail"] {
                    tokio::spawn(perfguard::in_current_scope(call(name, service())));
                }
                Ok(())
            },
        ),
        sea_orm("between a query of SeaORM and another", async |db| {
            let day = Day::begins();
            post::Entity::find().count(&db).await?;
            day.call("charge", 0, 200);
            day.call("reserve", 200, 400);
            tag::Entity::find().count(&db).await?;
            Ok(())
        })
        .notes(CALLS),
        sea_orm("spans of a client", async |_| {
            let subscriber = tracing_subscriber::registry().with(perfguard::calls::layer());
            // The runtime has one thread.
            let _default = tracing::subscriber::set_default(subscriber);
            for _ in 0..opaque(3) {
                let span = tracing::info_span!("GET", otel.kind = "client");
                service().instrument(span).await;
            }
            Ok(())
        })
        .notes(CALLS),
        sea_orm("by join!", async |_| {
            tokio::join!(call("charge", service()), call("reserve", service()));
            Ok(())
        }),
        sea_orm("by buffer_unordered", async |_| {
            use futures::StreamExt as _;
            let calls = futures::stream::iter(0..opaque(4)).map(|_| call("price", service()));
            calls.buffer_unordered(4).collect::<Vec<_>>().await;
            Ok(())
        }),
        sea_orm("a query of SeaORM between them", async |db| {
            let day = Day::begins();
            day.call("token", 0, 200);
            post::Entity::find().count(&db).await?;
            day.call("charge", 200, 400);
            Ok(())
        }),
        sea_orm("one that goes on after the answer", async |_| {
            let day = Day::begins();
            day.call("charge", 0, 200);
            tokio::spawn(perfguard::in_current_scope(call("mail", service())));
            Ok(())
        }),
    ]
}

fn queries_told() -> Vec<Case> {
    let mut cases = Vec::new();
    for orm in [Orm::Diesel, Orm::SeaOrm, Orm::Other] {
        let name = orm.name();
        cases.extend([
            told(format!("three counts, {name}"), move || {
                let day = Day::begins();
                day.count(orm, "SELECT count(*) FROM posts", 0, 120);
                day.count(orm, "SELECT count(*) FROM users", 121, 221);
                day.count(orm, "SELECT count(*) FROM tags", 222, 272);
            })
            .notes(QUERIES)
            .repair_told("await them together", move || {
                let day = Day::begins();
                day.count(orm, "SELECT count(*) FROM posts", 0, 120);
                day.count(orm, "SELECT count(*) FROM users", 1, 101);
                day.count(orm, "SELECT count(*) FROM tags", 2, 52);
            })
            .repair_told("a subquery for each value", move || {
                let sql = "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM users)";
                Day::begins().count(orm, sql, 0, 170);
            }),
            told(format!("the first has a value, {name}"), move || {
                let day = Day::begins();
                let user = "SELECT name FROM users WHERE id = $1";
                adapter::record(&day.query(user, bind(7), 0, 200).orm(orm));
                day.count(orm, "SELECT count(*) FROM posts", 201, 401);
            })
            .notes(QUERIES),
            told(format!("the second has a value, {name}"), move || {
                let day = Day::begins();
                day.count(orm, "SELECT max(id) FROM users", 0, 200);
                let user = "SELECT name FROM users WHERE id = $1";
                adapter::record(&day.query(user, bind(7), 201, 401).orm(orm));
            }),
            told(format!("at once, {name}"), move || {
                let day = Day::begins();
                day.count(orm, "SELECT count(*) FROM posts", 0, 200);
                day.count(orm, "SELECT count(*) FROM users", 10, 210);
            }),
            told(format!("each of 29 ms, {name}"), move || {
                let day = Day::begins();
                day.count(orm, "SELECT count(*) FROM posts", 0, 29);
                for start in [29, 58, 87] {
                    day.count(orm, "SELECT max(id) FROM users", start, start + 29);
                }
            })
            .finds("duplicate-query", 3),
        ]);
    }
    cases.extend([
        told("two requests, a count in each", || {
            #[perfguard::query_budget(max = 1)]
            fn request(day: &Day, sql: &str, from: u64) {
                day.count(Orm::Other, sql, from, from + 200);
            }
            let day = Day::begins();
            request(&day, "SELECT count(*) FROM posts", 0);
            request(&day, "SELECT count(*) FROM users", 201);
        }),
        told("one count, twice", || {
            let day = Day::begins();
            for start in [0, 200] {
                day.count(Orm::Other, "SELECT count(*) FROM posts", start, start + 200);
            }
        })
        .finds("duplicate-query", 2),
        told("one count twice, and another", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT count(*) FROM posts", 0, 200);
            day.count(Orm::Other, "SELECT count(*) FROM posts", 200, 400);
            day.count(Orm::Other, "SELECT count(*) FROM users", 400, 600);
        })
        .finds("duplicate-query", 2)
        .notes(QUERIES),
        told("a value that is written into the second", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT max(id) FROM users", 0, 200);
            let sql = "SELECT name FROM users WHERE id = 7";
            adapter::record(&day.query(sql, Binds::Unknown, 201, 401));
        }),
        told("a write between them", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT count(*) FROM posts", 0, 200);
            ran(Postgres, "UPDATE users SET seen = now() WHERE id = $1", 1);
            day.count(Orm::Other, "SELECT count(*) FROM users", 201, 401);
        }),
        told("99 ms between two reads would be saved", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT count(*) FROM posts", 0, 200);
            day.count(Orm::Other, "SELECT count(*) FROM users", 200, 299);
        }),
        told("a second between two reads", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT count(*) FROM posts", 0, 200);
            day.count(Orm::Other, "SELECT count(*) FROM users", 1_200, 1_400);
        }),
        told("in a transaction, which has one connection", || {
            let day = Day::begins();
            let mut connection = connect(Postgres);
            connection.tell(adapter::Event::begin().at(day.at(0)));
            for (sql, from) in [
                ("SELECT count(*) FROM posts", 1),
                ("SELECT count(*) FROM users", 202),
            ] {
                let query = day.query(sql, Binds::None, from, from + 200);
                adapter::record(&query.connection(&connection));
            }
            connection.tell(adapter::Event::commit().at(day.at(403)));
        }),
        told("in production", || {
            let day = Day::begins();
            day.count(Orm::Other, "SELECT count(*) FROM posts", 0, 400);
            day.count(Orm::Other, "SELECT count(*) FROM users", 401, 800);
        })
        .in_production(),
    ]);
    cases
}

fn queries_in_diesel() -> Vec<Case> {
    vec![
        diesel("three reads of Diesel", |conn| {
            wait_for(conn, WAIT)?;
            let all = settings::table.select(dsl::max(waits()));
            all.get_result::<Option<i32>>(conn)?;
            let least = settings::table.select(dsl::min(waits()));
            least.get_result::<Option<i32>>(conn)?; //~ three reads of Diesel
            let sum = settings::table.select(dsl::sum(waits()));
            sum.get_result::<Option<i64>>(conn)?;
            Ok(())
        })
        .notes(QUERIES)
        .repair("a subquery for each value", |conn| {
            wait_for(conn, WAIT)?;
            let all = settings::table.select(dsl::max(waits())).single_value();
            let least = settings::table.select(dsl::min(waits())).single_value();
            diesel::select((all, least)).get_result::<(Option<i32>, Option<i32>)>(conn)?;
            Ok(())
        }),
        diesel("reads of Diesel in a transaction", |conn| {
            wait_for(conn, WAIT)?;
            conn.transaction(|conn| {
                let all = settings::table.select(dsl::max(waits()));
                all.get_result::<Option<i32>>(conn)?;
                let least = settings::table.select(dsl::min(waits()));
                least.get_result::<Option<i32>>(conn)?;
                let sum = settings::table.select(dsl::sum(waits()));
                sum.get_result::<Option<i64>>(conn)?;
                Ok(())
            })
        }),
        diesel("quick reads of Diesel", |conn| {
            posts::table.count().get_result::<i64>(conn)?;
            authors::table.count().get_result::<i64>(conn)?;
            tags::table.count().get_result::<i64>(conn)?;
            Ok(())
        }),
    ]
}

fn queries_in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("three counts of SeaORM", async |db| {
            let db = far(db, WAIT);
            post::Entity::find().count(&db).await?;
            author::Entity::find().count(&db).await?; //~ three counts of SeaORM
            tag::Entity::find().count(&db).await?;
            Ok(())
        })
        .notes(QUERIES)
        .repair_in_sea_orm_guarded(
            "tokio::try_join!(one.all(db), other.count(db))",
            async |db| {
                let db = far(db, WAIT);
                tokio::try_join!(
                    post::Entity::find().count(&db),
                    author::Entity::find().count(&db),
                    tag::Entity::find().count(&db)
                )?;
                Ok(())
            },
        ),
        sea_orm_guarded("counts of SeaORM in a transaction", async |db| {
            let transaction = db.begin().await?;
            post::Entity::find().count(&transaction).await?;
            author::Entity::find().count(&transaction).await?;
            transaction.commit().await
        }),
        sea_orm("quick counts of SeaORM", async |db| {
            post::Entity::find().count(&db).await?;
            author::Entity::find().count(&db).await?;
            tag::Entity::find().count(&db).await?;
            Ok(())
        }),
    ]
}
