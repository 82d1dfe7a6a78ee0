//! What an allow covers, and what it does not: loops that `n-plus-one` would
//! find otherwise.
#![expect(
    deprecated,
    reason = "the compiler warns of the mistakes that are tested"
)]

use diesel::prelude::*;
use perfguard::{in_current_scope, with_allow, with_allow_async};
use sea_orm::{DatabaseConnection, DbErr, EntityTrait};

use crate::corpus::case::{Case, Rule, diesel, sea_orm};
use crate::corpus::in_diesel::{authors, tags};
use crate::corpus::in_sea_orm::{author, tag};
use crate::corpus::told::opaque;

const ID: &str = "n-plus-one";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("allows.rs"),
        cases,
    }
}

fn name(conn: &mut SqliteConnection, id: i32) -> QueryResult<String> {
    authors::table.find(id).select(authors::name).first(conn)
}

#[perfguard::query_budget(max = 9, allow(n_plus_one, reason = "six authors, and no more"))]
fn allowed(conn: &mut SqliteConnection) -> QueryResult<()> {
    for id in 1..=opaque(6) {
        name(conn, id)?;
    }
    Ok(())
}

#[perfguard::query_budget(max = 19)]
fn allowed_on_a_statement(conn: &mut SqliteConnection) -> QueryResult<()> {
    #[perfguard::allow(n_plus_one, reason = "six authors, and no more")]
    for id in 1..=opaque(6) {
        name(conn, id)?;
    }
    Ok(())
}

/// It needs no budget.
#[perfguard::allow(n_plus_one, reason = "six authors, and no more")]
fn allowed_helper(conn: &mut SqliteConnection) -> QueryResult<()> {
    for id in 1..=opaque(6) {
        name(conn, id)?;
    }
    Ok(())
}

/// The loop's own line is outside.
#[perfguard::query_budget(max = 19)]
fn one_loop_of_two(conn: &mut SqliteConnection) -> QueryResult<()> {
    #[perfguard::allow(n_plus_one, reason = "six authors, and no more")]
    for id in 1..=opaque(6) {
        name(conn, id)?;
    }
    for id in 1..=opaque(6) {
        let tag = tags::table.find(id).select(tags::name);
        tag.first::<String>(conn)?; //~ the loop beside the one that is allowed
    }
    Ok(())
}

#[perfguard::query_budget(
    max = 9,
    allow(n_plus_one, reason = "until the list is there", expires = "2020-01-31")
)]
fn expired(conn: &mut SqliteConnection) -> QueryResult<()> {
    for id in 1..=opaque(6) {
        name(conn, id)?;
    }
    Ok(())
}

/// Asks for `covered` authors under an allow, and for the rest of six without.
fn partly_covered(conn: &mut SqliteConnection, covered: i32) -> QueryResult<()> {
    for id in 1..=opaque(6) {
        if id <= covered {
            with_allow(ID, "those are few", || ask(conn, id))?;
        } else {
            ask(conn, id)?;
        }
    }
    Ok(())
}

#[inline(never)]
fn ask(conn: &mut SqliteConnection, id: i32) -> QueryResult<()> {
    name(conn, id).map(|_| ())
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("allowed by the attribute", allowed),
        diesel("allowed on a statement", allowed_on_a_statement),
        diesel("allowed by a helper", allowed_helper),
        diesel("with_allow around a loop", |conn| {
            with_allow(ID, "six authors, and no more", || {
                for id in 1..=opaque(6) {
                    name(conn, id)?;
                }
                Ok(())
            })
        }),
        diesel("with_allow in a loop", |conn| partly_covered(conn, 6)),
        diesel("with_allow for all but one", |conn| partly_covered(conn, 5)),
        diesel("an allow that holds on", |conn| {
            #[perfguard::query_budget(
                max = 9,
                allow(n_plus_one, reason = "until the list is there", expires = "2099-12-31")
            )]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                for id in 1..=opaque(6) {
                    name(conn, id)?;
                }
                Ok(())
            }
            handler(conn)
        }),
        diesel("allowed in production", allowed).in_production(),
        diesel(
            "allowed on a statement in production",
            allowed_on_a_statement,
        )
        .in_production(),
        diesel("the loop beside the one that is allowed", one_loop_of_two).finds(ID, 6),
        diesel("the loop beside it, in production", one_loop_of_two)
            .finds(ID, 6)
            .in_production(),
        diesel("with_allow for the first three of six", |conn| {
            partly_covered(conn, 3)
        })
        .finds(ID, 3),
        diesel("an allow that has expired", expired).finds(ID, 6),
        diesel("an allow that has expired, in production", expired)
            .finds(ID, 6)
            .in_production(),
        diesel("an allow on a statement that has expired", |conn| {
            #[perfguard::query_budget(max = 9)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                #[perfguard::allow(n_plus_one, reason = "for now", expires = "2020-01-31")]
                for id in 1..=opaque(6) {
                    name(conn, id)?;
                }
                Ok(())
            }
            handler(conn)
        })
        .finds(ID, 6),
        diesel("another rule's allow", |conn| {
            with_allow("duplicate-query", "it is the same", || {
                for id in 1..=opaque(6) {
                    name(conn, id)?;
                }
                Ok(())
            })
        })
        .finds(ID, 6),
        diesel("another rule's finding", |conn| {
            #[perfguard::query_budget(max = 9, allow(n_plus_one, reason = "few authors"))]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                name(conn, 1)?;
                name(conn, 1)?;
                Ok(())
            }
            handler(conn)
        })
        .finds("duplicate-query", 2),
    ]
}

