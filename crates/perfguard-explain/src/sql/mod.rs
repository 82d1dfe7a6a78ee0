//! What a canonical text asks for, block by block.
//!
//! `perfguard-core` keeps no values and few structures: rules need no more. An
//! index needs to know which columns of which table are compared with what, so
//! the canonical text is read once more here, off any request's path. What is
//! not understood is left out: it then is no reason for advice.

mod block;
mod condition;
mod token;

pub(crate) use block::{Block, Source, blocks};
pub(crate) use condition::{Column, Condition, Matcher, Stand, subjects};
pub(crate) use token::{Token, tokens};
