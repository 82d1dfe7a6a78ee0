use diesel::prelude::*;
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, sea_orm, told};
use crate::corpus::in_diesel::posts;
use crate::corpus::in_sea_orm::post;
use crate::corpus::told::ran;

const ID: &str = "unstable-pagination";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("unstable_pagination.rs"),
        cases,
    }
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("the second page, unsorted", |conn| {
            posts::table
                .select(posts::title)
                .limit(2)
                .offset(2)
                .load::<String>(conn)?; //~ the second page, unsorted
            Ok(())
        })
        .finds(ID, 1)
        .repair(".order(posts::id.asc())", |conn| {
            posts::table
                .select(posts::title)
                .order(posts::id.asc())
                .limit(2)
                .offset(2)
                .load::<String>(conn)?;
            Ok(())
        }),
        diesel("filtered and unsorted", |conn| {
            posts::table
                .filter(posts::views.eq(0))
                .select(posts::title)
                .limit(2)
                .offset(2)
                .load::<String>(conn)?;
            Ok(())
        })
        .finds(ID, 1),
        diesel("page by page, unsorted", |conn| {
            for page in 0..3 {
                posts::table
                    .select(posts::title)
                    .limit(2)
                    .offset(page * 2)
                    .load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 3),
        diesel("in production, unsorted", |conn| {
            posts::table
                .select(posts::title)
                .limit(2)
                .offset(2)
                .load::<String>(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        diesel("ten thousand rows deep", |conn| {
            let sql = "SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 20000";
            diesel::sql_query(sql).execute(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .repair(".filter(id.gt(last)).order(id.asc()).limit(n)", |conn| {
            posts::table
                .filter(posts::id.gt(4))
                .order(posts::id.asc())
                .select(posts::title)
                .limit(2)
                .load::<String>(conn)?;
            Ok(())
        }),
        diesel("the second page, sorted", |conn| {
            posts::table
                .order(posts::id)
                .select(posts::title)
                .limit(2)
                .offset(2)
                .load::<String>(conn)?;
            Ok(())
        }),
        diesel("any two posts", |conn| {
            posts::table
                .select(posts::title)
                .limit(2)
                .load::<String>(conn)?;
            Ok(())
        }),
        diesel("any post", |conn| {
            posts::table.select(posts::title).first::<String>(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("an unsorted paginator", async |db| {
            let pages = post::Entity::find().paginate(&db, 2);
            pages.fetch_page(1).await?; //~ an unsorted paginator
            Ok(())
        })
        .finds(ID, 1)
        .repair_in_sea_orm(".order_by_asc(post::Column::Id)", async |db| {
            let pages = post::Entity::find()
                .order_by_asc(post::Column::Id)
                .paginate(&db, 2);
            pages.fetch_page(1).await?;
            Ok(())
        })
        .repair_in_sea_orm(".cursor_by(..)", async |db| {
            let mut cursor = post::Entity::find().cursor_by(post::Column::Id);
            cursor.after(2).first(2).all(&db).await?;
            Ok(())
        }),
        sea_orm("an unsorted offset", async |db| {
            post::Entity::find().limit(2).offset(2).all(&db).await?;
            Ok(())
        })
        .finds(ID, 1),
        sea_orm("in production, an unsorted offset", async |db| {
            post::Entity::find().limit(2).offset(2).all(&db).await?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        sea_orm("a sorted paginator", async |db| {
            let pages = post::Entity::find()
                .order_by_desc(post::Column::Id)
                .paginate(&db, 2);
            pages.fetch_page(1).await?;
            pages.num_items().await?;
            Ok(())
        }),
        sea_orm("a limit alone", async |db| {
            post::Entity::find().limit(2).all(&db).await?;
            Ok(())
        }),
        sea_orm("any one", async |db| {
            post::Entity::find().one(&db).await?;
            Ok(())
        }),
    ]
}

const UNSTABLE: &[(Dialect, &str)] = &[
    (Postgres, "SELECT id FROM posts LIMIT 20 OFFSET $1"),
    (
        Postgres,
        "SELECT id FROM posts OFFSET 20 ROWS FETCH NEXT 20 ROWS ONLY",
    ),
    (
        Postgres,
        "SELECT author_id, count(*) FROM posts GROUP BY author_id LIMIT $1 OFFSET $2",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE author_id IN (SELECT id FROM authors ORDER BY id) LIMIT 20 OFFSET 20",
    ),
    (
        Postgres,
        "SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 100000",
    ),
    (MySql, "SELECT `id` FROM `posts` LIMIT 20, 20"),
    (
        MySql,
        "SELECT `id` FROM `posts` ORDER BY `id` LIMIT 50000, 20",
    ),
    (Sqlite, "SELECT id FROM posts LIMIT ? OFFSET ?"),
];

const STABLE: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT id FROM posts ORDER BY id LIMIT $1 OFFSET $2",
    ),
    (Postgres, "SELECT id FROM posts LIMIT 20"),
    (Postgres, "SELECT id FROM posts LIMIT 20 OFFSET 0"),
    (Postgres, "SELECT id FROM posts WHERE slug = $1 LIMIT 1"),
    (
        Postgres,
        "SELECT id FROM jobs WHERE state = $1 LIMIT 10 FOR UPDATE SKIP LOCKED",
    ),
    (
        Postgres,
        "SELECT * FROM (SELECT id FROM posts ORDER BY id LIMIT 20 OFFSET 20) AS page",
    ),
    (
        Postgres,
        "WITH sorted AS (SELECT id FROM posts ORDER BY id) SELECT id FROM sorted LIMIT $1 OFFSET $2",
    ),
    (
        Postgres,
        "(SELECT id FROM posts LIMIT 10) UNION ALL (SELECT id FROM drafts LIMIT 10)",
    ),
    (Postgres, "SELECT count(*) FROM posts"),
    (MySql, "SELECT `id` FROM `posts` ORDER BY `id` LIMIT 40, 20"),
    (MySql, "DELETE FROM `posts` WHERE `draft` = 1 LIMIT 100"),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in UNSTABLE {
        cases.push(told(format!("unstable: {sql}"), move || ran(dialect, sql, 1)).finds(ID, 1));
    }
    for &(dialect, sql) in STABLE {
        cases.push(told(format!("stable: {sql}"), move || ran(dialect, sql, 1)));
    }
    cases
}
