//! `blocking-poll`. What blocks here sleeps on its thread: it takes so long at
//! least, however busy the machine is.
#![expect(
    deprecated,
    reason = "the compiler warns of the mistakes that are tested"
)]

use std::panic::resume_unwind;
use std::time::Duration;

use diesel::dsl;
use diesel::prelude::*;
use futures::executor::block_on;
use perfguard::{Scope, in_current_scope};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait, PaginatorTrait};

use crate::corpus::case::{Case, Rule, diesel, diesel_awaited, sea_orm, told};
use crate::corpus::in_diesel::{Post, latest, posts, settings, wait_for, waits};
use crate::corpus::in_sea_orm::{self as entity, post};
use crate::corpus::told::opaque;

const ID: &str = "blocking-poll";

/// Longer than the rule's limit, by far more than the steps of its clock.
const LONG: Duration = Duration::from_millis(120);

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(without_database());
    cases.extend(in_production());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("polls.rs"),
        cases,
    }
}

/// Computes something, and nothing else happens on this thread.
fn work() {
    std::thread::sleep(LONG);
}

/// A query that takes its time.
fn search(conn: &mut SqliteConnection) -> QueryResult<Option<i32>> {
    wait_for(conn, LONG)?;
    let all = settings::table.select(dsl::max(waits()));
    all.get_result(conn)
}

#[perfguard::query_budget(max = 1)]
async fn search_awaited(mut conn: SqliteConnection) -> QueryResult<()> {
    search(&mut conn).map(|_| ())
}

#[perfguard::query_budget(max = 1)]
async fn search_on_a_thread(mut conn: SqliteConnection) -> QueryResult<()> {
    let searching = tokio::task::spawn_blocking(in_current_scope(move || search(&mut conn)));
    searching.await.expect("it does not panic").map(|_| ())
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_awaited("sync Diesel in an async function", search_awaited)
            .notes(ID)
            .repair_awaited("tokio::task::spawn_blocking", search_on_a_thread),
        diesel_awaited("rows of Diesel, and what is made of them", async |conn| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(mut conn: SqliteConnection) -> QueryResult<Vec<Post>> {
                let posts = latest(&mut conn)?;
                work();
                Ok(posts)
            }
            handler(conn).await.map(|_| ())
        })
        .notes(ID),
        diesel("Diesel in a sync function", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                search(conn).map(|_| ())
            }
            handler(conn)
        }),
        diesel_awaited("a quick query of Diesel", async |conn| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(mut conn: SqliteConnection) -> QueryResult<()> {
                posts::table.count().get_result::<i64>(&mut conn)?;
                Ok(())
            }
            handler(conn).await
        }),
    ]
}

#[perfguard::query_budget(max = 1)]
async fn rows_and_work(db: DatabaseConnection) -> Result<(), DbErr> {
    let posts = entity::latest(&db).await?;
    work();
    drop(posts);
    Ok(())
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("rows of SeaORM, and what is made of them", rows_and_work)
            .notes(ID)
            .repair_in_sea_orm("tokio::task::yield_now().await", async |db| {
                #[perfguard::query_budget(max = 1)]
                async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                    entity::latest(&db).await?;
                    in_steps().await;
                    Ok(())
                }
                handler(db).await
            }),
        // The function around it does not say it again.
        sea_orm("work in a function inside another", async |db| {
            #[perfguard::query_budget(max = 2)]
            async fn outer(db: DatabaseConnection) -> Result<(), DbErr> {
                post::Entity::find().count(&db).await?;
                rows_and_work(db).await
            }
            outer(db).await
        })
        .notes(ID),
        sea_orm("queries of SeaORM", async |db| {
            #[perfguard::query_budget(max = 2)]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                entity::latest(&db).await?;
                post::Entity::find().count(&db).await?;
                Ok(())
            }
            handler(db).await
        }),
    ]
}

/// As long together, in steps that are much shorter than the limit.
async fn in_steps() {
    for _ in 0..opaque(105) {
        std::thread::sleep(Duration::from_millis(1));
        tokio::task::yield_now().await;
    }
}

#[perfguard::query_budget(max = 0)]
async fn working() {
    work();
}

#[perfguard::query_budget(max = 0)]
async fn waiting() {
    tokio::time::sleep(LONG).await;
}

#[perfguard::query_budget(max = 0)]
async fn working_in_steps() {
    in_steps().await;
}

/// A thread works, and tells when it is done.
#[perfguard::query_budget(max = 0)]
async fn working_on_a_thread() {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let thread = std::thread::spawn(move || {
        work();
        sender.send(())
    });
    receiver.await.expect("the thread tells");
    drop(thread);
}

fn without_database() -> Vec<Case> {
    vec![
        sea_orm("work in one poll", async |_| {
            working().await;
            Ok(())
        })
        .notes(ID),
        sea_orm("in the second poll", async |_| {
            #[perfguard::query_budget(max = 0)]
            async fn handler() {
                tokio::task::yield_now().await;
                work();
            }
            handler().await;
            Ok(())
        })
        .notes(ID),
        sea_orm("many short polls", async |_| {
            working_in_steps().await;
            Ok(())
        }),
        sea_orm("a timer", async |_| {
            waiting().await;
            Ok(())
        }),
        sea_orm("a thread that tells", async |_| {
            working_on_a_thread().await;
            Ok(())
        }),
        told("a job", || {
            let job = Scope::new("a job");
            block_on(job.wrap(async { work() }));
            assert_eq!(job.close().queries(), 0);
        }),
        told("a poll that panics", || {
            #[perfguard::query_budget(max = 0)]
            async fn handler() {
                work();
                resume_unwind(Box::new("its own"));
            }
            let caught = std::panic::catch_unwind(|| block_on(handler()));
            assert!(caught.is_err());
        }),
    ]
}

fn in_production() -> Vec<Case> {
    vec![
        sea_orm("in production, work in a function inside", async |_| {
            working().await;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        diesel_awaited("in production, sync Diesel", async |mut conn| {
            search(&mut conn).map(|_| ())
        })
        .finds(ID, 1)
        .in_production(),
        diesel_awaited("in production, on the blocking pool", search_on_a_thread).in_production(),
    ]
}
