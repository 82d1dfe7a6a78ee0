//! `query-budget` and `row-budget`: what the attribute says.

use diesel::prelude::*;
use perfguard::diesel::Guarded;
use perfguard::sea_orm::Guarded as SeaOrmGuarded;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Set, TransactionTrait,
};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded};
use crate::corpus::in_diesel::{NewTag, authors, comments, posts, tags};
use crate::corpus::in_sea_orm::{author, comment, post, tag};

const QUERIES: &str = "query-budget";
const ROWS: &str = "row-budget";

pub(super) fn query_budget() -> Rule {
    let mut cases = queries_in_diesel();
    cases.extend(queries_in_sea_orm());
    rule(QUERIES, cases)
}

pub(super) fn row_budget() -> Rule {
    rule(ROWS, rows())
}

fn rule(id: &'static str, cases: Vec<Case>) -> Rule {
    Rule {
        id,
        file: file!(),
        source: include_str!("budgets.rs"),
        cases,
    }
}

fn three(conn: &mut SqliteConnection) -> QueryResult<()> {
    posts::table.count().get_result::<i64>(conn)?;
    authors::table.count().get_result::<i64>(conn)?;
    comments::table.count().get_result::<i64>(conn)?;
    Ok(())
}

fn queries_in_diesel() -> Vec<Case> {
    vec![
        diesel("three, two allowed", |conn| {
            #[perfguard::query_budget(max = 2)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)
            }
            handler(conn)
        })
        .finds(QUERIES, 3)
        .repair("run fewer statements", |conn| {
            #[perfguard::query_budget(max = 2)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                posts::table
                    .inner_join(authors::table)
                    .count()
                    .get_result::<i64>(conn)?;
                comments::table.count().get_result::<i64>(conn)?;
                Ok(())
            }
            handler(conn)
        }),
        diesel("three, two allowed, in production", |conn| {
            #[perfguard::query_budget(max = 2)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)
            }
            handler(conn)
        })
        .finds(QUERIES, 3)
        .in_production(),
        diesel("three, three allowed", |conn| {
            #[perfguard::query_budget(max = 3)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)
            }
            handler(conn)
        }),
        diesel("a write, none allowed", |conn| {
            #[perfguard::query_budget(max = 9, max_writes = 0)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)?;
                diesel::delete(comments::table.find(1)).execute(conn)?;
                Ok(())
            }
            handler(conn)
        })
        .finds(QUERIES, 4),
        diesel("three reads, two allowed", |conn| {
            #[perfguard::query_budget(max = 9, max_reads = 2)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)
            }
            handler(conn)
        })
        .finds(QUERIES, 3),
        diesel("two of one table, one allowed", |conn| {
            #[perfguard::query_budget(max = 9, max_table(posts = 1))]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)?;
                posts::table.select(posts::id).first::<i32>(conn)?;
                Ok(())
            }
            handler(conn)
        })
        .finds(QUERIES, 4),
        diesel("one of each table", |conn| {
            #[perfguard::query_budget(max = 3, max_reads = 3, max_writes = 0, max_table(posts = 1))]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                three(conn)
            }
            handler(conn)
        }),
        diesel("transactions and savepoints are none", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                conn.transaction(|conn| {
                    conn.transaction(|conn| {
                        diesel::sql_query("PRAGMA foreign_keys = ON").execute(conn)?;
                        posts::table.count().get_result::<i64>(conn)?;
                        Ok(())
                    })
                })
            }
            handler(conn)
        }),
        diesel("a batch is one", |conn| {
            #[perfguard::query_budget(max = 1)]
            fn handler(conn: &mut SqliteConnection) -> QueryResult<()> {
                let rows: Vec<_> = (0..6)
                    .map(|number| NewTag {
                        name: format!("new {number}"),
                    })
                    .collect();
                diesel::insert_into(tags::table)
                    .values(&rows)
                    .execute(conn)?;
                Ok(())
            }
            handler(conn)
        }),
    ]
}

async fn three_of(db: &DatabaseConnection) -> Result<(), DbErr> {
    post::Entity::find().count(db).await?;
    author::Entity::find().count(db).await?;
    comment::Entity::find().count(db).await?;
    Ok(())
}

