//! Handing the current scope over to another task or thread.

use std::panic::Location;
use std::sync::Arc;

use super::{Scoped, State, current};
use crate::callsite::{Mark, Origin, trace};
use crate::settings::Settings;

/// Runs a future or a closure in the scope that is current now, wherever it is
/// polled or called.
///
/// For whatever leaves the task: `spawn`, `spawn_blocking`, threads, rayon.
/// Outside any scope it changes nothing.
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
        Scoped::new(self, handover.scope, handover.origin)
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
/// hand the same work over are two call sites.
#[derive(Debug)]
#[doc(hidden)]
pub struct Handover {
    scope: Option<Arc<State>>,
    origin: Option<Arc<Origin>>,
}

impl Handover {
    /// Takes the current scope along, if it is still open.
    ///
    /// Under test the stack is read; in production the caller's line has to do,
    /// because reading the stack takes a lock of the process.
    #[must_use]
    #[track_caller]
    pub fn now() -> Self {
        let scope = current::scope().and_then(|scope| scope.as_parent());
        let location = Location::caller();
        let origin = scope.as_ref().map(|scope| {
            let is_exact = scope.lineage().any(|scope| scope.is_exact())
                && Settings::current().which_call_sites().are_read(true, || 0);
            let trace = is_exact.then(|| trace(&current::cuts(scope)));
            Arc::new(Origin::new(trace, location))
        });
        Self { scope, origin }
    }

    /// Runs `body` in it.
    pub fn run<R>(self, body: impl FnOnce() -> R) -> R {
        struct Leave(current::Token);
        impl Drop for Leave {
            fn drop(&mut self) {
                current::leave(self.0);
            }
        }
        let anchor = 0;
        let _entered = self
            .scope
            .map(|scope| Leave(current::enter(scope, Mark::at(&anchor), self.origin)));
        body()
    }
}
