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
use diesel::prelude::*;

use crate::db::{self, Pool};
use crate::error::AppError;
use crate::model::{Author, Comment, CommentOnPost, PAGE_SIZE, Page, Post, PostWithAuthor};
use crate::schema::{authors, comments, posts};

/// N+1: the latest posts, then one query for the author of each.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 2)]
pub async fn posts(State(pool): State<Pool>) -> Result<Json<Vec<PostWithAuthor>>, AppError> {
    let posts = db::run(pool, |conn| {
        let posts = posts::table
            .select(Post::as_select())
            .order(posts::id.desc())
            .limit(PAGE_SIZE)
            .load(conn)?;
        let mut answer = Vec::with_capacity(posts.len());
        for post in posts {
            let author = authors::table
                .find(post.author_id)
                .select(Author::as_select())
                .first(conn)?; // once per post
            answer.push(PostWithAuthor { post, author });
        }
        Ok(answer)
    })
    .await?;
    Ok(Json(posts))
}

/// Reads the whole table and throws all but a page away.
///
/// # Errors
/// If the database cannot be asked.
#[perfguard::query_budget(max = 1)]
pub async fn archive(
    State(pool): State<Pool>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Post>>, AppError> {
    let mut posts = db::run(pool, |conn| {
        posts::table.select(Post::as_select()).load(conn)
    })
    .await?;
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
    State(pool): State<Pool>,
    Path(author): Path<i32>,
) -> Result<Json<Vec<CommentOnPost>>, AppError> {
    let comments = db::run(pool, move |conn| {
        authors::table
            .find(author)
            .select(authors::id)
            .first::<i32>(conn)?;
        let comments = comments::table
            .filter(comments::author_id.eq(author))
            .select(Comment::as_select())
            .order(comments::id.desc())
            .limit(PAGE_SIZE)
            .load(conn)?;
        comments
            .into_iter()
            .map(|comment| {
                let post = find_post(conn, comment.post_id)?;
                Ok(CommentOnPost {
                    comment,
                    post_title: post.title,
                })
            })
            .collect()
    })
    .await?;
    Ok(Json(comments))
}

fn find_post(conn: &mut SqliteConnection, id: i32) -> QueryResult<Post> {
    posts::table.find(id).select(Post::as_select()).first(conn)
}
