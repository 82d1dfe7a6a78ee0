//! What a scope keeps behind its lock: the ledger, and a tab beside it.
//!
//! A loop sends one text again and again. To look up each time which statement
//! that is, and where the ledger has it, costs more than to count it, also
//! because the driver has pushed both out of the nearest caches meanwhile. So
//! the scope keeps a tab for the last read that it has counted the short way:
//! the same text again, known by its key, only adds to a few numbers beside
//! the lock. They are entered into the ledger before anybody looks at that.

use crate::ledger::{Ledger, Recognised, RecognisedRead, Run, SHORTEST_READ};
use crate::query::Completion;
use crate::statement::{Fingerprint, TextKey};

/// In this order: the tab and the lock share a cache line.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Book {
    tab: Tab,
    is_closed: bool,
    /// In a box, because it is large and moves when the scope ends; none until
    /// something is entered.
    ledger: Option<Box<Ledger>>,
}

/// What a loop runs up.
#[derive(Debug, Default)]
struct Tab {
    /// The text that may be counted here, and how often still.
    text: Option<TextKey>,
    left: u64,
    fingerprint: Option<Fingerprint>,
    /// The judged scope that they ran in, inside this one.
    inside: Option<u64>,
    run: Run,
}

impl Book {
    /// The ledger with everything entered.
    pub(super) fn ledger(&mut self) -> &mut Ledger {
        self.settle();
        self.ledger.get_or_insert_default()
    }

    /// The same, while the scope is open.
    pub(super) fn open(&mut self) -> Option<&mut Ledger> {
        (!self.is_closed).then(|| self.ledger())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Ends it: nothing is entered any more.
    pub(super) fn close(&mut self) -> Box<Ledger> {
        self.settle();
        self.is_closed = true;
        self.ledger.take().unwrap_or_default()
    }

    #[inline]
    fn settle(&mut self) {
        if self.tab.fingerprint.is_some() {
            self.enter_tab();
        }
    }

    #[inline(never)]
    fn enter_tab(&mut self) {
        let tab = std::mem::take(&mut self.tab);
        if let Some(fingerprint) = tab.fingerprint.filter(|_| !tab.run.is_empty()) {
            let ledger = self.ledger.get_or_insert_default();
            ledger.enter_run(fingerprint, &tab.run, tab.inside);
        }
    }

    /// Counts one more read of a text that the tab is for, if `outer`, the
    /// scopes around this one, have it on theirs; which statement it is.
    #[inline]
    pub(super) fn count_again(
        &mut self,
        text: TextKey,
        completion: &Completion,
        inside: Option<u64>,
        outer: impl FnOnce() -> bool,
    ) -> Option<Fingerprint> {
        let tab = &mut self.tab;
        let is_meant = tab.text == Some(text) && tab.left > 0 && tab.inside == inside;
        if !is_meant || !is_ordinary(completion) || !outer() {
            return None;
        }
        tab.left -= 1;
        tab.run.count += 1;
        tab.run.complete(completion);
        tab.fingerprint
    }

    /// Counts a read the short way. The next of the same text, if it has one,
    /// may go on the tab.
    pub(super) fn count_recognised(
        &mut self,
        text: Option<TextKey>,
        read: &RecognisedRead<'_>,
        inside: Option<u64>,
        outer: impl FnOnce() -> Recognised,
    ) -> Recognised {
        let Some(ledger) = self.open() else {
            return Recognised::Unable;
        };
        let counted = ledger.count_recognised(read, inside, outer);
        if let (Some(text), Recognised::Counted { left }) = (text, counted) {
            self.tab = Tab {
                text: Some(text),
                left,
                fingerprint: Some(read.fingerprint),
                inside,
                run: Run::default(),
            };
        }
        counted
    }

    /// Adds what became known of a read that was counted the short way.
    #[inline]
    pub(super) fn complete_recognised(&mut self, fingerprint: Fingerprint, completion: Completion) {
        if self.tab.fingerprint == Some(fingerprint) && is_ordinary(&completion) {
            self.tab.run.complete(&completion);
        } else if let Some(ledger) = self.open() {
            ledger.complete_recognised(fingerprint, completion);
        }
    }
}

/// True for an execution of which the ledger keeps nothing but numbers.
#[inline]
fn is_ordinary(completion: &Completion) -> bool {
    !completion.failed
        && completion
            .elapsed
            .is_none_or(|elapsed| elapsed < SHORTEST_READ)
}
