//! Outgoing calls: what a scope asks of other services.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::ledger::{CallBegun, CallEnded};
use crate::scope::{Kind, State, current};

/// Marks a future as one outgoing call: an HTTP request, a mail, a charge.
///
/// It counts once in the scope in which it is polled first, and in each scope
/// around it, with its name and the time from then to its end; dropping it
/// ends it. In no scope it only runs. `name` says what is called
/// (`"payment"`), and not with what: reports show it.
///
/// What is called inside a call, in the same scope, is a part of it and does
/// not count again.
///
/// ```
/// # async fn charge() -> u32 { 3 }
/// # async fn example() {
/// let receipt = perfguard_core::call("payment", charge()).await;
/// # }
/// ```
///
/// # Cancel safety
/// As cancel safe as the future: nothing is kept outside it.
#[track_caller]
pub fn call<F: IntoFuture>(name: &'static str, future: F) -> Call<F::IntoFuture> {
    Call {
        future: future.into_future(),
        name,
        location: Location::caller(),
        is_begun: false,
        outgoing: None,
    }
}

/// Runs a closure as one outgoing call: [`call`] for sync code.
///
/// ```
/// let receipt = perfguard_core::call_sync("payment", || 3);
/// assert_eq!(receipt, 3);
/// ```
#[track_caller]
pub fn call_sync<R>(name: &'static str, body: impl FnOnce() -> R) -> R {
    let location = Location::caller();
    // Dropped, and so ended, after the closure, also if that panics.
    let outgoing = OutgoingCall::begin_at(name, Some(location));
    match &outgoing {
        Some(outgoing) => outgoing.run(body),
        None => body(),
    }
}

pin_project! {
    /// A future that is one outgoing call: see [`call`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Call<F> {
        // Dropped before the call ends.
        #[pin]
        future: F,
        name: &'static str,
        location: &'static Location<'static>,
        is_begun: bool,
        outgoing: Option<Box<OutgoingCall>>,
    }
}

impl<F: Future> Future for Call<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !std::mem::replace(this.is_begun, true) {
            let begun = OutgoingCall::begin_at(this.name, Some(this.location));
            *this.outgoing = begun.map(Box::new);
        }
        let poll = match this.outgoing.as_ref() {
            Some(outgoing) => outgoing.run(|| this.future.poll(context)),
            None => this.future.poll(context),
        };
        if poll.is_ready() {
            *this.outgoing = None;
        }
        poll
    }
}

thread_local! {
    /// The scope of the call that this thread is working on; 0 for none.
    static CALLING: Cell<u64> = const { Cell::new(0) };
}

/// An outgoing call that has begun, for layers and clients that tell of calls
/// by themselves. It ends when it is dropped.
///
/// ```
/// use perfguard_core::Scope;
/// use perfguard_core::adapter::OutgoingCall;
///
/// let scope = Scope::new("a job");
/// scope.in_scope(|| drop(OutgoingCall::begin("payment")));
/// assert_eq!(scope.close().calls(), 1);
/// ```
#[must_use = "the call ends as soon as this is dropped"]
pub struct OutgoingCall {
    name: &'static str,
    started: Instant,
    ended: Option<Instant>,
    location: Option<&'static Location<'static>>,
    /// The innermost scope that counts it.
    scope: u64,
    counted: Vec<Counted>,
}

/// A scope that counts a call. It is not kept alive.
struct Counted {
    scope: Weak<State>,
    begun: CallBegun,
    inside: Option<u64>,
}

