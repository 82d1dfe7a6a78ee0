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
//! (see [`CallSite`]); and they join what a test saw as two places because an
//! iterator of the standard library called the same closure from two lines of
//! its own ([`is_same_place`]). A small loop with a constant number of rounds
//! may be unrolled by an optimising build and then looks like separate lines:
//! such a repeat is missed, never invented.
//!
//! Each enclosing scope cuts the same stack at its own mark, because two calls
//! of an annotated helper are one place for the helper and two places for its
//! caller.
//!
//! A driver may name the place by a [`CallSiteKey`] instead. Then there is
//! nothing to walk and nothing to cut: the key is the site, in every scope.

mod frames;
mod key;
mod resolve;
mod same;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use smallvec::SmallVec;

pub(crate) use frames::Mark;
pub use key::CallSiteKey;
pub use resolve::{CallSite, Frame};
pub(crate) use resolve::{Paths, source_of_adapter};
pub(crate) use same::is_same_place;

/// How many return addresses are read at most. Stacks of async handlers in a
/// debug build are 30 to 75 frames deep up to the scope; the frames nearest to
/// the query are kept.
const MAX_FRAMES: usize = 128;

/// How many hand-overs of the same work are remembered.
const MAX_HOPS: usize = 4;

/// How many marks one stack can hold: scopes are nested two or three deep.
pub(crate) type Marks = SmallVec<[Mark; 8]>;

/// The place in a scope that ran a statement: equal for equal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SiteId(u64);

/// Raw return addresses up to one scope, nearest first, and where they came
/// from if the work was handed over to another task or thread.
#[derive(Clone)]
pub(crate) struct Chain {
    /// Those of the whole walk, shared by all scopes that it was cut for.
    addresses: Arc<[usize]>,
    length: usize,
    origin: Option<Arc<Chain>>,
    /// The driver named the place: there are no addresses.
    key: Option<CallSiteKey>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the addresses: they differ from run to run.
        write!(f, "Chain({})", self.length)
    }
}

impl Chain {
    /// The user's frames, nearest first; `None` without debug information.
    pub(crate) fn resolve(&self) -> Option<CallSite> {
        if let Some(key) = self.key {
            return key.location().map(resolve::stated);
        }
        resolve::resolve(self.addresses()).or_else(|| self.origin.as_ref()?.resolve())
    }

    /// True if there is no line because the build has no line tables.
    pub(crate) fn lacks_lines(&self) -> bool {
        self.key.is_none()
            && !resolve::has_lines(self.addresses())
            && self
                .origin
                .as_ref()
                .is_none_or(|origin| origin.lacks_lines())
    }

    /// A chain that nobody walked.
    #[cfg(test)]
    pub(crate) fn of(addresses: &[usize]) -> Self {
        Self {
            addresses: addresses.into(),
            length: addresses.len(),
            origin: None,
            key: None,
        }
    }

    fn addresses(&self) -> &[usize] {
        self.addresses.get(..self.length).unwrap_or_default()
    }
}

/// One walk of the stack, cut for each scope that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    addresses: Arc<[usize]>,
    places: SmallVec<[Placed; 4]>,
    key: Option<CallSiteKey>,
}

/// The place of one walk as one scope sees it.
#[derive(Clone, Debug)]
struct Placed {
    scope: u64,
    site: SiteId,
    length: usize,
    origin: Option<Arc<Origin>>,
}

impl Trace {
    /// The place that a driver named, which is the same for every scope.
    pub(crate) fn named(key: CallSiteKey) -> Self {
        Self {
            addresses: Arc::default(),
            places: SmallVec::new(),
            key: Some(key),
        }
    }

    /// The place as the scope `id` sees it.
    pub(crate) fn place(&self, id: u64) -> Option<(SiteId, Chain)> {
        if let Some(key) = self.key {
            let chain = Chain {
                addresses: Arc::clone(&self.addresses),
                length: 0,
                origin: None,
                key: self.key,
            };
            return Some((key.site(), chain));
        }
        let placed = self.placed(id)?;
        let origin = placed.origin.as_ref();
        let origin = origin.and_then(|origin| origin.trace.as_ref()?.place(id));
        let chain = Chain {
            addresses: Arc::clone(&self.addresses),
            length: placed.length,
            origin: origin.map(|(_, chain)| Arc::new(chain)),
            key: None,
        };
        Some((placed.site, chain))
    }

    fn placed(&self, id: u64) -> Option<&Placed> {
        self.places.iter().find(|placed| placed.scope == id)
    }
}

/// Where work was handed to another task or thread.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The stack at that moment, under test.
    trace: Option<Trace>,
    location: &'static Location<'static>,
    /// How many times the work had been handed over before.
    hops: usize,
}

impl Origin {
    pub(crate) fn new(trace: Option<Trace>, location: &'static Location<'static>) -> Self {
        let before = trace.iter().flat_map(|trace| &trace.places);
        let hops = before
            .filter_map(|placed| placed.origin.as_ref())
            .map(|origin| origin.hops + 1)
            .max();
        Self {
            trace,
            location,
            hops: hops.unwrap_or(0),
        }
    }

    /// The identity of the place as the scope `id` sees it.
    fn site(&self, id: u64) -> u64 {
        let placed = self.trace.as_ref().and_then(|trace| trace.placed(id));
        placed.map_or_else(
            || {
                let file = self.location.file().as_ptr().addr();
                let (line, column) = (self.location.line(), self.location.column());
                mix(&[file, line as usize, column as usize], 0)
            },
            |placed| placed.site.0,
        )
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
/// Resolves nothing; costs a few microseconds, half a one for each frame: it
/// is inlined to have one fewer.
#[inline(always)]
pub(crate) fn trace(cuts: &[Cut]) -> Trace {
    let marks: Marks = cuts.iter().map(|cut| cut.mark).collect();
    let walk = frames::walk::<MAX_FRAMES>(&marks);
    let places = cuts
        .iter()
        .zip(&walk.lengths)
        .map(|(cut, length)| {
            let own = walk.addresses().get(..*length).unwrap_or_default();
            let before = cut
                .origin
                .as_ref()
                .map_or(0, |origin| origin.site(cut.scope));
            Placed {
                scope: cut.scope,
                site: SiteId(mix(own, before)),
                length: *length,
                // Work that hands itself on makes no chain without end.
                origin: cut.origin.clone().filter(|origin| origin.hops < MAX_HOPS),
            }
        })
        .collect();
    Trace {
        addresses: walk.addresses().into(),
        places,
        key: None,
    }
}

/// A multiplicative hash: addresses are not chosen by an adversary.
fn mix(addresses: &[usize], seed: u64) -> u64 {
    addresses.iter().fold(seed, |hash, address| {
        (hash.rotate_left(5) ^ *address as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
    })
}
