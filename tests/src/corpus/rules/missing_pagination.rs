use diesel::prelude::*;
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::events;
use crate::corpus::in_sea_orm::event;
use crate::corpus::told::{ran, returned};

const ID: &str = "missing-pagination";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("missing_pagination.rs"),
        cases,
    }
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_guarded("all events, sorted", |conn| {
            events::table
                .order(events::id)
                .select(events::id)
                .load::<i32>(conn)?; //~ all events, sorted
            Ok(())
        })
        .finds(ID, 1)
        .finds("unbounded-result", 1)
        .repair_guarded(".limit(n).offset(..)", |conn| {
            events::table
                .order(events::id)
                .select(events::id)
                .limit(20)
                .offset(40)
                .load::<i32>(conn)?;
            Ok(())
        })
        .repair_guarded(".filter(id.gt(last)).limit(n)", |conn| {
            events::table
                .filter(events::id.gt(40))
                .order(events::id)
                .select(events::id)
                .limit(20)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel_guarded("many events of a kind, sorted", |conn| {
            events::table
                .filter(events::kind.eq("often"))
                .order(events::id)
                .select(events::id)
                .load::<i32>(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .finds("unbounded-result", 1),
        diesel_guarded("a LIMIT of 2000 that is bound", |conn| {
            events::table
                .order(events::id)
                .select(events::id)
                .limit(2000)
                .load::<i32>(conn)?; //~ a LIMIT of 2000 that is bound
            Ok(())
        })
        .finds(ID, 1),
        diesel("a LIMIT of 5000 in the text", |conn| {
            let sql = "SELECT id FROM events ORDER BY id LIMIT 5000";
            diesel::sql_query(sql).execute(conn)?;
            Ok(())
        })
        .finds(ID, 1),
        diesel("in production, a LIMIT of 5000 in the text", |conn| {
            let sql = "SELECT id FROM events ORDER BY id LIMIT 5000";
            diesel::sql_query(sql).execute(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        diesel_guarded("few events of a kind, sorted", |conn| {
            events::table
                .filter(events::kind.eq("rare"))
                .order(events::id)
                .select(events::id)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel_guarded("a page of a hundred", |conn| {
            events::table
                .order(events::id)
                .select(events::id)
                .limit(100)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel_guarded("a batch of a thousand", |conn| {
            events::table
                .order(events::id)
                .select(events::id)
                .limit(1000)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel("of unknown length, sorted", |conn| {
            events::table
                .filter(events::kind.eq("rare"))
                .order(events::id)
                .select(events::id)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel("a LIMIT of 1000 in the text", |conn| {
            let sql = "SELECT id FROM events ORDER BY id LIMIT 1000";
            diesel::sql_query(sql).execute(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("every event, sorted", async |db| {
            event::Entity::find()
                .order_by_asc(event::Column::Id)
                .all(&db)
                .await?; //~ every event, sorted
            Ok(())
        })
        .finds(ID, 1)
        .finds("unbounded-result", 1)
        .repair_in_sea_orm_guarded(".paginate(db, n)", async |db| {
            let pages = event::Entity::find()
                .order_by_asc(event::Column::Id)
                .paginate(&db, 20);
            pages.fetch_page(2).await?;
            Ok(())
        })
        .repair_in_sea_orm_guarded(
            ".cursor_by(Column::Id).after(last).first(n)",
            async |db| {
                let mut cursor = event::Entity::find().cursor_by(event::Column::Id);
                cursor.after(40).first(20).all(&db).await?;
                Ok(())
            },
        ),
        sea_orm_guarded("many events of one kind, sorted", async |db| {
            event::Entity::find()
                .filter(event::Column::Kind.eq("often"))
                .order_by_desc(event::Column::Id)
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1)
        .finds("unbounded-result", 1),
        sea_orm_guarded("a bound LIMIT of 2000", async |db| {
            event::Entity::find()
                .order_by_asc(event::Column::Id)
                .limit(2000)
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm_guarded("in production, a bound LIMIT of 2000", async |db| {
            event::Entity::find()
                .order_by_asc(event::Column::Id)
                .limit(2000)
                .all(&db)
                .await?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        sea_orm_guarded("few events of one kind, sorted", async |db| {
            event::Entity::find()
                .filter(event::Column::Kind.eq("rare"))
                .order_by_desc(event::Column::Id)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm_guarded("one page of events", async |db| {
            event::Entity::find()
                .order_by_asc(event::Column::Id)
                .limit(50)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("an unknown number of events, sorted", async |db| {
            event::Entity::find()
                .filter(event::Column::Kind.eq("rare"))
                .order_by_asc(event::Column::Id)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("how many pages", async |db| {
            let pages = event::Entity::find()
                .order_by_asc(event::Column::Id)
                .paginate(&db, 20);
            pages.num_pages().await?;
            Ok(())
        }),
    ]
}

const NO_PAGE: &[(Dialect, &str)] = &[
    (Postgres, "SELECT id FROM posts ORDER BY id LIMIT 1001"),
    (
        Postgres,
        "SELECT id FROM posts ORDER BY id FETCH FIRST 100000 ROWS ONLY",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE author_id = $1 LIMIT 999999",
    ),
    (
        MySql,
        "SELECT `id` FROM `posts` ORDER BY `id` LIMIT 40, 5000",
    ),
    (
        Sqlite,
        "SELECT id FROM posts ORDER BY id LIMIT 5000 OFFSET 20",
    ),
];

const NO_LIST: &[(Dialect, &str)] = &[
    (Postgres, "SELECT id FROM posts ORDER BY id LIMIT 1000"),
    (Postgres, "SELECT id FROM posts ORDER BY id LIMIT $1"),
    (
        Postgres,
        "INSERT INTO archive SELECT * FROM posts ORDER BY id LIMIT 5000",
    ),
    (
        Postgres,
        "DELETE FROM posts WHERE id IN (SELECT id FROM posts ORDER BY id LIMIT 5000)",
    ),
    (
        Postgres,
        "SELECT count(*) FROM (SELECT 1 FROM posts LIMIT 10001) AS capped",
    ),
    (Postgres, "SELECT max(id) FROM posts"),
    (
        MySql,
        "DELETE FROM `posts` WHERE `draft` = 1 ORDER BY `id` LIMIT 5000",
    ),
    (
        MySql,
        "SELECT `id` FROM `posts` WHERE `id` IN (?, ?) ORDER BY FIELD(`id`, ?, ?)",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in NO_PAGE {
        cases.push(told(format!("no page: {sql}"), move || ran(dialect, sql, 1)).finds(ID, 1));
    }
    for &(dialect, sql) in NO_LIST {
        cases.push(told(format!("no list: {sql}"), move || {
            ran(dialect, sql, 1)
        }));
    }
    let sorted = "SELECT id FROM posts WHERE author_id = $1 ORDER BY id";
    cases.push(
        told("101 rows, sorted", || returned(Postgres, sorted, 1, 101))
            .finds(ID, 1)
            .finds("unbounded-result", 1),
    );
    cases.push(told("100 rows, sorted", || {
        returned(Postgres, sorted, 1, 100)
    }));
    cases
}
