//! What the routes answer with.

use serde::{Deserialize, Serialize};

use crate::entity::{author, comment, post};

/// Rows on a page.
pub const PAGE_SIZE: u64 = 20;

/// A post with the author's name at hand.
#[derive(Clone, Debug, Serialize)]
pub struct PostWithAuthor {
    /// The post.
    #[serde(flatten)]
    pub post: post::Model,
    /// Who wrote it.
    pub author: Option<author::Model>,
}

/// A comment with the headline of its post.
#[derive(Clone, Debug, Serialize)]
pub struct CommentOnPost {
    /// The comment.
    #[serde(flatten)]
    pub comment: comment::Model,
    /// The headline of the post.
    pub post_title: Option<String>,
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
    pub fn offset(self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * PAGE_SIZE
    }
}