fn queries_in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("three of SeaORM, two allowed", async |db| {
            #[perfguard::query_budget(max = 2)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                three_of(db).await
            }
            handler(&db).await
        })
        .finds(QUERIES, 3),
        sea_orm("three of SeaORM, one allowed", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                three_of(db).await
            }
            handler(&db).await
        })
        .finds(QUERIES, 3)
        .repair_in_sea_orm("run fewer statements", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                let both = post::Entity::find().find_also_related(author::Entity);
                both.limit(6).all(db).await.map(|_| ())
            }
            handler(&db).await
        }),
        sea_orm("three of SeaORM, three allowed", async |db| {
            #[perfguard::query_budget(max = 3)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                three_of(db).await
            }
            handler(&db).await
        }),
        sea_orm("a write of SeaORM, none allowed", async |db| {
            #[perfguard::query_budget(max = 9, max_writes = 0)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                comment::Entity::delete_by_id(1).exec(db).await.map(|_| ())
            }
            handler(&db).await
        })
        .finds(QUERIES, 1),
        sea_orm("transactions and pings are none", async |db| {
            #[perfguard::query_budget(max = 1)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                db.ping().await?;
                let transaction = db.begin().await?;
                let savepoint = transaction.begin().await?;
                post::Entity::find().count(&savepoint).await?;
                savepoint.commit().await?;
                transaction.commit().await
            }
            handler(&db).await
        }),
        sea_orm("many rows are one", async |db| {
            #[perfguard::query_budget(max = 1, max_writes = 1)]
            async fn handler(db: &DatabaseConnection) -> Result<(), DbErr> {
                let rows = (0..6).map(|number| tag::ActiveModel {
                    name: Set(format!("new {number}")),
                    ..Default::default()
                });
                tag::Entity::insert_many(rows).exec(db).await.map(|_| ())
            }
            handler(&db).await
        }),
    ]
}

fn rows() -> Vec<Case> {
    #[perfguard::query_budget(max = 9, max_rows = 5)]
    fn read(conn: &mut Guarded<SqliteConnection>, limit: i64) -> QueryResult<()> {
        posts::table
            .select(posts::id)
            .limit(limit)
            .load::<i32>(conn)?;
        tags::table.select(tags::id).limit(2).load::<i32>(conn)?;
        Ok(())
    }
    #[perfguard::query_budget(max = 9, max_rows = 5)]
    async fn read_all(db: &SeaOrmGuarded<DatabaseConnection>, limit: u64) -> Result<(), DbErr> {
        post::Entity::find().limit(limit).all(db).await?;
        tag::Entity::find()
            .filter(tag::Column::Id.lt(3))
            .limit(9)
            .all(db)
            .await?;
        Ok(())
    }
    vec![
        diesel_guarded("six rows of two queries, five allowed", |conn| {
            read(conn, 4)
        })
        .finds(ROWS, 6)
        .repair_guarded("a LIMIT", |conn| read(conn, 3)),
        diesel_guarded("five rows of two queries", |conn| read(conn, 3)),
        diesel_guarded("six rows of two queries, in production", |conn| {
            read(conn, 4)
        })
        .finds(ROWS, 6)
        .in_production(),
        diesel_guarded("a write of many rows", |conn| {
            #[perfguard::query_budget(max = 1, max_rows = 0)]
            fn write(conn: &mut Guarded<SqliteConnection>) -> QueryResult<()> {
                diesel::update(posts::table.filter(posts::views.eq(0)))
                    .set(posts::views.eq(1))
                    .execute(conn)?;
                Ok(())
            }
            write(conn)
        }),
        sea_orm_guarded("six rows of SeaORM, five allowed", async |db| {
            read_all(&db, 4).await
        })
        .finds(ROWS, 6)
        .repair_in_sea_orm_guarded("a LIMIT", async |db| read_all(&db, 3).await),
        sea_orm_guarded("five rows of SeaORM", async |db| read_all(&db, 3).await),
        diesel("an unknown number of rows", |conn| {
            #[perfguard::query_budget(max = 1, max_rows = 1)]
            fn read(conn: &mut SqliteConnection) -> QueryResult<()> {
                posts::table.select(posts::id).limit(6).load::<i32>(conn)?;
                Ok(())
            }
            read(conn)
        }),
    ]
}
