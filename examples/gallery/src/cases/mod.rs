//! The cases, one file each.

mod n_plus_one;
mod page_without_limit;

use crate::case::Case;

/// All cases, in the order of the table.
pub(crate) const ALL: &[Case] = &[n_plus_one::CASE, page_without_limit::CASE];
