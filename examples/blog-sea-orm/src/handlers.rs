//! The routes as they should be.

pub mod bad;

use axum::Json;
use axum::extract::{Path, Query, State};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, LoaderTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::entity::{author, comment, post};
use crate::error::AppError;
use crate::model::{CommentOnPost, PAGE_SIZE, Page, PostWithAuthor};

/// The latest posts, each with its author: one query for each table.
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
    let authors = posts.load_one(author::Entity, &db).await?;
    let posts = posts
        .into_iter()
        .zip(authors)
        .map(|(post, author)| PostWithAuthor { post, author });
    Ok(Json(posts.collect()))
}

/// A page of all posts, newest first: the database does the paging.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 1)]
pub async fn archive(
    State(db): State<DatabaseConnection>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<post::Model>>, AppError> {
    let posts = post::Entity::find()
        .order_by_desc(post::Column::Id)
        .limit(PAGE_SIZE)
        .offset(page.offset())
        .all(&db)
        .await?;
    Ok(Json(posts))
}

/// An author's latest comments, each with the headline of its post: one join.
///
/// # Errors
/// [`AppError::NotFound`] if there is no such author.
#[perfguard::query_budget(max = 2)]
pub async fn comments(
    State(db): State<DatabaseConnection>,
    Path(author): Path<i32>,
) -> Result<Json<Vec<CommentOnPost>>, AppError> {
    let author = author::Entity::find_by_id(author)
        .one(&db)
        .await?
        .ok_or(AppError::NotFound)?;
    let rows = comment::Entity::find()
        .find_also_related(post::Entity)
        .filter(comment::Column::AuthorId.eq(author.id))
        .order_by_desc(comment::Column::Id)
        .limit(PAGE_SIZE)
        .all(&db)
        .await?;
    let comments = rows.into_iter().map(|(comment, post)| CommentOnPost {
        comment,
        post_title: post.map(|post| post.title),
    });
    Ok(Json(comments.collect()))
}
