//! What only the scope of a test keeps.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::baseline::{self, Counts};
use crate::traced::Traced;

/// Which part of a test it is about, and what it has compared.
#[derive(Debug, Default)]
pub(crate) struct TestState {
    /// Whether a part was said to be what the test is about.
    has_acted: AtomicBool,
    /// What such parts have run: statements and how often.
    acted: Mutex<Option<Counts>>,
    baselines: AtomicU32,
}

impl TestState {
    // Relaxed throughout: a test acts and ends on one task.

    pub(super) fn begin_act(&self) {
        self.has_acted.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_acted(&self) -> bool {
        self.has_acted.load(Ordering::Relaxed)
    }

    /// Adds what a part has run that the test is about.
    pub(crate) fn note_acted(&self, traced: &Traced) {
        let mut acted = self.acted.lock();
        let acted = acted.get_or_insert_default();
        for (text, count) in baseline::counts(traced) {
            *acted.entry(text).or_default() += count;
        }
    }

    /// What those parts have run, if there were any.
    pub(crate) fn acted(&self) -> Option<Counts> {
        self.acted.lock().clone()
    }

    /// The number of the next baseline, counted from 1.
    pub(crate) fn next_baseline(&self) -> u32 {
        self.baselines.fetch_add(1, Ordering::Relaxed) + 1
    }
}
