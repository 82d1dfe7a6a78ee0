//! What only the scope of a request keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use crate::budget::Budget;

/// Stands for the status of a request that was not answered.
const UNANSWERED: u16 = 0;

/// What a request is held to where no function in it says more, and how it was
/// answered.
#[derive(Debug, Default)]
pub(crate) struct RequestState {
    budget: Option<Arc<Budget>>,
    has_annotated: AtomicBool,
    status: AtomicU16,
}

impl RequestState {
    // Relaxed throughout: who ends the request has polled what it ran.

    pub(super) fn new(budget: Option<Arc<Budget>>) -> Self {
        Self {
            budget,
            ..Self::default()
        }
    }

    /// Its own budget, unless an annotated function ran: what that states
    /// counts.
    pub(crate) fn budget(&self) -> Option<&Arc<Budget>> {
        let budget = self.budget.as_ref();
        budget.filter(|_| !self.has_annotated.load(Ordering::Relaxed))
    }

    pub(super) fn note_annotated(&self) {
        self.has_annotated.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_status(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// The status code of its answer, if it was answered.
    pub(crate) fn status(&self) -> Option<u16> {
        let status = self.status.load(Ordering::Relaxed);
        (status != UNANSWERED).then_some(status)
    }
}
