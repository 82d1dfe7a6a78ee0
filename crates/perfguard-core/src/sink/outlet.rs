//! One sink, and what keeps it away from the application.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Ended, Sink, complain};
use crate::scope::current;

/// What went wrong in perfguard itself and in what it calls.
static INTERNAL_ERRORS: AtomicU64 = AtomicU64::new(0);

/// How often something went wrong in perfguard itself, or in what it calls, and
/// was kept from the application: a sink or a `tracing` subscriber that
/// panicked.
#[must_use]
pub fn internal_errors() -> u64 {
    INTERNAL_ERRORS.load(Ordering::Relaxed)
}

/// Runs code of others, with recording switched off; false if it has panicked,
/// which is counted.
pub(crate) fn caught(run: impl FnOnce()) -> bool {
    let done = current::quietly(|| catch_unwind(AssertUnwindSafe(run)));
    let Err(thrown) = done else {
        return true;
    };
    // It may panic again when it is dropped.
    std::mem::forget(thrown);
    INTERNAL_ERRORS.fetch_add(1, Ordering::Relaxed);
    false
}

/// A sink, switched off once it has panicked.
#[derive(Debug)]
pub(crate) struct Outlet {
    sink: Box<dyn Sink>,
    switch: Switch,
}

impl Outlet {
    pub(crate) fn new(sink: impl Sink) -> Self {
        Self {
            sink: Box::new(sink),
            switch: Switch::new(),
        }
    }

    /// Gives it a scope, unless it is switched off.
    pub(super) fn give(&self, ended: &Ended<'_>) {
        let has_failed = self.switch.guard(|| self.sink.scope_ended(ended));
        if has_failed {
            let name = catch_unwind(AssertUnwindSafe(|| self.sink.name()));
            let name = name.unwrap_or("a sink");
            complain(&format!(
                "{name} panicked and is switched off: it hears of no scope until the process starts again"
            ));
        }
    }
}

/// Lets code of others run, until it panics for the first time.
#[derive(Debug)]
pub(super) struct Switch {
    is_off: AtomicBool,
}

impl Switch {
    pub(super) const fn new() -> Self {
        Self {
            is_off: AtomicBool::new(false),
        }
    }

    /// Runs code of others, with recording switched off; true if it has
    /// panicked just now, for the first time.
    pub(super) fn guard(&self, run: impl FnOnce()) -> bool {
        if self.is_off.load(Ordering::Relaxed) {
            return false;
        }
        !caught(run) && !self.is_off.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::Switch;

    #[test]
    fn what_panics_is_switched_off_and_heard_of_once() {
        let switch = Switch::new();
        let mut runs = 0;
        assert!(!switch.guard(|| runs += 1));
        assert!(switch.guard(|| std::panic::resume_unwind(Box::new(Rude))));
        assert!(!switch.guard(|| runs += 1));
        assert_eq!(runs, 1);
    }

    struct Rude;

    impl Drop for Rude {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("dropped"));
        }
    }
}
