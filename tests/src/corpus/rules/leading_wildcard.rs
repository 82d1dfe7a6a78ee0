use diesel::prelude::*;
use diesel::sql_types::Bool;
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::corpus::case::{Case, Rule, diesel, sea_orm, told};
use crate::corpus::in_diesel::posts;
use crate::corpus::in_sea_orm::post;
use crate::corpus::told::ran;

const ID: &str = "leading-wildcard";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("leading_wildcard.rs"),
        cases,
    }
}

fn in_diesel() -> Vec<Case> {
    let search = |pattern: &'static str| {
        move |conn: &mut SqliteConnection| -> QueryResult<()> {
            posts::table
                .filter(posts::title.like(pattern))
                .select(posts::id)
                .limit(20)
                .load::<i32>(conn)?;
            Ok(())
        }
    };
    vec![
        diesel("like, anywhere", search("%ost%"))
            .notes(ID)
            .repair("LIKE 'text%'", search("Post%")),
        diesel("like, at the end", search("%1")).notes(ID),
        diesel("a fragment with its pattern", |conn| {
            posts::table
                .filter(diesel::dsl::sql::<Bool>("title LIKE '%ost%'"))
                .select(posts::id)
                .limit(20)
                .load::<i32>(conn)?; //~ a fragment with its pattern
            Ok(())
        })
        .notes(ID),
        diesel("one of two columns, anywhere", |conn| {
            posts::table
                .filter(posts::title.like("%ost%").or(posts::title.like("%x%")))
                .select(posts::id)
                .limit(20)
                .load::<i32>(conn)?;
            Ok(())
        })
        .notes(ID),
        diesel("like, from the start", search("Post%")),
        diesel("like, without a wildcard", search("Post 1")),
        diesel("anywhere, of one author", |conn| {
            posts::table
                .filter(posts::author_id.eq(1))
                .filter(posts::title.like("%ost%"))
                .select(posts::id)
                .limit(20)
                .load::<i32>(conn)?;
            Ok(())
        }),
        diesel("a title that is a pattern", |conn| {
            posts::table
                .filter(posts::title.eq("%ost%"))
                .select(posts::id)
                .limit(20)
                .load::<i32>(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("contains", async |db| {
            post::Entity::find()
                .filter(post::Column::Title.contains("ost"))
                .limit(20)
                .all(&db)
                .await?; //~ contains
            Ok(())
        })
        .notes(ID)
        .repair_in_sea_orm("from the start", async |db| {
            post::Entity::find()
                .filter(post::Column::Title.starts_with("Post"))
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("ends_with", async |db| {
            post::Entity::find()
                .filter(post::Column::Title.ends_with("1"))
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        })
        .notes(ID),
        sea_orm("like with a wildcard first", async |db| {
            post::Entity::find()
                .filter(
                    Condition::any()
                        .add(post::Column::Title.like("%ost%"))
                        .add(post::Column::Title.like("x%")),
                )
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        })
        .notes(ID),
        sea_orm("starts_with", async |db| {
            post::Entity::find()
                .filter(post::Column::Title.starts_with("Post"))
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("contains, of one author", async |db| {
            post::Entity::find()
                .filter(post::Column::AuthorId.eq(1))
                .filter(post::Column::Title.contains("ost"))
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        }),
        sea_orm("equal to a pattern", async |db| {
            post::Entity::find()
                .filter(post::Column::Title.eq("%ost%"))
                .limit(20)
                .all(&db)
                .await?;
            Ok(())
        }),
    ]
}

const ANYWHERE: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT id FROM posts WHERE title ILIKE '%rust%' LIMIT $1",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE lower(title) LIKE '%' || lower($1) || '%' LIMIT $2",
    ),
    (
        Postgres,
        "SELECT count(*) FROM posts WHERE title LIKE '_ust'",
    ),
    (Postgres, "DELETE FROM posts WHERE title LIKE '%spam%'"),
    (
        MySql,
        "SELECT `id` FROM `posts` WHERE `title` LIKE CONCAT('%', ?, '%') LIMIT 20",
    ),
    (
        Sqlite,
        "SELECT id FROM posts WHERE title GLOB '*rust*' LIMIT ?",
    ),
];

const NARROWED: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT id FROM users WHERE email NOT LIKE '%@example.org' LIMIT $1",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE title LIKE 'rust%' LIMIT $1",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE title LIKE $1 || '%' LIMIT $2",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE title LIKE '\\%rust%' LIMIT $1",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE id = ANY($1) AND title LIKE '%rust%'",
    ),
    (
        Postgres,
        "SELECT id FROM posts WHERE title @@ to_tsquery($1) LIMIT 20",
    ),
    (
        MySql,
        "SELECT `id` FROM `posts` WHERE MATCH (`title`) AGAINST (?) LIMIT 20",
    ),
    (
        Sqlite,
        "SELECT rowid FROM posts_fts WHERE posts_fts MATCH ? LIMIT 20",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in ANYWHERE {
        cases.push(told(format!("anywhere: {sql}"), move || ran(dialect, sql, 1)).notes(ID));
    }
    for &(dialect, sql) in NARROWED {
        cases.push(told(format!("narrowed: {sql}"), move || {
            ran(dialect, sql, 1)
        }));
    }
    cases
}
