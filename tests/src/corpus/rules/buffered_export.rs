//! Exports. That they read a table as a whole is allowed here: it is what they
//! are for.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use futures::TryStreamExt as _;
use perfguard::adapter::{self, Completion};
use perfguard::diesel::Guarded;
use perfguard::sea_orm::Guarded as SeaOrmGuarded;
use perfguard::statement::Dialect::Postgres;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm_guarded, told};
use crate::corpus::in_diesel::visits;
use crate::corpus::in_sea_orm::visit;
use crate::corpus::told::query;

const ID: &str = "buffered-export";

/// How many rows the view has.
const ALL: usize = 10_800;

type Db = Guarded<SqliteConnection>;
type SeaOrm = SeaOrmGuarded<DatabaseConnection>;

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_drivers());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("buffered_export.rs"),
        cases,
    }
}

/// All rows, and as many items.
#[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
fn export(conn: &mut Db) -> QueryResult<Vec<i32>> {
    visits::table.select(visits::id).load(conn) //~ an export of Diesel
}

/// Each row is written as it comes.
#[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
fn write_each(conn: &mut Db) -> QueryResult<usize> {
    let mut written = 0;
    let visits = visits::table.select(visits::id);
    for row in visits.load_iter::<i32, DefaultLoadingMode>(conn)? {
        written += usize::from(row? > 0);
    }
    Ok(written)
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_guarded("an export of Diesel", |conn| {
            assert_eq!(export(conn)?.len(), ALL);
            Ok(())
        })
        .finds(ID, 1)
        .repair_guarded(".load_iter::<Row, DefaultLoadingMode>(conn)?", |conn| {
            assert_eq!(write_each(conn)?, ALL);
            Ok(())
        })
        .repair_guarded("pages by key", |conn| {
            #[perfguard::query_budget(max = 20)]
            fn write_pages(conn: &mut Db) -> QueryResult<usize> {
                let (mut written, mut last) = (0, 0);
                loop {
                    let page: Vec<i32> = visits::table
                        .filter(visits::id.gt(last))
                        .select(visits::id)
                        .order(visits::id)
                        .limit(1_000)
                        .load(conn)?;
                    written += page.len();
                    match page.last() {
                        Some(id) => last = *id,
                        None => return Ok(written),
                    }
                }
            }
            assert_eq!(write_pages(conn)?, ALL);
            Ok(())
        }),
        diesel_guarded("lines that are made of all rows", |conn| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            fn lines(conn: &mut Db) -> QueryResult<Box<[String]>> {
                let rows: Vec<(i32, String)> = visits::table.load(conn)?;
                Ok(rows
                    .iter()
                    .map(|(id, page)| format!("{id} {page}"))
                    .collect())
            }
            lines(conn).map(|_| ())
        })
        .finds(ID, 1),
        diesel_guarded("load_iter, collected", |conn| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            fn export(conn: &mut Db) -> QueryResult<Vec<i32>> {
                let visits = visits::table.select(visits::id);
                visits.load_iter::<i32, DefaultLoadingMode>(conn)?.collect()
            }
            export(conn).map(|_| ())
        })
        .finds(ID, 1),
        diesel_guarded("an export of Diesel in production", |conn| {
            export(conn).map(|_| ())
        })
        .finds(ID, 1)
        .in_production(),
        diesel_guarded("row by row", |conn| write_each(conn).map(|_| ())),
        diesel_guarded("row by row, left early", |conn| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            fn first(conn: &mut Db) -> QueryResult<Option<i32>> {
                let visits = visits::table.select(visits::id);
                let rows = visits.load_iter::<i32, DefaultLoadingMode>(conn)?;
                rows.take(3).last().transpose()
            }
            first(conn).map(|_| ())
        }),
        // What `load` collects and `load_iter` does not, nobody tells.
        diesel_guarded("a sum of Diesel's rows", |conn| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            fn sum(conn: &mut Db) -> QueryResult<i64> {
                let rows: Vec<i32> = visits::table.select(visits::id).load(conn)?;
                Ok(rows.into_iter().map(i64::from).sum())
            }
            sum(conn).map(|_| ())
        }),
        diesel_guarded("10000 rows of Diesel", |conn| {
            #[perfguard::query_budget(max = 1, allow(missing_pagination, reason = "an export"))]
            fn most(conn: &mut Db) -> QueryResult<Vec<i32>> {
                visits::table.select(visits::id).limit(10_000).load(conn)
            }
            most(conn).map(|_| ())
        }),
        diesel("an export whose rows nobody counts", |conn| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            fn export(conn: &mut SqliteConnection) -> QueryResult<Vec<i32>> {
                visits::table.select(visits::id).load(conn)
            }
            export(conn).map(|_| ())
        }),
    ]
}

