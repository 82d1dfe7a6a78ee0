use diesel::prelude::*;
use perfguard::statement::Dialect::Postgres;
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder};

use crate::corpus::case::{Case, Rule, diesel, diesel_guarded, sea_orm, sea_orm_guarded, told};
use crate::corpus::in_diesel::{Post, authors, comments, posts};
use crate::corpus::in_sea_orm::{comment, post};
use crate::corpus::told::returned;

const ID: &str = "small-data";

pub(super) fn rule() -> Rule {
    let mut cases = in_diesel();
    cases.extend(in_sea_orm());
    cases.extend(of_other_databases());
    Rule {
        id: ID,
        file: file!(),
        source: include_str!("small_data.rs"),
        cases,
    }
}

/// The posts with this title, sorted.
macro_rules! titled {
    ($conn:expr, $title:expr) => {
        posts::table
            .filter(posts::title.eq($title))
            .order(posts::id)
            .select(Post::as_select())
            .load($conn)?
    };
}

fn in_diesel() -> Vec<Case> {
    vec![
        diesel_guarded("one post, and its author", |conn| {
            for post in titled!(conn, "Post 3") {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?; //~ one post, and its author
            }
            Ok(())
        })
        .notes(ID),
        diesel_guarded("one post, and its comments", |conn| {
            for post in titled!(conn, "Post 3") {
                comments::table
                    .filter(comments::post_id.eq(post.id))
                    .select(comments::body)
                    .load::<String>(conn)?;
            }
            Ok(())
        })
        .notes(ID),
        diesel_guarded("six posts, and their authors", |conn| {
            let posts: Vec<Post> = posts::table
                .order(posts::id)
                .limit(6)
                .select(Post::as_select())
                .load(conn)?;
            authors::table
                .filter(authors::id.eq_any(posts.iter().map(|post| post.author_id)))
                .select(authors::name)
                .load::<String>(conn)?;
            Ok(())
        }),
        diesel_guarded("no post", |conn| {
            for post in titled!(conn, "Post 9") {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?;
            }
            Ok(())
        }),
        diesel("one post of unknown length", |conn| {
            for post in titled!(conn, "Post 3") {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?;
            }
            Ok(())
        }),
        diesel_guarded("the post, and its author", |conn| {
            let post: Post = posts::table.find(3).select(Post::as_select()).first(conn)?;
            authors::table
                .find(post.author_id)
                .select(authors::name)
                .first::<String>(conn)?;
            Ok(())
        }),
        diesel_guarded("in production, one post", |conn| {
            for post in titled!(conn, "Post 3") {
                authors::table
                    .find(post.author_id)
                    .select(authors::name)
                    .first::<String>(conn)?;
            }
            Ok(())
        })
        .in_production(),
    ]
}

fn in_sea_orm() -> Vec<Case> {
    vec![
        sea_orm_guarded("a post, and what was said of it", async |db| {
            let titled = post::Entity::find()
                .filter(post::Column::Title.eq("Post 3"))
                .order_by_asc(post::Column::Id);
            for post in titled.all(&db).await? {
                comment::Entity::find()
                    .filter(comment::Column::PostId.eq(post.id))
                    .all(&db)
                    .await?; //~ a post, and what was said of it
            }
            Ok(())
        })
        .notes(ID),
        sea_orm_guarded("a post by its key, and what was said of it", async |db| {
            if let Some(post) = post::Entity::find_by_id(3).one(&db).await? {
                post.find_related(comment::Entity).all(&db).await?;
            }
            Ok(())
        }),
        sea_orm(
            "a post of unknown length, and what was said of it",
            async |db| {
                let titled = post::Entity::find()
                    .filter(post::Column::Title.eq("Post 3"))
                    .order_by_asc(post::Column::Id);
                for post in titled.all(&db).await? {
                    comment::Entity::find()
                        .filter(comment::Column::PostId.eq(post.id))
                        .all(&db)
                        .await?;
                }
                Ok(())
            },
        ),
    ]
}

fn of_other_databases() -> Vec<Case> {
    let page = |list: &'static str, rows: u64, look_up: &'static str| {
        move || {
            returned(Postgres, list, 0, rows);
            returned(Postgres, look_up, 1, 1);
        }
    };
    let list = "SELECT id, author_id FROM posts LIMIT 20";
    let author = "SELECT name FROM authors WHERE id = $1";
    vec![
        told("a list of one row and a look-up", page(list, 1, author)).notes(ID),
        told("a list of two rows and a look-up", page(list, 2, author)),
        told(
            "one row by intent",
            page("SELECT id, author_id FROM posts LIMIT 1", 1, author),
        ),
        told(
            "what does not belong to it",
            page(list, 1, "SELECT theme FROM settings WHERE id = $1"),
        ),
    ]
}
