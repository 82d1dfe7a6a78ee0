//! A hundred posts, each with its author. Before: one query for each author.
//! After: one query for all of them.

use axum::routing::get;
use serde::Serialize;

use crate::case::{Case, Versions};

pub(super) const CASE: Case = Case {
    name: "N+1",
    route: "/posts",
    rule: "n-plus-one",
    diesel: Versions {
        before: || get(in_diesel::before),
        after: || get(in_diesel::after),
    },
    sea_orm: Versions {
        before: || get(in_sea_orm::before),
        after: || get(in_sea_orm::after),
    },
};

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
    use crate::diesel_blog::{Author, Pool, Post, authors, posts, run};
    use crate::failed::Failed;

    type Posts = Json<Vec<PostWithAuthor<Post, Author>>>;

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(pool): State<Pool>) -> Result<Posts, Failed> {
        let posts = run(pool, |conn| {
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
    pub(super) async fn after(State(pool): State<Pool>) -> Result<Posts, Failed> {
        let posts = run(pool, |conn| {
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

    fn latest(conn: &mut SqliteConnection) -> QueryResult<Vec<Post>> {
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
    use sea_orm::{
        DatabaseConnection, DbErr, EntityTrait, LoaderTrait, ModelTrait, QueryOrder, QuerySelect,
    };

    use super::PostWithAuthor;
    use crate::failed::Failed;
    use crate::sea_orm_blog::{author, post};

    type Posts = Json<Vec<PostWithAuthor<post::Model, Option<author::Model>>>>;

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(State(db): State<DatabaseConnection>) -> Result<Posts, Failed> {
        let mut answer = Vec::new();
        for post in latest(&db).await? {
            let author = post.find_related(author::Entity).one(&db).await?;
            answer.push(PostWithAuthor { post, author });
        }
        Ok(Json(answer))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(State(db): State<DatabaseConnection>) -> Result<Posts, Failed> {
        let posts = latest(&db).await?;
        let authors = posts.load_one(author::Entity, &db).await?;
        let with_author = posts
            .into_iter()
            .zip(authors)
            .map(|(post, author)| PostWithAuthor { post, author });
        Ok(Json(with_author.collect()))
    }

    async fn latest(db: &DatabaseConnection) -> Result<Vec<post::Model>, DbErr> {
        post::Entity::find()
            .order_by_desc(post::Column::Id)
            .limit(100)
            .all(db)
            .await
    }
}
