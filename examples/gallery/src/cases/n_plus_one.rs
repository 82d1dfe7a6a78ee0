//! A hundred posts, each with its author. Before: one query for each author.
//! After: one query for all of them.

use axum::routing::get;

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

mod in_diesel {
    use std::collections::HashMap;

    use axum::Json;
    use axum::extract::State;
    use blog_diesel::db::{self, Pool};
    use blog_diesel::error::AppError;
    use blog_diesel::model::{Author, Post, PostWithAuthor};
    use blog_diesel::schema::{authors, posts};
    use diesel::prelude::*;

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(
        State(pool): State<Pool>,
    ) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
        let posts = db::run(pool, |conn| {
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
    pub(super) async fn after(
        State(pool): State<Pool>,
    ) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
        let posts = db::run(pool, |conn| {
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
    use blog_sea_orm::entity::{author, post};
    use blog_sea_orm::error::AppError;
    use blog_sea_orm::model::PostWithAuthor;
    use sea_orm::{
        DatabaseConnection, DbErr, EntityTrait, LoaderTrait, ModelTrait, QueryOrder, QuerySelect,
    };

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn before(
        State(db): State<DatabaseConnection>,
    ) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
        let mut answer = Vec::new();
        for post in latest(&db).await? {
            let author = post.find_related(author::Entity).one(&db).await?;
            answer.push(PostWithAuthor { post, author });
        }
        Ok(Json(answer))
    }

    #[perfguard::query_budget(max = 2)]
    pub(super) async fn after(
        State(db): State<DatabaseConnection>,
    ) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
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
