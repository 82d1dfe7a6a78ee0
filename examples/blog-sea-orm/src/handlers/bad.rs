//! The same routes with the mistakes that perfguard is there to catch.
//!
//! They answer the same, and on a developer's little database just as fast.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use std::cmp::Reverse;

use axum::Json;
use axum::extract::{Path, Query, State};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::entity::{author, comment, post};
use crate::error::AppError;
use crate::model::{CommentOnPost, PAGE_SIZE, Page, PostWithAuthor};

/// N+1: the latest posts, then one query for the author of each.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 2)]
pub async fn posts(
    State(db): State<DatabaseConnection>,
) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
    let posts = post::Entity::find()
        .order_by_desc(post::Column::Id)
        .limit(PAGE_SIZE)
        .all(&db)
        .await?;
    let mut answer = Vec::with_capacity(posts.len());
    for post in posts {
        let author = post.find_related(author::Entity).one(&db).await?; // once per post
        answer.push(PostWithAuthor { post, author });
    }
    Ok(Json(answer))
}

/// Reads the whole table and throws all but a page away.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 1)]
pub async fn archive(
    State(db): State<DatabaseConnection>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<post::Model>>, AppError> {
    let mut posts = post::Entity::find().all(&db).await?;
    posts.sort_unstable_by_key(|post| Reverse(post.id));
    let page = posts
        .into_iter()
        .skip(page.offset() as usize)
        .take(PAGE_SIZE as usize);
    Ok(Json(page.collect()))
}

/// N+1: the comments, then one query for the post of each.
///
/// # Errors
/// [`AppError::NotFound`] if there is no such author.
#[perfguard::query_budget(max = 3)]
pub async fn comments(
    State(db): State<DatabaseConnection>,
    Path(author): Path<i32>,
) -> Result<Json<Vec<CommentOnPost>>, AppError> {
    let author = author::Entity::find_by_id(author)
        .one(&db)
        .await?
        .ok_or(AppError::NotFound)?;
    let comments = comment::Entity::find()
        .filter(comment::Column::AuthorId.eq(author.id))
        .order_by_desc(comment::Column::Id)
        .limit(PAGE_SIZE)
        .all(&db)
        .await?;
    let mut answer = Vec::with_capacity(comments.len());
    for comment in comments {
        let post = post::Entity::find_by_id(comment.post_id).one(&db).await?;
        answer.push(CommentOnPost {
            comment,
            post_title: post.map(|post| post.title),
        });
    }
    Ok(Json(answer))
}