/// How long all rows are together.
#[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
async fn export_all(db: &SeaOrm) -> Result<usize, DbErr> {
    let visits = visit::Entity::find().all(db).await?; //~ an export of SeaORM
    Ok(visits.iter().map(|visit| visit.page.len()).sum())
}

#[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
async fn stream_all(db: &SeaOrm) -> Result<usize, DbErr> {
    let mut visits = visit::Entity::find().stream(db).await?;
    let mut written = 0;
    while visits.try_next().await?.is_some() {
        written += 1;
    }
    Ok(written)
}

#[perfguard::query_budget(max = 20)]
async fn page_by_page(db: &SeaOrm) -> Result<usize, DbErr> {
    let (mut written, mut last) = (0, 0);
    loop {
        let mut cursor = visit::Entity::find().cursor_by(visit::Column::Id);
        let page = cursor.after(last).first(1_000).all(db).await?;
        written += page.len();
        match page.last() {
            Some(visit) => last = visit.id,
            None => return Ok(written),
        }
    }
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("an export of SeaORM", async |db| {
            export_all(&db).await.map(|_| ())
        })
        .finds(ID, 1)
        .repair_in_sea_orm_guarded(".stream(db).await?", async |db| {
            assert_eq!(stream_all(&db).await?, ALL);
            Ok(())
        })
        .repair_in_sea_orm_guarded(".cursor_by(..)", async |db| {
            assert_eq!(page_by_page(&db).await?, ALL);
            Ok(())
        }),
        sea_orm_guarded("tuples of SeaORM", async |db| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            async fn ids(db: &SeaOrm) -> Result<Vec<i32>, DbErr> {
                let ids = visit::Entity::find()
                    .select_only()
                    .column(visit::Column::Id);
                ids.into_tuple().all(db).await
            }
            ids(&db).await.map(|_| ())
        })
        .finds(ID, 1),
        sea_orm_guarded("a stream that is collected", async |db| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            async fn all(db: &SeaOrm) -> Result<Vec<visit::Model>, DbErr> {
                visit::Entity::find().stream(db).await?.try_collect().await
            }
            all(&db).await.map(|_| ())
        })
        .finds(ID, 1),
        sea_orm_guarded("an export of SeaORM in production", async |db| {
            export_all(&db).await.map(|_| ())
        })
        .finds(ID, 1)
        .in_production(),
        sea_orm_guarded("a stream to its end", async |db| {
            stream_all(&db).await.map(|_| ())
        }),
        sea_orm_guarded("a stream that is left early", async |db| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            async fn first(db: &SeaOrm) -> Result<Option<visit::Model>, DbErr> {
                visit::Entity::find().stream(db).await?.try_next().await
            }
            first(&db).await.map(|_| ())
        }),
        sea_orm_guarded("9000 rows of SeaORM", async |db| {
            #[perfguard::query_budget(max = 1, allow(unbounded_result, reason = "an export"))]
            async fn most(db: &SeaOrm) -> Result<Vec<visit::Model>, DbErr> {
                let visits = visit::Entity::find().filter(visit::Column::Id.lte(10_009));
                visits.all(db).await
            }
            assert_eq!(most(&db).await?.len(), 9_000);
            Ok(())
        }),
        sea_orm_guarded("an export in production, as a stream", async |db| {
            stream_all(&db).await.map(|_| ())
        })
        .in_production(),
    ]
}

/// An export whose driver says whether it was collected.
#[perfguard::query_budget(max = 1, allow(unbounded_result, wide_select, reason = "an export"))]
fn collected(completion: Completion) {
    let sql = "SELECT id, page FROM visits WHERE day = $1";
    adapter::record(&query(Postgres, sql, 7).completion(completion));
}

fn of_other_drivers() -> Vec<Case> {
    vec![
        told("10001 rows", || {
            collected(Completion::new().rows(10_001).collected());
        })
        .finds(ID, 1)
        .repair_told("a stream or a cursor", || {
            collected(Completion::new().rows(10_001));
        }),
        told("10001 rows in production", || {
            collected(Completion::new().rows(10_001).collected());
        })
        .finds(ID, 1)
        .in_production(),
        told("10000 rows", || {
            collected(Completion::new().rows(10_000).collected());
        }),
        told("10000 rows in production", || {
            collected(Completion::new().rows(10_000).collected());
        })
        .in_production(),
        told("rows that are unknown", || {
            collected(Completion::new().collected());
        }),
    ]
}