impl fmt::Debug for OutgoingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingCall")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl OutgoingCall {
    /// Counts a call in the current scope and each one around it.
    ///
    /// `None` if there is none, or if this thread is working on a call of that
    /// scope already ([`run`](Self::run)), of which this is a part.
    #[must_use]
    pub fn begin(name: &'static str) -> Option<Self> {
        Self::begin_at(name, None)
    }

    fn begin_at(name: &'static str, location: Option<&'static Location<'static>>) -> Option<Self> {
        if current::is_quiet() {
            return None;
        }
        let scope = current::scope()?;
        if calling() == scope.id() {
            return None;
        }
        let started = Instant::now();
        let mut counted = Vec::new();
        let mut inside = None;
        for state in scope.lineage() {
            if let Some(begun) = state.begin_call(name) {
                counted.push(Counted {
                    scope: Arc::downgrade(state),
                    begun,
                    inside,
                });
            }
            // It reports what is wrong with its calls itself.
            if state.kind() == Kind::Handler {
                inside = Some(state.id());
            }
        }
        (!counted.is_empty()).then(|| Self {
            name,
            started,
            ended: None,
            location,
            scope: scope.id(),
            counted,
        })
    }

    /// Works on the call: what is called in `body` is a part of it.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Restore(u64);
        impl Drop for Restore {
            fn drop(&mut self) {
                set_calling(self.0);
            }
        }
        let _restore = Restore(self.enter());
        body()
    }

    /// As [`run`](Self::run), from now to [`leave`](Self::leave), which is
    /// given what this returns.
    #[must_use]
    pub fn enter(&self) -> u64 {
        let before = calling();
        set_calling(self.scope);
        before
    }

    /// Ends what [`enter`](Self::enter) began on this thread, and notes that
    /// the call was still worked on now.
    pub fn leave(&mut self, before: u64) {
        set_calling(before);
        self.ended = Some(Instant::now());
    }

    /// The same call with times of its own, for what is replayed.
    pub fn at(mut self, started: Instant, ended: Instant) -> Self {
        (self.started, self.ended) = (started, Some(ended));
        self
    }
}

impl Drop for OutgoingCall {
    fn drop(&mut self) {
        let call = CallEnded {
            name: self.name,
            started: self.started,
            ended: self.ended.unwrap_or_else(Instant::now),
            location: self.location,
            inside: None,
        };
        current::settle();
        for counted in &self.counted {
            if let Some(scope) = counted.scope.upgrade() {
                let inside = counted.inside;
                scope.end_call(CallEnded { inside, ..call }, &counted.begun);
            }
        }
    }
}

fn calling() -> u64 {
    CALLING.try_with(Cell::get).unwrap_or(0)
}

