//! The tables.

pub mod author;
pub mod comment;
pub mod post;
