use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement, Value,
};

use crate::corpus::case::{Case, Rule, diesel, sea_orm, told};
use crate::corpus::in_diesel::{posts, tags};
use crate::corpus::in_sea_orm::author;
use crate::corpus::told::{opaque, ran};

const ID: &str = "inlined-literals";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("inlined_literals.rs"),
        cases,
    }
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("names pasted into a query", |conn| {
            for number in 1..=opaque(6) {
                let sql = format!("SELECT name FROM tags WHERE name = 'tag {number}'");
                let found: Vec<Named> = diesel::sql_query(sql).load(conn)?; //~ names pasted into a query
                assert_eq!(found.first().map(|it| it.name.len()), Some(5));
            }
            Ok(())
        })
        .finds(ID, 6)
        .finds("n-plus-one", 6)
        .repair("filter(column.eq(value))", |conn| {
            tags::table
                .filter(tags::name.eq("tag 1"))
                .select(tags::name)
                .first::<String>(conn)?;
            Ok(())
        }),
        diesel("numbers pasted into a write", |conn| {
            for id in 1..=opaque(6) {
                diesel::sql_query(format!("UPDATE posts SET views = 7 WHERE id = {id}"))
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .finds("repeated-write", 6),
        diesel("in production, names pasted", |conn| {
            for number in 1..=opaque(6) {
                let sql = format!("SELECT name FROM tags WHERE name = 'tag {number}'");
                diesel::sql_query(sql).load::<Named>(conn)?;
            }
            Ok(())
        })
        .finds("n-plus-one", 6)
        .finds(ID, 6)
        .in_production(),
        diesel("a fragment with a pasted value", |conn| {
            for id in 1..=opaque(3) {
                let pasted = diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("id = {id}"));
                posts::table
                    .filter(pasted)
                    .select(posts::title)
                    .load::<String>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 3)
        .finds("n-plus-one", 3),
        diesel("the same constant each time", |conn| {
            for id in 1..=opaque(3) {
                diesel::sql_query("UPDATE posts SET views = 0 WHERE title = 'old' AND id <= ?")
                    .bind::<Integer, _>(id)
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds("repeated-write", 3),
        diesel("a LIMIT that changes", |conn| {
            for limit in 1..=opaque(3) {
                let sql = format!("SELECT name FROM tags ORDER BY id LIMIT {limit}");
                diesel::sql_query(sql).load::<Named>(conn)?;
            }
            Ok(())
        })
        .finds("n-plus-one", 3),
        diesel("two constants on two lines", |conn| {
            diesel::sql_query("SELECT name FROM tags WHERE name = 'tag 1'").load::<Named>(conn)?;
            diesel::sql_query("SELECT name FROM tags WHERE name = 'tag 2'").load::<Named>(conn)?;
            Ok(())
        }),
        diesel("bound values", |conn| {
            let names = ["tag 1", "tag 2"];
            tags::table
                .filter(tags::name.eq_any(names))
                .select(tags::id)
                .load::<i32>(conn)?;
            Ok(())
        }),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("ids pasted into a statement", async |db| {
            for id in 1..=opaque(6) {
                let sql = format!("SELECT id, name FROM authors WHERE id = {id}");
                let statement = Statement::from_string(db.get_database_backend(), sql);
                db.query_one_raw(statement).await?; //~ ids pasted into a statement
            }
            Ok(())
        })
        .finds(ID, 6)
        .finds("n-plus-one", 6)
        .repair_in_sea_orm("Statement::from_sql_and_values", async |db| {
            let statement = Statement::from_sql_and_values(
                db.get_database_backend(),
                "SELECT id, name FROM authors WHERE id = ?",
                [Value::from(1)],
            );
            db.query_one_raw(statement).await?;
            Ok(())
        }),
        sea_orm("names pasted into an entity's query", async |db| {
            for number in 1..=opaque(3) {
                let sql = format!("SELECT id, name FROM authors WHERE name = 'Author {number}'");
                let statement = Statement::from_string(db.get_database_backend(), sql);
                author::Model::find_by_statement(statement).one(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 3)
        .finds("n-plus-one", 3),
        sea_orm("a constant condition", async |db| {
            for _ in 0..opaque(1) {
                author::Entity::find()
                    .filter(sea_orm::sea_query::Expr::cust("name <> 'nobody'"))
                    .limit(3)
                    .all(&db)
                    .await?;
            }
            Ok(())
        }),
        sea_orm("values that are bound", async |db| {
            author::Entity::find_by_id(1).one(&db).await?;
            author::Entity::find_by_id(2).one(&db).await?;
            Ok(())
        }),
    ]
}

/// With `{}` for what changes.
const PASTED: &[(Dialect, &str, &str)] = &[
    (
        Postgres,
        "SELECT * FROM users WHERE email = '{}@example.org'",
        "n-plus-one",
    ),
    (
        Postgres,
        "SELECT * FROM users WHERE tenant = $1 AND age > {}",
        "n-plus-one",
    ),
    (
        MySql,
        "SELECT * FROM `users` WHERE `name` LIKE 'user {}%'",
        "n-plus-one",
    ),
    (
        MySql,
        "INSERT INTO `logs` (`line`) VALUES ('line {}')",
        "repeated-write",
    ),
    (Sqlite, "DELETE FROM users WHERE id = {}", "repeated-write"),
];

const NOT_PASTED: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT * FROM users WHERE id = ANY($1) AND state = 'active'",
    ),
    (
        Postgres,
        "SELECT * FROM users WHERE id > $1 AND state = 'active' ORDER BY id LIMIT 10{}",
    ),
    (
        Postgres,
        "SELECT id FROM users WHERE id = ANY($1) /* request {} */",
    ),
    (
        Postgres,
        "SELECT data -> 'a{}' FROM users WHERE id = ANY($1)",
    ),
    (
        MySql,
        "SELECT * FROM `users` WHERE `id` IN (?, ?) ORDER BY `id` LIMIT {}, 20",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql, repeats) in PASTED {
        let body = move || {
            for value in 0..opaque(6) {
                ran(dialect, &sql.replace("{}", &value.to_string()), 1);
            }
        };
        cases.push(
            told(format!("pasted: {sql}"), body)
                .finds(ID, 6)
                .finds(repeats, 6),
        );
    }
    for &(dialect, sql) in NOT_PASTED {
        let body = move || {
            for value in 0..opaque(6) {
                ran(dialect, &sql.replace("{}", &value.to_string()), value);
            }
        };
        cases.push(told(format!("not pasted: {sql}"), body));
    }
    cases
}
