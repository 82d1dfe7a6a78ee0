//! What the scopes around one hear of it.

use std::sync::Arc;

use super::{Kind, Mode, State};
use crate::report::Report;

impl State {
    /// True for a scope whose findings its outer scopes need not repeat.
    fn is_judged(&self) -> bool {
        matches!(self.kind, Kind::Act | Kind::Handler | Kind::Request)
    }

    /// Each scope around this one, with the judged scope nearest below it.
    pub(crate) fn outer(self: &Arc<Self>) -> impl Iterator<Item = (&Arc<Self>, Option<u64>)> {
        let mut below = None;
        self.lineage().map(move |scope| {
            let judged = below;
            below = scope.judged_inside(judged);
            (scope, judged)
        })
    }

    /// The judged scope nearest below the one around this, if `inside` is the
    /// nearest below this one.
    #[inline]
    pub(super) fn judged_inside(&self, inside: Option<u64>) -> Option<u64> {
        if self.is_judged() {
            Some(self.id())
        } else {
            inside
        }
    }

    /// Tells the scopes around this one what has been reported of it, so that
    /// they do not report it again.
    pub(crate) fn claim_up(self: &Arc<Self>, report: &Report) {
        for (outer, below) in self.outer().skip(1) {
            let mut book = outer.book.lock();
            let ledger = book.ledger();
            ledger.claim(report, below);
            ledger.note_found_inside(report.findings().len());
        }
    }

    /// The nearest open scope around this one that answers for what happens in
    /// it.
    pub(crate) fn heir(self: &Arc<Self>) -> Option<&Arc<Self>> {
        let mut outer = self.lineage().skip(1);
        outer.find(|outer| outer.answers_for_others() && outer.is_open())
    }

    fn answers_for_others(&self) -> bool {
        self.kind != Kind::User && self.mode != Mode::Warn
    }

    /// Gives `report` to the nearest open scope around this one that answers
    /// for what happens in it; back to the caller if there is none.
    pub(crate) fn hand_up(self: &Arc<Self>, report: Report) -> Result<(), Report> {
        for (outer, below) in self.outer().skip(1) {
            if !outer.answers_for_others() {
                continue;
            }
            if let Some(ledger) = outer.book.lock().open() {
                ledger.nest(report, below);
                return Ok(());
            }
        }
        Err(report)
    }

    /// Tells the requests around an annotated function that one ran.
    pub(crate) fn note_annotated(self: &Arc<Self>) {
        for request in self.lineage().skip(1).filter_map(|outer| outer.request()) {
            request.note_annotated();
        }
    }

    /// Requests inside that have answered and not ended.
    pub(crate) fn take_unfinished(&self) -> Vec<Arc<Self>> {
        self.unfinished.take()
    }
}
