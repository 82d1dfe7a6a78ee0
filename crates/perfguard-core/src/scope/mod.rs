//! Scopes: what a query is counted for.
//!
//! A scope follows the work, not the thread. Which scope is current is a
//! thread-local stack ([`current`]) that a future sets on each poll and takes
//! back after it ([`Scoped`]), so that no runtime is needed and a task keeps
//! its scope on whichever thread it wakes. Sync code enters a scope for as
//! long as a guard lives ([`Scope::enter`]).
//!
//! Nothing carries a scope over `spawn`, `spawn_blocking` or a thread by
//! itself: [`in_current_scope`] does. A query in no scope is counted as
//! unattributed, never guessed.
//!
//! Scopes nest: a query counts in the scope it ran in and in every enclosing
//! one. Each scope is judged when it ends ([`crate::verdict`]).

pub(crate) mod allowed;
mod answer;
mod book;
mod carry;
pub(crate) mod current;
mod future;
pub(crate) mod lease;
mod poll;
mod request;
mod request_state;
pub(crate) mod span;
mod state;
mod test_state;
#[cfg(test)]
mod tests;
mod unfinished;

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use crate::callsite::Mark;
use crate::outcome;
use crate::report::Report;
use crate::sink;

pub use answer::Answering;
pub use carry::{Binding, Carry, Handover, InClosure, InFuture, in_current_scope};
pub use future::{Judged, Scoped};
pub use request::{Preview, Request};
pub(crate) use request_state::RequestState;
pub(crate) use state::{Ending, Kind, Mode, State};

/// A part of the program that queries are counted for.
///
/// `#[query_budget]`, `#[perfguard::test]` and the layers open scopes by
/// themselves; this type is for jobs and tools that want a [`Report`] of their
/// own.
///
/// ```
/// use perfguard_core::Scope;
///
/// let scope = Scope::new("nightly clean-up");
/// let removed = scope.in_scope(|| 7);
/// assert_eq!(removed, 7);
/// assert_eq!(scope.close().queries(), 0);
/// ```
///
/// A query counts in the scope it ran in and in every scope around it. Cloning
/// gives another handle on the same scope.
#[derive(Clone, Debug)]
pub struct Scope {
    state: Arc<State>,
}

impl Scope {
    /// Opens a scope inside the current one, if there is one.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            state: State::open(Kind::User, name.into(), None),
        }
    }

    /// The scope that queries of this thread count for right now.
    #[must_use]
    pub fn current() -> Option<Self> {
        current::scope().map(|state| Self { state })
    }

    /// The name it was opened with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.state.name()
    }

    /// The number of the outermost scope around it, or its own: no other scope
    /// of this process has it.
    ///
    /// A [`sink`](crate::sink::Ended::root_number) is told the same number, so
    /// that it can know a request again that it has seen while it ran.
    #[must_use]
    pub fn root_number(&self) -> u64 {
        let root = self.state.application_root();
        root.unwrap_or(&self.state).id()
    }

    /// Makes this the current scope of the thread until the guard is dropped.
    ///
    /// For sync code. Do not hold the guard across an `.await`: wrap the future
    /// with [`Scope::wrap`] instead. Within a scoped future a guard is taken
    /// off when the task is suspended; in any other future it stays on the
    /// thread, and whatever else runs there counts for this scope.
    #[inline(always)]
    pub fn enter(&self) -> Entered {
        let anchor = 0;
        Entered {
            token: current::enter(Arc::clone(&self.state), Mark::at(&anchor), None),
            stays_on_thread: PhantomData,
        }
    }

    /// Runs a closure with this as the current scope.
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        body()
    }

    /// Runs a future with this as the current scope, wherever it is polled.
    ///
    /// # Cancel safety
    /// Dropping the returned future drops `future` inside the scope. The scope
    /// stays open until [`Scope::close`].
    pub fn wrap<F: Future>(&self, future: F) -> Scoped<F> {
        Scoped::new(future, Arc::clone(&self.state), None)
    }

    /// Ends the scope and tells what it saw. Queries that come later count
    /// only for the scopes around it.
    ///
    /// A scope that was already closed gives an empty report. So does one that
    /// was not opened with [`Scope::new`], and it stays open: the scope of an
    /// annotated function, a test or a request ends by itself.
    #[must_use = "a scope's report is all that it leaves"]
    pub fn close(self) -> Report {
        match self.state.kind() {
            Kind::User if self.state.is_open() => {
                let report = outcome::conclude(&self.state, Ending::Completed);
                sink::tell(&self.state, &report);
                report
            }
            _ => Report::empty(self.state.name()),
        }
    }

    /// A handle that keeps nothing of the scope alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakScope {
        WeakScope(Arc::downgrade(&self.state))
    }

    pub(crate) fn of(state: Arc<State>) -> Self {
        Self { state }
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }
}

/// A scope, for who must not keep it alive: see [`Scope::downgrade`].
#[derive(Clone, Debug)]
pub struct WeakScope(Weak<State>);

impl WeakScope {
    /// The scope, if anybody still holds it.
    #[must_use]
    pub fn upgrade(&self) -> Option<Scope> {
        self.0.upgrade().map(Scope::of)
    }
}

/// Keeps a scope current on this thread: see [`Scope::enter`].
///
/// Guards may be dropped in any order.
///
/// ```compile_fail
/// fn send<T: Send>(_: T) {}
/// send(perfguard_core::Scope::new("a guard stays on its thread").enter());
/// ```
#[derive(Debug)]
#[must_use = "the scope is left as soon as the guard is dropped"]
pub struct Entered {
    token: current::Token,
    stays_on_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        current::leave(self.token);
    }
}
