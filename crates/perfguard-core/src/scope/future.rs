//! Futures that run in a scope.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::poll::{PollClock, is_sampled, is_timed};
use super::{Ending, State, allowed, current};
use crate::budget::Allow;
use crate::callsite::{Mark, Origin};
use crate::outcome::Outcome;

pin_project! {
    /// A future that is polled, and dropped, in a scope.
    ///
    /// Made by [`Scope::wrap`](crate::Scope::wrap) and
    /// [`in_current_scope`](crate::in_current_scope).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        #[pin]
        future: Option<F>,
        scope: Option<Arc<State>>,
        origin: Option<Arc<Origin>>,
        // Those that held where it was handed over.
        allows: Option<Arc<[Allow]>>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            this.drop_in_scope();
        }
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(
        future: F,
        scope: impl Into<Option<Arc<State>>>,
        origin: Option<Arc<Origin>>,
    ) -> Self {
        Self {
            future: Some(future),
            scope: scope.into(),
            origin,
            allows: None,
        }
    }

    /// The same, with what it is allowed.
    pub(crate) fn allowed(mut self, allows: Option<Arc<[Allow]>>) -> Self {
        self.allows = allows;
        self
    }

    /// Drops what is still in flight inside the scope: drivers report it then.
    fn drop_in_scope(self: Pin<&mut Self>) {
        let mut this = self.project();
        if this.future.is_some() {
            let anchor = 0;
            let _entered = Polled::enter(this.scope, this.origin.clone(), Mark::at(&anchor));
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let anchor = 0;
        let _entered = Polled::enter(this.scope, this.origin.clone(), Mark::at(&anchor));
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        let _allowed = this.allows.as_deref().map(allowed::begin);
        let poll = future.poll(context);
        if poll.is_ready() {
            this.future.set(None);
        }
        poll
    }
}

/// Moves a future's scope to the thread's stack and back: no count of
/// references is touched.
pub(super) struct Polled<'a> {
    slot: &'a mut Option<Arc<State>>,
    token: Option<current::Token>,
}

impl<'a> Polled<'a> {
    #[inline(always)]
    pub(super) fn enter(
        slot: &'a mut Option<Arc<State>>,
        origin: Option<Arc<Origin>>,
        mark: Mark,
    ) -> Self {
        let token = slot.take().map(|scope| current::enter(scope, mark, origin));
        Self { slot, token }
    }
}

impl Drop for Polled<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            *self.slot = current::suspend(token);
        }
    }
}

pin_project! {
    /// A future with a scope of its own, judged when it ends.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Judged<F> {
        #[pin]
        future: Scoped<F>,
        scope: Option<Arc<State>>,
        in_poll: bool,
        polls: u32,
    }

    impl<F> PinnedDrop for Judged<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(scope) = this.scope.take() else {
                return;
            };
            let ending = if *this.in_poll || std::thread::panicking() {
                Ending::Panicked
            } else {
                Ending::Cancelled
            };
            this.future.as_mut().drop_in_scope();
            Outcome::of(&scope, ending).abandon();
        }
    }
}

impl<F> Judged<F> {
    /// Runs `future` in `scope`; `None` only runs it.
    pub(crate) fn new(future: F, scope: Option<Arc<State>>) -> Self {
        Self {
            future: Scoped::new(future, scope.clone(), None),
            scope,
            in_poll: false,
            polls: 0,
        }
    }
}

impl<F: Future> Future for Judged<F> {
    type Output = (F::Output, Outcome);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polls = *this.polls;
        *this.polls = polls.wrapping_add(1);
        let timed = this.scope.as_ref();
        let timed = timed.filter(|scope| is_timed(polls, scope.is_exact()));
        let clock = timed.map(|_| PollClock::start());
        // Stays set if the poll unwinds: a panic that somebody catches above.
        *this.in_poll = true;
        let poll = this.future.poll(context);
        *this.in_poll = false;
        if let Some(held) = clock.and_then(PollClock::held)
            && let Some(scope) = this.scope
        {
            scope.note_poll(held, is_sampled(polls, scope.is_exact()));
        }
        poll.map(|value| {
            let outcome = this.scope.take().map_or_else(Outcome::silent, |scope| {
                Outcome::of(&scope, Ending::Completed)
            });
            (value, outcome)
        })
    }
}
