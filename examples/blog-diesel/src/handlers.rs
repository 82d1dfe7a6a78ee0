//! The routes as they should be.

pub mod bad;

use axum::Json;
use axum::extract::{Path, Query, State};
use diesel::prelude::*;

use crate::db::{self, Pool};
use crate::error::AppError;
use crate::model::{Author, Comment, CommentOnPost, PAGE_SIZE, Page, Post, PostWithAuthor};
use crate::schema::{authors, comments, posts};

/// The latest posts, each with its author: one join.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 1)]
pub async fn posts(State(pool): State<Pool>) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
    let rows = db::run(pool, |conn| {
        posts::table
            .inner_join(authors::table)
            .select((Post::as_select(), Author::as_select()))
            .order(posts::id.desc())
            .limit(PAGE_SIZE)
            .load(conn)
    })
    .await?;
    let posts = rows
        .into_iter()
        .map(|(post, author)| PostWithAuthor { post, author });
    Ok(Json(posts.collect()))
}

/// A page of all posts, newest first: the database does the paging.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 1)]
pub async fn archive(
    State(pool): State<Pool>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Post>>, AppError> {
    let posts = db::run(pool, move |conn| {
        posts::table
            .select(Post::as_select())
            .order(posts::id.desc())
            .limit(PAGE_SIZE)
            .offset(page.offset())
            .load(conn)
    })
    .await?;
    Ok(Json(posts))
}

/// An author's latest comments, each with the headline of its post.
///
/// # Errors
/// [`AppError::NotFound`] if there is no such author.
#[perfguard::query_budget(max = 2)]
pub async fn comments(
    State(pool): State<Pool>,
    Path(author): Path<i32>,
) -> Result<Json<Vec<CommentOnPost>>, AppError> {
    let rows = db::run(pool, move |conn| {
        authors::table
            .find(author)
            .select(authors::id)
            .first::<i32>(conn)?;
        comments::table
            .inner_join(posts::table)
            .filter(comments::author_id.eq(author))
            .select((Comment::as_select(), posts::title))
            .order(comments::id.desc())
            .limit(PAGE_SIZE)
            .load(conn)
    })
    .await?;
    let comments = rows.into_iter().map(|(comment, post_title)| CommentOnPost {
        comment,
        post_title,
    });
    Ok(Json(comments.collect()))
}
