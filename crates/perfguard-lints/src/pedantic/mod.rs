//! Lints that are right less often than not in mature code: they speak only where they are asked.

mod awaits;
mod cache;
mod per_item;
mod unbounded;

use syn::{Block, Signature};

use crate::connection::Aliases;
use crate::orm::Orms;
use crate::query::Known;
use crate::strict::Finding;
use crate::walk::{self, Site};

pub(crate) use cache::growing_caches;

/// What is found in one function that is right less often than not.
///
/// Tables that are loaded whole, reads that wait for each other without need, and values that are
/// serialised or services that are called once for each item of a loop. Macro calls are looked into
/// if [`open_macros`](crate::open_macros) made expressions of what stands in them.
pub fn pedantic_lints(signature: &Signature, body: &Block) -> Vec<Finding> {
    let inputs = signature.inputs.iter();
    let known = Known::of(
        inputs,
        Some(&signature.generics),
        body,
        Orms::ALL,
        &Aliases::default(),
    );
    let sites = walk::sites(&signature.inputs, body, walk::Sight::Names);
    find(&known, &sites, signature, body)
}

/// The same, with what is known of the body.
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