#[perfguard::query_budget(max = 9, allow(n_plus_one, reason = "six authors, and no more"))]
async fn allowed_in_sea_orm(db: DatabaseConnection) -> Result<(), DbErr> {
    each_author(&db).await
}

async fn each_author(db: &DatabaseConnection) -> Result<(), DbErr> {
    for id in 1..=opaque(6) {
        author::Entity::find_by_id(id).one(db).await?;
    }
    Ok(())
}

async fn each_tag(db: &DatabaseConnection) -> Result<(), DbErr> {
    for id in 1..=opaque(6) {
        tag::Entity::find_by_id(id).one(db).await?; //~ the other arm of a join
    }
    Ok(())
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("SeaORM, allowed by the attribute", allowed_in_sea_orm),
        sea_orm("SeaORM, allowed on a statement", async |db| {
            #[perfguard::query_budget(max = 9)]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                #[perfguard::allow(n_plus_one, reason = "six authors, and no more")]
                for id in 1..=opaque(6) {
                    author::Entity::find_by_id(id).one(&db).await?;
                }
                Ok(())
            }
            handler(db).await
        }),
        sea_orm("with_allow_async around a loop", async |db| {
            with_allow_async(ID, "six authors, and no more", each_author(&db)).await
        }),
        sea_orm("with_allow_async around join_all", async |db| {
            let authors = (1..=opaque(6)).map(|id| author::Entity::find_by_id(id).one(&db));
            let all = futures::future::join_all(authors);
            for author in with_allow_async(ID, "six authors, and no more", all).await {
                author?;
            }
            Ok(())
        }),
        sea_orm("SeaORM, allowed in production", allowed_in_sea_orm).in_production(),
        sea_orm("the other arm of a join", async |db| {
            let (authors, tags) = futures::join!(
                with_allow_async(ID, "six authors, and no more", each_author(&db)),
                each_tag(&db)
            );
            authors?;
            tags
        })
        .finds(ID, 6),
        sea_orm("after with_allow_async", async |db| {
            with_allow_async(ID, "six authors, and no more", each_author(&db)).await?;
            each_tag(&db).await
        })
        .finds(ID, 6),
        sea_orm(
            "a task that got its scope where nothing is allowed",
            async |db| {
                let task = in_current_scope(async move { each_author(&db).await });
                let spawned = async { tokio::spawn(task).await };
                let done = with_allow_async(ID, "six authors, and no more", spawned).await;
                done.expect("it does not panic")
            },
        )
        .finds(ID, 6),
        sea_orm(
            "a task that got its scope where its loop is allowed",
            async |db| {
                let task = async move { each_author(&db).await };
                let spawned = async { tokio::spawn(in_current_scope(task)).await };
                let done = with_allow_async(ID, "six authors, and no more", spawned).await;
                done.expect("it does not panic")
            },
        ),
        sea_orm("SeaORM, an allow that has expired", async |db| {
            #[perfguard::query_budget(
                max = 9,
                allow(n_plus_one, reason = "until the list is there", expires = "2020-01-31")
            )]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                each_author(&db).await
            }
            handler(db).await
        })
        .finds(ID, 6),
        sea_orm("SeaORM, another rule's allow", async |db| {
            #[perfguard::query_budget(max = 9, allow(duplicate_query, reason = "it is the same"))]
            async fn handler(db: DatabaseConnection) -> Result<(), DbErr> {
                each_author(&db).await
            }
            handler(db).await
        })
        .finds(ID, 6),
    ]
}
