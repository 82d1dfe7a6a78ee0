//! Questions to the compiler: is what is passed to this call a database connection?
//!
//! A question stands in a branch that never runs, in front of the statement that it is about:
//!
//! ```text
//! if false { <question>; loop {} }
//! let author = load_author(conn, post.author_id)?;
//! ```
//!
//! It decides no type, because only those variables are asked about whose type is decided already; and
//! it does not come back, so that it neither borrows nor moves for what follows.

mod held;
mod insert;
mod wanted;

use perfguard_lints::Levels;
use quote::ToTokens;
use syn::visit_mut::VisitMut;
use syn::{Block, Signature};

use self::insert::Insert;
use super::variables::Variables;

/// Writes the questions into `block`. `opened` is the same with its macro calls opened.
///
/// False if there are none.
pub(crate) fn insert(sig: &Signature, block: &mut Block, opened: &Block, levels: &Levels) -> bool {
    let variables = Variables::of(sig, opened);
    let written = block.to_token_stream();
    let wanted = wanted::find(sig, opened, written, &variables, levels);
    if wanted.is_empty() {
        return false;
    }
    let mut inserting = Insert::new(&wanted, &variables);
    inserting.visit_block_mut(block);
    inserting.has_asked
}
