//! All that is measured.

use std::error::Error;

/// Looks up each of the ids.
pub(crate) type LookUp = Box<dyn FnMut(&[i32]) -> Result<(), Box<dyn Error>>>;

/// Contenders that run the same queries.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    /// The first is what the others are compared with, and so is the second:
    /// the same again, to show the noise.
    pub(crate) contenders: Vec<Contender>,
}

pub(crate) struct Contender {
    /// On the command line of its process.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) role: Role,
    pub(crate) sees: Sees,
    /// Runs in a process of its own: much of this is set for the process.
    pub(crate) set_up: fn() -> Result<LookUp, Box<dyn Error>>,
}

/// What is asked of a contender.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// Nothing: it is there to compare with.
    Reference,
    /// perfguard, and how many percent it may cost, if there is a bound.
    Perfguard(Option<f64>),
    /// Others, who have to cost more than perfguard.
    Peer,
}

/// What perfguard has to see of its queries. Checked before each measurement:
/// what is not connected costs nothing.
#[derive(Clone, Copy)]
pub(crate) enum Sees {
    /// Nothing is connected.
    Nothing,
    /// Queries in no scope.
    Unattributed,
    /// Queries in a scope.
    Scoped,
}
