//! Rows, and what the routes answer with.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::{authors, comments, posts};

/// Rows on a page.
pub const PAGE_SIZE: i64 = 20;

/// A row of `authors`.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = authors)]
pub struct Author {
    /// Primary key.
    pub id: i32,
    /// As shown to readers.
    pub name: String,
}

/// A row of `posts`.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = posts)]
pub struct Post {
    /// Primary key, ascending by time.
    pub id: i32,
    /// Who wrote it.
    pub author_id: i32,
    /// The headline.
    pub title: String,
}

/// A row of `comments`.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = comments)]
pub struct Comment {
    /// Primary key, ascending by time.
    pub id: i32,
    /// The post it belongs to.
    pub post_id: i32,
    /// Who said it.
    pub author_id: i32,
    /// What was said.
    pub body: String,
}

/// A post with the author's name at hand.
#[derive(Clone, Debug, Serialize)]
pub struct PostWithAuthor {
    /// The post.
    #[serde(flatten)]
    pub post: Post,
    /// Who wrote it.
    pub author: Author,
}

/// A comment with the headline of its post.
#[derive(Clone, Debug, Serialize)]
pub struct CommentOnPost {
    /// The comment.
    #[serde(flatten)]
    pub comment: Comment,
    /// The headline of the post.
    pub post_title: String,
}

/// `?page=2`: which page of a list, counted from 1.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Page {
    #[serde(default)]
    page: u16,
}

impl Page {
    /// How many rows come before the page.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * PAGE_SIZE
    }
}
