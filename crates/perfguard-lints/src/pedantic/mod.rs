//! Lints that are right less often than not in mature code: they speak only where they are asked.

mod awaits;
mod cache;
mod per_item;
mod unbounded;

use syn::{Block, Signature};

use crate::query::Known;
use crate::strict::Finding;
use crate::walk::Site;

pub(crate) use cache::growing_caches;

/// What is found in one function.
pub(crate) fn find(
    known: &Known<'_>,
    sites: &[Site<'_>],
    signature: &Signature,
    body: &Block,
) -> Vec<Finding> {
    let mut found = unbounded::find(known, sites);
    found.extend(per_item::find(sites));
    if signature.asyncness.is_some() {
        found.extend(awaits::find(known, body));
    }
    found
}
