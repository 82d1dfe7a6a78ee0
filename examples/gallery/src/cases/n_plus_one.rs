//! A hundred posts, each with its author. Before: one query for each author.
//! After: one query for all of them.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use axum::routing::get;
use serde::Serialize;

use crate::case::Case;

pub(super) const CASE: Case = Case::new("N+1", "/posts", &["n-plus-one"])
    .diesel(|| get(in_diesel::before), || get(in_diesel::after))
    .sea_orm(|| get(in_sea_orm::before), || get(in_sea_orm::after));

/// What every version answers.
#[derive(Serialize)]
struct PostWithAuthor<P, A> {
    post: P,
    author: A,
}

mod in_diesel {
    use std::collections::HashMap;

    use axum::Json;
    use axum::extract::State;
    use diesel::prelude::*;

    use super::PostWithAuthor;
    use crate::failed::Failed;
    use crate::in_diesel::blog::{Author, Post, authors, posts};
    use crate::in_diesel::{Connection, Diesel};

    type Posts = Json<Vec<PostWithAuthor<Post, Author>>>;

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(diesel): State<Diesel>) -> Result<Posts, Failed> {
        let posts = diesel
            .run(|conn| {
                let mut answer = Vec::new();
                for post in latest(conn)? {
                    let author = authors::table
                        .find(post.author_id)
                        .select(Author::as_select())
                        .first(conn)?;
                    answer.push(PostWithAuthor { post, author });
                }
                Ok(answer)
            })
            .await?;
        Ok(Json(posts))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(diesel): State<Diesel>) -> Result<Posts, Failed> {
        let posts = diesel
            .run(|conn| {
                let posts = latest(conn)?;
                let authors: HashMap<i32, Author> = authors::table
                    .filter(authors::id.eq_any(posts.iter().map(|post| post.author_id)))
                    .select((authors::id, Author::as_select()))
                    .load(conn)?
                    .into_iter()
                    .collect();
                let with_author = posts.into_iter().filter_map(|post| {
                    let author = authors.get(&post.author_id)?.clone();
                    Some(PostWithAuthor { post, author })
                });
                Ok(with_author.collect())
            })
            .await?;
        Ok(Json(posts))
    }

    fn latest(conn: &mut Connection) -> QueryResult<Vec<Post>> {
        posts::table
            .select(Post::as_select())
            .order(posts::id.desc())
            .limit(100)
            .load(conn)
    }
}

mod in_sea_orm {
    use axum::Json;
    use axum::extract::State;
    use sea_orm::{DbErr, EntityTrait, LoaderTrait, ModelTrait, QueryOrder, QuerySelect};

    use super::PostWithAuthor;
    use crate::case::SeaOrm;
    use crate::failed::Failed;
    use crate::in_sea_orm::blog::{author, post};

    type Posts = Json<Vec<PostWithAuthor<post::Model, Option<author::Model>>>>;

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(db): State<SeaOrm>) -> Result<Posts, Failed> {
        let mut answer = Vec::new();
        for post in latest(&db).await? {
            let author = post.find_related(author::Entity).one(&db).await?;
            answer.push(PostWithAuthor { post, author });
        }
        Ok(Json(answer))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(db): State<SeaOrm>) -> Result<Posts, Failed> {
        let posts = latest(&db).await?;
        let authors = posts.load_one(author::Entity, &db).await?;
        let with_author = posts
            .into_iter()
            .zip(authors)
            .map(|(post, author)| PostWithAuthor { post, author });
        Ok(Json(with_author.collect()))
    }

    async fn latest(db: &SeaOrm) -> Result<Vec<post::Model>, DbErr> {
        post::Entity::find()
            .order_by_desc(post::Column::Id)
            .limit(100)
            .all(db)
            .await
    }
}
