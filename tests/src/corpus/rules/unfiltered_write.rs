use diesel::prelude::*;
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{comments, posts, settings};
use crate::corpus::in_sea_orm::{comment, post, setting};
use crate::corpus::told::ran;

const ID: &str = "unfiltered-write";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("unfiltered_write.rs"),
        cases,
    }
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("delete all comments", |conn| {
            diesel::delete(comments::table).execute(conn)?; //~ delete all comments
            Ok(())
        })
        .finds(ID, 1)
        .repair("filter(comments::id.eq(id))", |conn| {
            diesel::delete(comments::table.filter(comments::id.eq(1))).execute(conn)?;
            Ok(())
        })
        .repair("sql::<Bool>(\"TRUE\")", |conn| {
            let all = diesel::dsl::sql::<diesel::sql_types::Bool>("TRUE");
            diesel::delete(comments::table.filter(all)).execute(conn)?;
            Ok(())
        }),
        diesel("update all posts", |conn| {
            diesel::update(posts::table)
                .set(posts::views.eq(0))
                .execute(conn)?; //~ update all posts
            Ok(())
        })
        .finds(ID, 1),
        diesel("in production, delete all comments once", |conn| {
            diesel::delete(comments::table).execute(conn)?;
            Ok(())
        })
        .finds(ID, 1)
        .in_production(),
        diesel("update by author", |conn| {
            diesel::update(posts::table.filter(posts::author_id.eq(1)))
                .set(posts::views.eq(0))
                .execute(conn)?;
            Ok(())
        }),
        diesel("delete what is not there", |conn| {
            diesel::delete(comments::table.filter(comments::id.lt(0))).execute(conn)?;
            Ok(())
        }),
        diesel_guarded("the only row of settings", |conn| {
            diesel::update(settings::table)
                .set(settings::theme.eq("light"))
                .execute(conn)?;
            Ok(())
        })
        .notes(ID),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("delete_many without a filter", async |db| {
            comment::Entity::delete_many().exec(&db).await?; //~ delete_many without a filter
            Ok(())
        })
        .finds(ID, 1)
        .repair_in_sea_orm("filter(comment::Column::Id.eq(id))", async |db| {
            comment::Entity::delete_many()
                .filter(comment::Column::Id.eq(1))
                .exec(&db)
                .await?;
            Ok(())
        })
        .repair_in_sea_orm("filter(Expr::cust(\"TRUE\"))", async |db| {
            comment::Entity::delete_many()
                .filter(Expr::cust("TRUE"))
                .exec(&db)
                .await?;
            Ok(())
        }),
        sea_orm("update_many without a filter", async |db| {
            post::Entity::update_many()
                .col_expr(post::Column::Views, Expr::value(0))
                .exec(&db)
                .await?; //~ update_many without a filter
            Ok(())
        })
        .finds(ID, 1),
        sea_orm("delete by id", async |db| {
            comment::Entity::delete_by_id(1).exec(&db).await?;
            Ok(())
        }),
        sea_orm("update by author's posts", async |db| {
            post::Entity::update_many()
                .col_expr(post::Column::Views, Expr::value(0))
                .filter(post::Column::AuthorId.eq(1))
                .exec(&db)
                .await?;
            Ok(())
        }),
        sea_orm_guarded("the settings' only row", async |db| {
            setting::Entity::update_many()
                .col_expr(setting::Column::Theme, Expr::value("light"))
                .exec(&db)
                .await?;
            Ok(())
        })
        .notes(ID),
    ]
}

const ALL_ROWS: &[(Dialect, &str)] = &[
    (Postgres, "DELETE FROM sessions RETURNING id"),
    (
        Postgres,
        "UPDATE users SET age = CASE WHEN age > 3 THEN 3 ELSE age END",
    ),
    (
        Postgres,
        "UPDATE users SET team_id = (SELECT id FROM teams WHERE name = $1)",
    ),
    (
        Postgres,
        "WITH old AS (SELECT id FROM users WHERE age > $1) UPDATE users SET age = 0",
    ),
    (Postgres, "DELETE FROM ONLY sessions"),
    (MySql, "UPDATE `users` SET `age` = ?"),
    (MySql, "DELETE FROM `users`"),
    (Sqlite, "UPDATE OR IGNORE users SET age = 1"),
];

const SOME_ROWS: &[(Dialect, &str)] = &[
    (
        Postgres,
        "UPDATE users SET age = $1 WHERE CURRENT OF cursor",
    ),
    (
        Postgres,
        "DELETE FROM users USING teams WHERE teams.id = users.team_id AND teams.gone",
    ),
    (
        Postgres,
        "DELETE FROM users WHERE EXISTS (SELECT 1 FROM bans WHERE bans.user_id = users.id)",
    ),
    (
        Postgres,
        "INSERT INTO users (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET age = 1",
    ),
    (Postgres, "TRUNCATE sessions"),
    (Postgres, "SELECT * FROM users WHERE id = $1 FOR UPDATE"),
    (Postgres, "ALTER TABLE users ADD COLUMN age int"),
    (MySql, "DELETE FROM `users` ORDER BY `id` LIMIT 100"),
    (
        MySql,
        "UPDATE `users` SET `age` = ? ORDER BY `id` LIMIT 100",
    ),
    (
        MySql,
        "UPDATE `users` u JOIN `bans` b ON b.user_id = u.id SET u.age = 0",
    ),
    (
        MySql,
        "INSERT INTO `users` (`id`) VALUES (?) ON DUPLICATE KEY UPDATE `age` = 1",
    ),
    (
        Sqlite,
        "DELETE FROM users WHERE rowid IN (SELECT rowid FROM users LIMIT 10)",
    ),
    (Sqlite, "REPLACE INTO users (id) VALUES (?)"),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in ALL_ROWS {
        cases.push(told(format!("all rows: {sql}"), move || ran(dialect, sql, 1)).finds(ID, 1));
    }
    for &(dialect, sql) in SOME_ROWS {
        cases.push(told(format!("some rows: {sql}"), move || {
            ran(dialect, sql, 1)
        }));
    }
    cases
}
