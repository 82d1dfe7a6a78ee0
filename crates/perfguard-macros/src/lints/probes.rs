//! Questions to the compiler: is what is passed to this call a database connection?
//!
//! A question stands in a branch that never runs, beside the statement that it is about:
//!
//! ```text
//! let author = if true { load_author(conn, post.author_id)? } else { <question>; loop {} };
//! ```
//!
//! The compiler looks at the second branch after the first, so that what the call decides about a
//! type is decided by then; and where the first branch moves a value, the second one still has it.

mod insert;
mod wanted;

use syn::{Block, Signature};

use self::insert::Insert;
use perfguard_lints::Levels;

/// Writes the questions into `block`. `opened` is the same with its macro calls opened.
///
/// False if there are none.
pub(crate) fn insert(sig: &Signature, block: &mut Block, opened: &Block, levels: &Levels) -> bool {
    let wanted = wanted::find(sig, opened, levels);
    if wanted.is_empty() {
        return false;
    }
    let mut inserting = Insert::new(&wanted);
    inserting.block(block);
    inserting.has_asked
}
