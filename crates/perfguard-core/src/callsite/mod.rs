//! Call sites: which place in the user's code ran a statement.
//!
//! A site's identity is the [`Chain`] of raw return addresses from the adapter
//! up to the scope. No symbol is needed to tell two callers of one helper
//! apart, or to see that a loop is one place: an address stands for one call
//! in the machine code, whatever the debug information. The chain is cut at
//! the *mark* that the scope left on the stack when it was entered, so that
//! whatever polls the scope (a first poll, a wake on another worker) does not
//! count.
//!
//! Symbols only display a site, and are resolved when somebody reads a report
//! (see [`CallSite`]). A small loop with a constant number of rounds may be
//! unrolled by an optimising build and then looks like separate lines: such a
//! repeat is missed, never invented.
//!
//! Each enclosing scope cuts the same stack at its own mark, because two calls
//! of an annotated helper are one place for the helper and two places for its
//! caller.

mod frames;
mod resolve;

use std::sync::Arc;

use smallvec::SmallVec;

pub(crate) use frames::Mark;
pub use resolve::{CallSite, Frame};

/// How many return addresses are read at most. Stacks of async handlers in a
/// debug build are 30 to 75 frames deep up to the scope; the frames nearest to
/// the query are kept.
const MAX_FRAMES: usize = 128;

/// How many marks one stack can hold: scopes are nested two or three deep.
pub(crate) type Marks = SmallVec<[Mark; 8]>;

/// The place in a scope that ran a statement: equal for equal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SiteId(u64);

/// Raw return addresses, nearest first, and where they came from if the work
/// was handed over to another task or thread.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    addresses: Arc<[usize]>,
    origin: Option<Arc<Origin>>,
}

impl Chain {
    /// The user's frames, nearest first; `None` without debug information.
    pub(crate) fn resolve(&self) -> Option<CallSite> {
        resolve::resolve(&self.addresses).or_else(|| {
            let origin = self.origin.as_ref()?;
            origin.trace.chain.resolve()
        })
    }
}

/// One walk of the stack: the chain, and the identity it has for each scope
/// that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) chain: Chain,
    sites: SmallVec<[(u64, SiteId); 4]>,
}

impl Trace {
    /// The identity of the place as the scope `id` sees it.
    pub(crate) fn site(&self, scope: u64) -> Option<SiteId> {
        self.sites
            .iter()
            .find(|(id, _)| *id == scope)
            .map(|(_, site)| *site)
    }
}

/// Where work was handed to another task or thread.
#[derive(Debug)]
pub(crate) struct Origin {
    trace: Trace,
}

impl Origin {
    pub(crate) fn new(trace: Trace) -> Self {
        Self { trace }
    }
}

/// One scope on the way from a query to the root, and where it cuts the stack.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) scope: u64,
    pub(crate) mark: Mark,
    pub(crate) origin: Option<Arc<Origin>>,
}

/// Walks the stack once, and cuts it for each of `cuts`, innermost first.
///
/// Resolves nothing; costs a few microseconds.
#[inline(never)]
pub(crate) fn trace(cuts: &[Cut]) -> Trace {
    let marks: Marks = cuts.iter().map(|cut| cut.mark).collect();
    let walk = frames::walk::<MAX_FRAMES>(&marks);
    let sites = cuts
        .iter()
        .zip(&walk.lengths)
        .map(|(cut, length)| {
            let own = walk.addresses.get(..*length).unwrap_or_default();
            let before = cut
                .origin
                .as_ref()
                .and_then(|origin| origin.trace.site(cut.scope))
                .map_or(0, |site| site.0);
            (cut.scope, SiteId(mix(own, before)))
        })
        .collect();
    Trace {
        chain: Chain {
            addresses: walk.addresses.as_slice().into(),
            origin: cuts.last().and_then(|cut| cut.origin.clone()),
        },
        sites,
    }
}

/// A multiplicative hash: addresses are not chosen by an adversary.
fn mix(addresses: &[usize], seed: u64) -> u64 {
    addresses.iter().fold(seed, |hash, address| {
        (hash.rotate_left(5) ^ *address as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
    })
}
