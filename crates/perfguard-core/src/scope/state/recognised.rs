//! Reads that are counted the short way: in a scope, and in each one around it.
//!
//! Either all of them count it so or none does. Each holds its lock until those
//! around it have counted: a scope is only ever locked before its parent.

use std::sync::Arc;

use super::State;
use crate::ledger::{Recognised, RecognisedRead, Run};
use crate::query::Completion;
use crate::statement::{Fingerprint, TextKey};

impl State {
    /// Counts a recognised read; the next of the same text, if it has one, may
    /// be counted [again](Self::count_again).
    #[inline]
    pub(crate) fn count_recognised(
        &self,
        text: Option<TextKey>,
        read: &RecognisedRead<'_>,
    ) -> Recognised {
        // A scope inside one that is by the book is so as well.
        if self.is_by_the_book {
            return Recognised::Unable;
        }
        self.count_recognised_of(text, read, None)
    }

    fn count_recognised_of(
        &self,
        text: Option<TextKey>,
        read: &RecognisedRead<'_>,
        inside: Option<u64>,
    ) -> Recognised {
        let outer = || match &self.parent {
            Some(parent) => parent.count_recognised_of(text, read, self.judged_inside(inside)),
            None => Recognised::Counted { left: u64::MAX },
        };
        let mut book = self.book.lock();
        book.count_recognised(text, read, inside, outer)
    }

    /// Counts a read of a text that was counted just before: which statement it
    /// is.
    #[inline]
    pub(crate) fn count_again(
        &self,
        text: TextKey,
        completion: &Completion,
    ) -> Option<Fingerprint> {
        self.count_again_of(text, completion, None)
    }

    #[inline]
    fn count_again_of(
        &self,
        text: TextKey,
        completion: &Completion,
        inside: Option<u64>,
    ) -> Option<Fingerprint> {
        let outer = || match &self.parent {
            Some(parent) => parent.is_counted_again(text, completion, self.judged_inside(inside)),
            None => true,
        };
        let mut book = self.book.lock();
        book.count_again(text, completion, inside, outer)
    }

    /// Not inlined: a scope with none around it is spared it.
    #[inline(never)]
    fn is_counted_again(
        &self,
        text: TextKey,
        completion: &Completion,
        inside: Option<u64>,
    ) -> bool {
        self.count_again_of(text, completion, inside).is_some()
    }

    /// Adds what became known of such a read.
    #[inline]
    pub(crate) fn complete_recognised(&self, fingerprint: Fingerprint, completion: Completion) {
        let mut scope = self;
        loop {
            let mut book = scope.book.lock();
            book.complete_recognised(fingerprint, completion);
            drop(book);
            match &scope.parent {
                Some(parent) => scope = parent,
                None => break,
            }
        }
    }

    /// Enters what a thread has counted by itself; false if the outermost scope
    /// has ended.
    pub(in crate::scope) fn enter_run(
        self: &Arc<Self>,
        fingerprint: Fingerprint,
        run: &Run,
    ) -> bool {
        let mut is_entered = false;
        for (scope, inside) in self.outer() {
            let mut book = scope.book.lock();
            let ledger = book.open();
            is_entered = ledger
                .map(|it| it.enter_run(fingerprint, run, inside))
                .is_some();
        }
        is_entered
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::adapter::{self, Binds, Completion, Glance, Query};
    use crate::scope::{Kind, Mode, Scope, State};
    use crate::settings::Live;
    use crate::statement::{Dialect, Interner};

    const READ: &str = "SELECT a FROM nested WHERE id = ?";

    /// A request with a function in it, as production has them.
    fn request() -> (Arc<State>, Arc<State>) {
        let open = |kind: Kind, parent: Option<Arc<State>>| {
            State::with_mode(kind, Mode::Warn, "".into(), None, Live::now(), parent)
        };
        let request = open(Kind::Request, None);
        let handler = open(Kind::Handler, Some(Arc::clone(&request)));
        (request, handler)
    }

    fn in_scope<R>(scope: &Arc<State>, body: impl FnOnce() -> R) -> R {
        Scope::of(Arc::clone(scope)).in_scope(body)
    }

    /// Runs one text, as SeaORM's adapter does; how often it was read closely.
    fn run(times: u64) -> u64 {
        let query = Query::new(READ, Dialect::Sqlite).completion(Completion::new().rows(2));
        let mut looks = 0;
        for _ in 0..times {
            if let Glance::Look = adapter::glance_text(&query) {
                let _complete = adapter::look(&query, || Binds::None);
                looks += 1;
            }
        }
        looks
    }

    #[test]
    fn a_loop_in_a_handler_is_counted_the_short_way_in_its_request_too() {
        let (request, handler) = request();
        // The first, the third to the fifth, and the sixteenth.
        assert_eq!(in_scope(&handler, || run(100)), 5);
        let fingerprint = Interner::new().intern(READ, Dialect::Sqlite).fingerprint();
        for scope in [&handler, &request] {
            let ledger = scope.snapshot();
            assert_eq!((ledger.executions(), ledger.rows()), (100, Some(200)));
            let groups = ledger.tally(fingerprint).map(|tally| &tally.groups);
            let inside = groups.into_iter().flatten().flat_map(|it| it.inside());
            let own = inside.filter(|(below, _)| *below == handler.id());
            let inside: u64 = own.map(|(_, count)| count).sum();
            let is_outer = Arc::ptr_eq(scope, &request);
            assert_eq!(inside, if is_outer { 100 } else { 0 });
        }
    }

    #[test]
    fn what_the_request_has_to_read_is_read_in_a_handler_as_well() {
        let (request, handler) = request();
        in_scope(&request, || run(2));
        // The handler's first is the request's third; its third to fifth are
        // the request's fifth to seventh.
        assert_eq!(in_scope(&handler, || run(2)), 2);
        assert_eq!(request.executions(), 4);
        assert_eq!(handler.executions(), 2);
    }

    #[test]
    fn two_handlers_of_a_request_are_told_apart() {
        let (request, first) = request();
        let second = State::with_mode(
            Kind::Handler,
            Mode::Warn,
            "".into(),
            None,
            Live::now(),
            Some(Arc::clone(&request)),
        );
        // One runs between the polls of the other.
        for _ in 0..10 {
            in_scope(&first, || run(3));
            in_scope(&second, || run(2));
        }
        assert_eq!(first.executions(), 30);
        assert_eq!(second.executions(), 20);
        let ledger = request.snapshot();
        assert_eq!((ledger.executions(), ledger.rows()), (50, Some(100)));
        let of = |scope: &Arc<State>| -> u64 {
            let tallies = ledger.tallies();
            let groups = tallies.iter().flat_map(|tally| &tally.groups);
            let inside = groups.flat_map(|group| group.inside());
            let own = inside.filter(|(below, _)| *below == scope.id());
            own.map(|(_, count)| count).sum()
        };
        assert_eq!((of(&first), of(&second)), (30, 20));
    }

    #[test]
    fn a_handler_that_outlives_its_request_counts_for_itself() {
        let (request, handler) = request();
        in_scope(&handler, || run(50));
        assert_eq!(request.close().executions(), 50);
        let before = adapter::unattributed();
        in_scope(&handler, || run(50));
        assert_eq!(handler.executions(), 100);
        assert!(adapter::unattributed() - before >= 50);
    }
}
