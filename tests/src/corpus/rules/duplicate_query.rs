use diesel::prelude::*;
use diesel::sql_types::Integer;
use perfguard::adapter::{self, Completion};
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement, TransactionTrait,
};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{authors, posts};
use crate::corpus::in_sea_orm::{author, post, tag};
use crate::corpus::told::{opaque, query, ran};

const ID: &str = "duplicate-query";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("duplicate_query.rs"),
        cases,
    }
}

fn name(conn: &mut SqliteConnection, id: i32) -> QueryResult<String> {
    authors::table.find(id).select(authors::name).first(conn)
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("the same author, twice", |conn| {
            name(conn, 1)?;
            name(conn, 1)?;
            Ok(())
        })
        .finds(ID, 2)
        .repair("query authors once and pass the result on", |conn| {
            let name = name(conn, 1)?;
            assert_eq!(name.len(), "Author 1".len());
            Ok(())
        }),
        diesel("the same author in a loop", |conn| {
            for _ in 0..opaque(4) {
                name(conn, 1)?;
            }
            Ok(())
        })
        .finds(ID, 4),
        diesel("in production, six times the same", |conn| {
            for _ in 0..opaque(6) {
                name(conn, 1)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        diesel("in production, four times the same", |conn| {
            for _ in 0..opaque(4) {
                name(conn, 1)?;
            }
            Ok(())
        })
        .in_production(),
        diesel("with another query in between", |conn| {
            name(conn, 1)?;
            posts::table
                .find(1)
                .select(posts::title)
                .first::<String>(conn)?;
            name(conn, 1)?;
            Ok(())
        })
        .finds(ID, 2),
        diesel("two authors", |conn| {
            name(conn, 1)?;
            name(conn, 2)?;
            Ok(())
        }),
        diesel("again after a write", |conn| {
            name(conn, 1)?;
            diesel::update(authors::table.find(1))
                .set(authors::name.eq("new"))
                .execute(conn)?;
            name(conn, 1)?;
            Ok(())
        }),
        diesel("again in a transaction", |conn| {
            name(conn, 1)?;
            conn.transaction(|conn| name(conn, 1))?;
            Ok(())
        }),
        diesel("a random row, twice", |conn| {
            for _ in 0..opaque(2) {
                let random = diesel::dsl::sql::<diesel::sql_types::Integer>("RANDOM()");
                posts::table
                    .select(posts::id)
                    .order(random)
                    .limit(1)
                    .load::<i32>(conn)?;
            }
            Ok(())
        }),
        diesel("three attempts that fail", |conn| {
            for _ in 0..opaque(3) {
                let read = diesel::sql_query(MALFORMED).bind::<Integer, _>(1);
                assert!(read.execute(conn).is_err());
            }
            Ok(())
        }),
        diesel_guarded("three attempts that fail, and are counted", |conn| {
            for _ in 0..opaque(3) {
                let read = diesel::sql_query(MALFORMED).bind::<Integer, _>(1);
                assert!(read.execute(conn).is_err());
            }
            Ok(())
        }),
        diesel("one transaction, tried again", |conn| {
            for _ in 0..opaque(2) {
                let tried = conn.transaction(|conn| {
                    name(conn, 1)?;
                    QueryResult::<()>::Err(diesel::result::Error::RollbackTransaction)
                });
                assert!(tried.is_err());
            }
            Ok(())
        }),
    ]
}

/// Its text is no JSON, which the database says when it comes to the row.
const MALFORMED: &str = "SELECT json(body) AS body FROM comments WHERE id = ?";

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("three attempts of SeaORM that fail", async |db| {
            for _ in 0..opaque(3) {
                let id = [1.into()];
                let read = Statement::from_sql_and_values(DbBackend::Sqlite, MALFORMED, id);
                assert!(db.query_one_raw(read).await.is_err());
            }
            Ok(())
        }),
        sea_orm_guarded("three attempts of SeaORM that are counted", async |db| {
            for _ in 0..opaque(3) {
                let id = [1.into()];
                let read = Statement::from_sql_and_values(DbBackend::Sqlite, MALFORMED, id);
                assert!(db.query_one_raw(read).await.is_err());
            }
            Ok(())
        }),
        sea_orm_guarded("a transaction that is tried again", async |db| {
            for _ in 0..opaque(2) {
                let transaction = db.begin().await?;
                author::Entity::find_by_id(1).one(&transaction).await?;
                transaction.rollback().await?;
            }
            Ok(())
        }),
        sea_orm("one author, twice", async |db| {
            author::Entity::find_by_id(1).one(&db).await?;
            author::Entity::find_by_id(1).one(&db).await?;
            Ok(())
        })
        .finds(ID, 2)
        .repair_in_sea_orm("query authors once", async |db| {
            author::Entity::find_by_id(1).one(&db).await?;
            Ok(())
        }),
        sea_orm("at once", async |db| {
            let of = || post::Entity::find().filter(post::Column::AuthorId.eq(1));
            let (one, other) = futures::join!(of().all(&db), of().all(&db));
            one?;
            other?;
            Ok(())
        })
        .finds(ID, 2),
        sea_orm("in production, one author six times", async |db| {
            for _ in 0..opaque(6) {
                author::Entity::find_by_id(1).one(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        sea_orm("one author, then another", async |db| {
            author::Entity::find_by_id(1).one(&db).await?;
            author::Entity::find_by_id(2).one(&db).await?;
            Ok(())
        }),
        sea_orm("one tag, before and after its end", async |db| {
            tag::Entity::find_by_id(1).one(&db).await?;
            tag::Entity::delete_by_id(1).exec(&db).await?;
            tag::Entity::find_by_id(1).one(&db).await?;
            Ok(())
        }),
        sea_orm_guarded("one author, in a transaction as well", async |db| {
            author::Entity::find_by_id(1).one(&db).await?;
            let transaction = db.begin().await?;
            author::Entity::find_by_id(1).one(&transaction).await?;
            transaction.commit().await
        }),
    ]
}

/// What may give another answer each time.
const VARIES: &[(Dialect, &str)] = &[
    (
        Postgres,
        "SELECT id FROM jobs WHERE state = $1 LIMIT 1 FOR UPDATE SKIP LOCKED",
    ),
    (Postgres, "SELECT * FROM accounts WHERE id = $1 FOR UPDATE"),
    (Postgres, "SELECT nextval('order_number')"),
    (Postgres, "SELECT now()"),
    (
        Postgres,
        "SELECT id FROM posts WHERE author_id = $1 ORDER BY random() LIMIT 1",
    ),
    (Postgres, "SELECT gen_random_uuid()"),
    (
        MySql,
        "SELECT `id` FROM `posts` WHERE `author_id` = ? ORDER BY RAND() LIMIT 1",
    ),
    (MySql, "SELECT LAST_INSERT_ID()"),
    (Sqlite, "SELECT changes()"),
    (Postgres, "SELECT pg_try_advisory_lock($1)"),
    (Postgres, "FETCH FORWARD 100 FROM posts_cursor"),
    (Postgres, "SELECT 1"),
    (Postgres, "SHOW search_path"),
];

const SAME: &[(Dialect, &str)] = &[
    (Postgres, "SELECT * FROM settings WHERE user_id = $1"),
    (Postgres, "SELECT count(*) FROM posts WHERE author_id = $1"),
    (Postgres, "SELECT * FROM posts WHERE id = ANY($1)"),
    (
        Postgres,
        "WITH p AS (SELECT id FROM posts WHERE id = $1) SELECT * FROM p",
    ),
    (
        MySql,
        "SELECT `id` FROM `posts` WHERE `author_id` = ? LIMIT 20 OFFSET 0",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in SAME {
        let body = move || (0..opaque(3)).for_each(|_| ran(dialect, sql, 7));
        cases.push(told(format!("the same {sql}"), body).finds(ID, 3));
    }
    for &(dialect, sql) in VARIES {
        let body = move || (0..opaque(3)).for_each(|_| ran(dialect, sql, 7));
        cases.push(told(format!("not the same {sql}"), body));
    }
    cases.push(told("after an error", || {
        for attempt in 0..opaque(3) {
            let failed = Completion::new().failed(attempt < 2);
            let sql = "SELECT name FROM authors WHERE id = $1";
            adapter::record(&query(Postgres, sql, 1).completion(failed));
        }
    }));
    cases
}
