use diesel::prelude::*;
use diesel::upsert::excluded;
use perfguard::adapter::{self, Completion};
use perfguard::statement::Dialect::{self, MySql, Postgres, Sqlite};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter, Set,
    TransactionTrait,
};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{
    NewAuthor, NewTag, WholePost, authors, comments, latest, posts, tags,
};
use crate::corpus::in_sea_orm::{self as entity, comment, post, tag};
use crate::corpus::told::{opaque, query, ran};

const ID: &str = "repeated-write";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("repeated_write.rs"),
        cases,
    }
}

fn names(count: usize) -> Vec<NewTag> {
    let names = (0..count).map(|number| NewTag {
        name: format!("new {number}"),
    });
    names.collect()
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel("a tag at a time", |conn| {
            for tag in names(6) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .execute(conn)?; //~ a tag at a time
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair("insert_into(tags::table).values(&rows)", |conn| {
            diesel::insert_into(tags::table)
                .values(&names(6))
                .execute(conn)?;
            Ok(())
        }),
        diesel("a tag at a time, in one transaction", |conn| {
            conn.transaction(|conn| {
                for tag in names(6) {
                    diesel::insert_into(tags::table)
                        .values(&tag)
                        .execute(conn)?;
                }
                Ok(())
            })
        })
        .finds(ID, 6),
        diesel("a tag at a time, with its id", |conn| {
            for tag in names(6) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .returning(tags::id)
                    .get_result::<i32>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("a tag at a time, unless it is there", |conn| {
            for tag in names(6) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .on_conflict_do_nothing()
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("one update per post", |conn| {
            for post in latest(conn)? {
                diesel::update(posts::table.find(post.id))
                    .set(posts::views.eq(post.id * 2))
                    .execute(conn)?; //~ one update per post
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair("on_conflict(posts::id).do_update()", |conn| {
            let rows: Vec<_> = (1..=6)
                .map(|id| {
                    (
                        posts::id.eq(id),
                        posts::author_id.eq(id),
                        posts::title.eq("new"),
                        posts::views.eq(id * 2),
                    )
                })
                .collect();
            diesel::insert_into(posts::table)
                .values(&rows)
                .on_conflict(posts::id)
                .do_update()
                .set(posts::views.eq(excluded(posts::views)))
                .execute(conn)?;
            Ok(())
        })
        .repair("filter(posts::id.eq_any(&keys)).set(..)", |conn| {
            diesel::update(posts::table.filter(posts::id.eq_any(1..=6)))
                .set(posts::views.eq(7))
                .execute(conn)?;
            Ok(())
        }),
        diesel("save_changes in a loop", |conn| {
            for mut post in posts::table.limit(6).load::<WholePost>(conn)? {
                post.title.push('!');
                post.save_changes::<WholePost>(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("one delete per comment", |conn| {
            for id in 1..=opaque(6) {
                diesel::delete(comments::table.find(id)).execute(conn)?; //~ one delete per comment
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair(
            "delete(comments::table).filter(comments::id.eq_any(&keys))",
            |conn| {
                diesel::delete(comments::table.filter(comments::id.eq_any(1..=6))).execute(conn)?;
                Ok(())
            },
        ),
        diesel("in production, a tag at a time", |conn| {
            for tag in names(6) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        diesel("in production, four tags", |conn| {
            for tag in names(4) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .execute(conn)?;
            }
            Ok(())
        })
        .in_production(),
        diesel("rows with optional values, in one call", |conn| {
            let rows: Vec<NewAuthor> = (0..6)
                .map(|number| NewAuthor {
                    name: format!("new {number}"),
                    email: (number % 2 == 0).then(|| "a@b".to_owned()),
                })
                .collect();
            diesel::insert_into(authors::table)
                .values(&rows)
                .execute(conn)?;
            Ok(())
        }),
        diesel("an upsert of each", |conn| {
            for tag in names(6) {
                diesel::insert_into(tags::table)
                    .values(&tag)
                    .on_conflict(tags::name)
                    .do_update()
                    .set(tags::name.eq(excluded(tags::name)))
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("replace_into in a loop", |conn| {
            for id in 1..=opaque(6) {
                diesel::replace_into(tags::table)
                    .values((tags::id.eq(id), tags::name.eq(format!("tag {id}!"))))
                    .execute(conn)?;
            }
            Ok(())
        })
        .finds(ID, 6),
        diesel("what a SELECT brings", |conn| {
            for id in 1..=opaque(3) {
                posts::table
                    .filter(posts::id.eq(id))
                    .select(posts::title)
                    .insert_into(tags::table)
                    .into_columns(tags::name)
                    .execute(conn)?;
            }
            Ok(())
        }),
        diesel("chunks of tags", |conn| {
            for chunk in names(7).chunks(3) {
                diesel::insert_into(tags::table)
                    .values(chunk)
                    .execute(conn)?;
            }
            Ok(())
        }),
        diesel("two tags on two lines", |conn| {
            diesel::insert_into(tags::table)
                .values(tags::name.eq("one"))
                .execute(conn)?;
            diesel::insert_into(tags::table)
                .values(tags::name.eq("two"))
                .execute(conn)?;
            Ok(())
        }),
        diesel("another name after a conflict", |conn| {
            for name in ["tag 1", "tag 2", "tag 7"] {
                let inserted = diesel::insert_into(tags::table)
                    .values(tags::name.eq(name))
                    .execute(conn);
                if inserted.is_ok() {
                    break;
                }
            }
            Ok(())
        }),
        diesel("a counter that goes up", |conn| {
            for _ in 0..opaque(4) {
                diesel::update(posts::table.find(1))
                    .set(posts::views.eq(posts::views + 1))
                    .execute(conn)?;
            }
            Ok(())
        }),
        diesel("batches of old comments", |conn| {
            for last in [6, 12, 18] {
                let old = comments::table.filter(comments::id.le(last));
                diesel::delete(old).execute(conn)?;
            }
            Ok(())
        }),
        diesel_guarded("an update that lost the race tries again", |conn| {
            for version in (0..3).rev() {
                let row = posts::table
                    .filter(posts::id.eq(1))
                    .filter(posts::views.eq(version));
                let changed = diesel::update(row)
                    .set(posts::title.eq("mine"))
                    .execute(conn)?;
                if changed == 1 {
                    break;
                }
            }
            Ok(())
        }),
    ]
}

fn new_tag(number: usize) -> tag::ActiveModel {
    tag::ActiveModel {
        name: Set(format!("new {number}")),
        ..Default::default()
    }
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm("insert in a loop", async |db| {
            for number in 0..opaque(6) {
                tag::Entity::insert(new_tag(number)).exec(&db).await?; //~ insert in a loop
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("insert_many(rows)", async |db| {
            tag::Entity::insert_many((0..6).map(new_tag))
                .exec(&db)
                .await?;
            Ok(())
        }),
        sea_orm("a model at a time", async |db| {
            for number in 0..opaque(6) {
                new_tag(number).insert(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("update in a loop", async |db| {
            for found in entity::latest(&db).await? {
                let mut changed = found.into_active_model();
                changed.views = Set(changed.id.as_ref() * 2);
                changed.update(&db).await?; //~ update in a loop
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("update_many()", async |db| {
            post::Entity::update_many()
                .col_expr(post::Column::Views, Expr::value(7))
                .filter(post::Column::Id.is_in([1, 2, 3, 4, 5, 6]))
                .exec(&db)
                .await?;
            Ok(())
        })
        .repair_in_sea_orm(
            "on_conflict(OnConflict::column(post::Column::Id)",
            async |db| {
                let rows = entity::latest(&db)
                    .await?
                    .into_iter()
                    .map(|found| post::ActiveModel {
                        views: Set(found.id * 2),
                        ..found.into_active_model().reset_all()
                    });
                post::Entity::insert_many(rows)
                    .on_conflict(
                        OnConflict::column(post::Column::Id)
                            .update_columns([post::Column::Views])
                            .to_owned(),
                    )
                    .exec(&db)
                    .await?;
                Ok(())
            },
        ),
        sea_orm("save in a loop", async |db| {
            for found in entity::latest(&db).await? {
                let mut changed = found.into_active_model();
                changed.title = Set(format!("title {}", changed.id.as_ref()));
                changed.save(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("delete in a loop", async |db| {
            for id in 1..=opaque(6) {
                comment::Entity::delete_by_id(id).exec(&db).await?; //~ delete in a loop
            }
            Ok(())
        })
        .finds(ID, 6)
        .repair_in_sea_orm("delete_many()", async |db| {
            comment::Entity::delete_many()
                .filter(comment::Column::Id.is_in([1, 2, 3, 4, 5, 6]))
                .exec(&db)
                .await?;
            Ok(())
        }),
        sea_orm("a model deletes itself", async |db| {
            let of_post = comment::Entity::find().filter(comment::Column::PostId.eq(1));
            for found in of_post.all(&db).await? {
                found.delete(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 3),
        sea_orm("an upsert at a time", async |db| {
            for number in 0..opaque(6) {
                tag::Entity::insert(new_tag(number))
                    .on_conflict(
                        OnConflict::column(tag::Column::Name)
                            .update_column(tag::Column::Name)
                            .to_owned(),
                    )
                    .exec_without_returning(&db)
                    .await?;
            }
            Ok(())
        })
        .finds(ID, 6),
        sea_orm("in one transaction, a row at a time", async |db| {
            let transaction = db.begin().await?;
            for number in 0..opaque(6) {
                tag::Entity::insert(new_tag(number))
                    .exec(&transaction)
                    .await?;
            }
            transaction.commit().await
        })
        .finds(ID, 6),
        sea_orm("in production, insert in a loop", async |db| {
            for number in 0..opaque(6) {
                tag::Entity::insert(new_tag(number)).exec(&db).await?;
            }
            Ok(())
        })
        .finds(ID, 6)
        .in_production(),
        sea_orm("chunks of rows", async |db| {
            for chunk in [0..3, 3..6, 6..7] {
                tag::Entity::insert_many(chunk.map(new_tag))
                    .exec(&db)
                    .await?;
            }
            Ok(())
        }),
        sea_orm("two rows on two lines", async |db| {
            tag::Entity::insert(new_tag(1)).exec(&db).await?;
            tag::Entity::insert(new_tag(2)).exec(&db).await?;
            Ok(())
        }),
        sea_orm("another name after an error", async |db| {
            for number in [1, 2, 7] {
                let named = tag::ActiveModel {
                    name: Set(format!("tag {number}")),
                    ..Default::default()
                };
                if named.insert(&db).await.is_ok() {
                    break;
                }
            }
            Ok(())
        }),
        sea_orm_guarded("a version that was taken", async |db| {
            for version in (0..3).rev() {
                let written = post::Entity::update_many()
                    .col_expr(post::Column::Title, Expr::value("mine"))
                    .filter(post::Column::Id.eq(1))
                    .filter(post::Column::Views.eq(version))
                    .exec(&db)
                    .await?;
                if written.rows_affected == 1 {
                    break;
                }
            }
            Ok(())
        }),
    ]
}

const ROW_BY_ROW: &[(Dialect, &str)] = &[
    (
        Postgres,
        "INSERT INTO tags (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
    ),
    (
        Postgres,
        "INSERT INTO tags (name, post_id) VALUES ($1, (SELECT id FROM posts WHERE slug = $2))",
    ),
    (
        Postgres,
        "UPDATE posts SET views = views + $1 WHERE id = $2",
    ),
    (Postgres, "UPDATE posts SET title = $1 WHERE id IN ($2)"),
    (
        Postgres,
        "DELETE FROM likes WHERE post_id = $1 AND user_id = $2",
    ),
    (
        Postgres,
        "WITH gone AS (SELECT now()) DELETE FROM posts WHERE id = $1",
    ),
    (MySql, "INSERT IGNORE INTO `tags` (`name`) VALUES (?)"),
    (
        MySql,
        "INSERT INTO `tags` (`name`) VALUES (?) ON DUPLICATE KEY UPDATE `name` = VALUES(`name`)",
    ),
    (MySql, "REPLACE INTO `tags` (`name`) VALUES (?)"),
    (MySql, "INSERT INTO `tags` SET `name` = ?"),
    (Sqlite, "INSERT OR IGNORE INTO tags (name) VALUES (?1)"),
];

const BY_THE_BATCH: &[(Dialect, &str)] = &[
    (Postgres, "INSERT INTO tags (name) VALUES ($1), ($2)"),
    (
        Postgres,
        "INSERT INTO tags (name) SELECT * FROM unnest($1::text[])",
    ),
    (
        Postgres,
        "INSERT INTO archive SELECT * FROM posts WHERE author_id = $1",
    ),
    (
        Postgres,
        "UPDATE posts SET views = v.views FROM unnest($1::int[], $2::int[]) AS v (id, views) WHERE v.id = posts.id",
    ),
    (Postgres, "UPDATE posts SET views = 0 WHERE id = ANY($1)"),
    (Postgres, "DELETE FROM posts WHERE created_at < $1"),
    (Postgres, "DELETE FROM posts WHERE id BETWEEN $1 AND $2"),
    (
        Postgres,
        "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE done_at < $1 LIMIT 1000)",
    ),
    (
        Postgres,
        "UPDATE jobs SET taken_at = $1 WHERE id = (SELECT id FROM jobs WHERE state = 'new' LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
    ),
    (Postgres, "COPY tags FROM STDIN"),
    (
        MySql,
        "DELETE FROM `posts` WHERE `blog_id` = ? ORDER BY `id` LIMIT 1000",
    ),
    (
        MySql,
        "UPDATE `posts` SET `draft` = ? WHERE `blog_id` = ? LIMIT 1000",
    ),
];

fn of_other_databases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(dialect, sql) in ROW_BY_ROW {
        let body = move || (0..opaque(6)).for_each(|id| ran(dialect, sql, id));
        cases.push(told(format!("a loop of {sql}"), body).finds(ID, 6));
    }
    for &(dialect, sql) in BY_THE_BATCH {
        let body = move || (0..opaque(6)).for_each(|id| ran(dialect, sql, id));
        cases.push(told(format!("no loop of {sql}"), body));
    }
    cases.push(told("a retry after each error", || {
        for attempt in 0..opaque(6) {
            let failed = Completion::new().failed(attempt < 5);
            let sql = "INSERT INTO slugs (slug) VALUES ($1)";
            adapter::record(&query(Postgres, sql, attempt).completion(failed));
        }
    }));
    cases
}
