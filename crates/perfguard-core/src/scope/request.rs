//! The scope of a request: from the call of a service to the end of its answer.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::future::Polled;
use super::poll::{PollClock, is_sampled, is_timed};
use super::span::ScopeSpan;
use super::{Ending, Mode, Scope, State, current};
use crate::budget::Budget;
use crate::callsite::Mark;
use crate::outcome::Outcome;
use crate::process;
use crate::settings::Settings;
use crate::verdict;

/// A request that is being answered.
///
/// A layer owns one, first beside the future of the response and then beside
/// its body. Whoever drops it before [`end`](Self::end) was called has
/// cancelled the request.
#[derive(Debug)]
pub struct Request {
    /// None where enforcement is off, while it is polled, and at the end.
    scope: Option<Arc<State>>,
    /// The caller's, in which the events of the scope's end are written.
    span: Option<ScopeSpan>,
    in_poll: bool,
    polls: u32,
}

impl Request {
    /// Opens a request's scope inside the current one, or inside `parent` if
    /// that is still open. `budget` holds where no annotated function runs.
    #[must_use]
    pub fn open(
        name: Cow<'static, str>,
        parent: Option<&Scope>,
        budget: Option<&Arc<Budget>>,
    ) -> Self {
        let parent = current::scope().or_else(|| parent.map(|parent| Arc::clone(parent.state())));
        let scope = State::open_request(name, parent, budget.cloned());
        Self {
            span: scope.is_some().then(ScopeSpan::current),
            scope,
            in_poll: false,
            polls: 0,
        }
    }

    /// The request's scope, while that is open.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        self.scope.clone().map(Scope::of)
    }

    /// True until the scope has ended; false also where there is none.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.scope.is_some()
    }

    /// Runs a closure in the request's scope.
    pub fn in_scope<R>(&mut self, body: impl FnOnce() -> R) -> R {
        let anchor = 0;
        let _entered = Polled::enter(&mut self.scope, None, Mark::at(&anchor));
        body()
    }

    /// Polls a part of the answer in the request's scope.
    pub fn poll<T>(&mut self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let polls = self.polls;
        self.polls = polls.wrapping_add(1);
        let timed = self.scope.as_ref();
        let timed = timed.filter(|scope| is_timed(polls, scope.is_exact()));
        let clock = timed.map(|_| PollClock::start());
        // Stays set if the poll unwinds: a panic that somebody catches above.
        self.in_poll = true;
        let polled = self.in_scope(poll);
        self.in_poll = false;
        if let Some(held) = clock.and_then(PollClock::held)
            && let Some(scope) = &self.scope
        {
            scope.note_poll(held, is_sampled(polls, scope.is_exact()));
        }
        polled
    }

    /// Notes the status code that the request is answered with.
    pub fn note_status(&self, status: u16) {
        if let Some(scope) = &self.scope {
            scope.note_status(status);
        }
    }

    /// True if a broken budget is answered with an error: never in production.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        let scope = self.scope.as_ref();
        scope.is_some_and(|scope| scope.mode() == Mode::Fail)
    }

    /// What would be said of the request if it ended now. Nothing is noted
    /// anywhere.
    #[must_use]
    pub fn preview(&self) -> Option<Preview> {
        let scope = self.scope.as_ref()?;
        let mut preview = verdict::preview(scope);
        let is_unset = || process::is_cargo_test() && Settings::current().problem().is_some();
        preview.fails = self.can_fail() && (preview.findings > 0 || is_unset());
        Some(preview)
    }

    /// Ends the request's scope; the report, for the client, if a test fails
    /// for it.
    pub fn end(&mut self) -> Option<String> {
        let ending = if self.in_poll {
            Ending::Panicked
        } else {
            Ending::Completed
        };
        self.conclude(ending).into_message()
    }

    fn conclude(&mut self, ending: Ending) -> Outcome {
        let span = self.span.take();
        // A test that is over has ended it.
        let scope = self.scope.take().filter(|scope| scope.is_open());
        match scope {
            Some(scope) => ScopeSpan::around(span.as_ref(), || Outcome::of(&scope, ending)),
            None => Outcome::silent(),
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let ending = if self.in_poll || std::thread::panicking() {
            Ending::Panicked
        } else {
            Ending::Cancelled
        };
        self.conclude(ending).abandon();
    }
}

/// What is known of a request that has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What was found, also in functions inside that have ended.
    pub findings: u64,
    /// Statements so far.
    pub queries: u64,
    /// The rows that its reads returned, if that is known of each.
    pub rows: Option<u64>,
    /// The time that its statements took, if that is known of each.
    pub elapsed: Option<Duration>,
    /// True if a test fails for it.
    pub fails: bool,
}

#[cfg(test)]
mod tests;
