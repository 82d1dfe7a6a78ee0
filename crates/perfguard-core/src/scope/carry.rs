//! Handing the current scope over to another task or thread.

use std::panic::Location;
use std::sync::{Arc, Weak};

use super::{Scoped, State, allowed, current};
use crate::budget::Allow;
use crate::callsite::{Mark, Origin, trace};
use crate::settings::Settings;

/// Statements of a scope that [`Handover::here`] does not read the stack for in
/// production: the third repeat is the first that is placed.
const UNREAD: u64 = 2;

/// Runs a future or a closure in the scope that is current now, wherever it is
/// polled or called.
///
/// For whatever leaves the task: `spawn`, `spawn_blocking`, threads, rayon.
/// Outside any scope it changes nothing. What is allowed where it is called is
/// allowed there too.
///
/// ```
/// use perfguard_core::{Scope, in_current_scope};
///
/// let scope = Scope::new("export");
/// scope.in_scope(|| {
///     std::thread::spawn(in_current_scope(|| {
///         assert!(Scope::current().is_some());
///     }))
///     .join()
/// }).unwrap();
///
/// async fn count() -> u64 { 3 }
/// # let _ =
/// in_current_scope(count()); // hand this to `tokio::spawn`
/// # ;
/// ```
///
/// A future becomes [`Scoped`], a closure a boxed closure. For a closure that
/// takes the connection (`interact`) see the adapter's function of this name.
#[track_caller]
pub fn in_current_scope<Kind, T: Carry<Kind>>(task: T) -> T::Carried {
    task.carry(Handover::now())
}

/// What [`in_current_scope`] can carry: futures and closures.
///
/// `Kind` is inferred.
pub trait Carry<Kind> {
    /// The future or closure that runs in the scope.
    type Carried;

    #[doc(hidden)]
    fn carry(self, handover: Handover) -> Self::Carried;
}

/// The kind of a future: see [`Carry`].
#[derive(Debug)]
pub struct InFuture;

/// The kind of a closure that returns `R`: see [`Carry`].
#[derive(Debug)]
pub struct InClosure<'a, R>(std::marker::PhantomData<fn(&'a ()) -> R>);

impl<F: Future> Carry<InFuture> for F {
    type Carried = Scoped<F>;

    fn carry(self, handover: Handover) -> Scoped<F> {
        Scoped::new(self, handover.scope, handover.origin).allowed(handover.allows)
    }
}

impl<'a, F, R> Carry<InClosure<'a, R>> for F
where
    F: FnOnce() -> R + Send + 'a,
{
    type Carried = Box<dyn FnOnce() -> R + Send + 'a>;

    fn carry(self, handover: Handover) -> Self::Carried {
        Box::new(move || handover.run(self))
    }
}

/// The current scope, and the place where it is handed over: two places that
/// hand the same work over are two call sites. Also what is allowed there.
#[derive(Debug)]
#[doc(hidden)]
pub struct Handover {
    scope: Option<Arc<State>>,
    origin: Option<Arc<Origin>>,
    allows: Option<Arc<[Allow]>>,
}

impl Handover {
    /// Takes the current scope along, if it is still open.
    ///
    /// Under test the stack is read; in production the caller's line has to do,
    /// because reading the stack takes a lock of the process.
    #[must_use]
    #[track_caller]
    pub fn now() -> Self {
        Self::at(Location::caller(), |scope| {
            scope.lineage().any(|scope| scope.is_exact())
        })
    }

    /// As [`now`](Self::now), for a caller whose own line says nothing because
    /// all work passes through it.
    ///
    /// The stack is read in production as well, once the scope has run
    /// [`UNREAD`] statements: before that, nothing is placed.
    #[must_use]
    #[track_caller]
    pub fn here() -> Self {
        Self::at(Location::caller(), |scope| {
            scope
                .lineage()
                .any(|scope| scope.is_exact() || scope.executions() >= UNREAD)
        })
    }

    fn at(location: &'static Location<'static>, reads: impl FnOnce(&Arc<State>) -> bool) -> Self {
        let scope = current::scope().and_then(|scope| scope.as_parent());
        let origin = scope.as_ref().map(|scope| {
            let is_read = Settings::current().which_call_sites().are_read(true, || 0);
            let trace = (is_read && reads(scope)).then(|| trace(&current::cuts(scope)));
            Arc::new(Origin::new(trace, location))
        });
        let allows = scope.as_deref().map(allowed::active_in);
        let allows = allows.filter(|allows| !allows.is_empty());
        Self {
            scope,
            origin,
            allows: allows.map(|allows| allows.as_slice().into()),
        }
    }

    /// Keeps it for work that comes later, if the scope is still open then.
    #[must_use]
    pub fn bind(self) -> Binding {
        Binding {
            scope: self.scope.as_ref().map_or_else(Weak::new, Arc::downgrade),
            origin: self.origin,
        }
    }

    /// Runs `body` in it.
    pub fn run<R>(self, body: impl FnOnce() -> R) -> R {
        let anchor = 0;
        let allows = self.allows;
        enter(self.scope, Mark::at(&anchor), self.origin, || {
            let _allowed = allows.as_deref().map(allowed::begin);
            body()
        })
    }
}

/// A scope that something else than a task is bound to, such as a connection
/// for as long as it is checked out. It does not keep the scope.
#[derive(Debug)]
#[doc(hidden)]
pub struct Binding {
    scope: Weak<State>,
    origin: Option<Arc<Origin>>,
}

impl Binding {
    /// Runs `body` in the scope, if there still is one.
    ///
    /// All of this thread's stack belongs to the place that a statement comes
    /// from: nobody has left a mark on it.
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        let mark = Mark::outermost();
        enter(self.scope.upgrade(), mark, self.origin.clone(), body)
    }
}

fn enter<R>(
    scope: Option<Arc<State>>,
    mark: Mark,
    origin: Option<Arc<Origin>>,
    body: impl FnOnce() -> R,
) -> R {
    struct Leave(current::Token);
    impl Drop for Leave {
        fn drop(&mut self) {
            current::leave(self.0);
        }
    }
    let _entered = scope.map(|scope| Leave(current::enter(scope, mark, origin)));
    body()
}
