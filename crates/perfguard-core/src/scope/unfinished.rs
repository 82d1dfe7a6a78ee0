//! Requests that have answered, and whose bodies nobody has taken yet.
//!
//! A test may look at a status and keep the answer until it is over. What it
//! observes, or fails for, has to hold the request all the same: so a scope
//! under test knows these requests, and ends them before it ends itself.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::State;

/// How many of them a scope knows at once.
const MAX: usize = 64;

/// The requests inside one scope.
#[derive(Debug, Default)]
pub(super) struct Unfinished(Mutex<Vec<Weak<State>>>);

impl Unfinished {
    /// Notes a request whose head is there.
    pub(super) fn note(&self, request: &Arc<State>) {
        let is_open = |it: &Weak<State>| it.upgrade().is_some_and(|it| it.is_open());
        // Held while some flags are read; nothing is called out to.
        let mut requests = self.0.lock();
        requests.retain(is_open);
        if requests.len() < MAX {
            requests.push(Arc::downgrade(request));
        }
    }

    /// Gives those that are still open, once.
    pub(super) fn take(&self) -> Vec<Arc<State>> {
        let requests = std::mem::take(&mut *self.0.lock());
        let requests = requests.iter().filter_map(Weak::upgrade);
        requests.filter(|request| request.is_open()).collect()
    }
}