fn set_calling(scope: u64) {
    let _ = CALLING.try_with(|calling| calling.set(scope));
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::{OutgoingCall, call, call_sync};
    use crate::adapter::{self, Query};
    use crate::report::Report;
    use crate::scope::Scope;
    use crate::statement::Dialect;

    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn reported(body: impl FnOnce()) -> Report {
        let scope = Scope::new("a job");
        scope.in_scope(body);
        scope.close()
    }

    #[test]
    fn a_call_counts_in_its_scope_and_in_those_around_it() {
        let outer = Scope::new("outer");
        let inner = outer.in_scope(|| {
            assert_eq!(call_sync("mail", || 1), 1);
            let inner = Scope::new("inner");
            inner.in_scope(|| {
                let value = poll_once(pin!(call("payment", ready(2))));
                assert_eq!(value, Poll::Ready(2));
            });
            inner.close()
        });
        assert_eq!((inner.calls(), inner.calls_of("payment")), (1, 1));
        let outer = outer.close();
        assert_eq!((outer.calls(), outer.queries()), (2, 0));
        assert_eq!((outer.calls_of("mail"), outer.calls_of("payment")), (1, 1));
        assert!(outer.to_string().contains("2 outgoing calls"), "{outer}");
    }

    #[test]
    fn it_counts_where_it_is_polled_and_not_where_it_is_made() {
        let (made, polled) = (Scope::new("made"), Scope::new("polled"));
        let mut future = pin!(made.in_scope(|| call("payment", ready(()))));
        assert!(polled.in_scope(|| poll_once(future.as_mut())).is_ready());
        assert_eq!(made.close().calls(), 0);
        assert_eq!(polled.close().calls(), 1);
    }

    #[test]
    fn a_cancelled_call_counts_once_and_has_ended() {
        let report = reported(|| {
            let mut future = Box::pin(call("payment", pending::<()>()));
            assert!(poll_once(future.as_mut()).is_pending());
            assert!(poll_once(future.as_mut()).is_pending());
            drop(future);
            drop(call("never polled", ready(())));
        });
        assert_eq!(report.calls(), 1);
        assert!(report.call_time().is_some_and(|time| time > Duration::ZERO));
    }

    #[test]
    fn one_that_panics_has_ended_and_what_comes_next_counts() {
        let report = reported(|| {
            let caught = std::panic::catch_unwind(|| {
                call_sync("payment", || std::panic::resume_unwind(Box::new("its own")))
            });
            assert!(caught.is_err());
            call_sync("payment", || {});
        });
        assert_eq!(report.calls(), 2);
    }

    #[test]
    fn in_no_scope_it_only_runs() {
        assert_eq!(call_sync("payment", || 3), 3);
        let mut future = Box::pin(call("payment", pending::<()>()));
        assert!(poll_once(future.as_mut()).is_pending());
        // Begun outside: it is no scope's.
        let report = reported(|| {
            assert!(poll_once(future.as_mut()).is_pending());
            drop(future);
        });
        assert_eq!(report.calls(), 0);
        assert!(OutgoingCall::begin("payment").is_none());
    }

    #[test]
    fn a_call_inside_a_call_is_a_part_of_it_unless_a_scope_lies_between() {
        let report = reported(|| {
            call_sync("checkout", || {
                call_sync("payment", || {});
                let inner = Scope::new("in process");
                inner.in_scope(|| call_sync("stock", || {}));
                assert_eq!(inner.close().calls(), 1);
            });
        });
        assert_eq!((report.calls(), report.calls_of("payment")), (2, 0));
    }

    #[test]
    fn calls_at_once_take_their_time_once() {
        let report = reported(|| {
            let mut one = Box::pin(call("one", pending::<()>()));
            let mut other = Box::pin(call("other", pending::<()>()));
            assert!(poll_once(one.as_mut()).is_pending());
            assert!(poll_once(other.as_mut()).is_pending());
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_millis(4) {}
            drop((one, other));
        });
        let time = report.call_time().unwrap_or_default();
        assert!(time >= Duration::from_millis(4), "{time:?}");
        assert_eq!(report.calls(), 2);
        let one_by_one = reported(|| drop(call("one", ready(()))));
        assert_eq!(one_by_one.call_time(), Some(Duration::ZERO));
    }

    #[test]
    fn counts_are_exact_and_details_have_a_bound() {
        const NAMES: [&str; 2] = ["a", "b"];
        let report = reported(|| {
            for name in NAMES.iter().cycle().take(1_000) {
                call_sync(name, || {});
            }
        });
        assert_eq!(report.calls(), 1_000);
        assert_eq!((report.calls_of("a"), report.calls_of("b")), (500, 500));
        assert_eq!(report.call_time(), None);
        assert!(
            report.to_string().contains("744 details were dropped"),
            "{report}"
        );
    }

    #[test]
    fn it_keeps_no_scope_alive_and_may_end_after_it() {
        let scope = Scope::new("a job");
        let state = std::sync::Arc::downgrade(scope.state());
        let call = scope.in_scope(|| OutgoingCall::begin("mail"));
        assert_eq!(scope.close().calls(), 1);
        assert!(state.upgrade().is_none());
        drop(call);
    }

    #[test]
    fn the_statements_of_a_call_are_statements() {
        let report = reported(|| {
            call_sync("payment", || {
                let query = Query::new("SELECT a FROM t WHERE id = ?", Dialect::Ansi);
                adapter::record(&query);
            });
        });
        assert_eq!((report.calls(), report.queries()), (1, 1));
    }
}
