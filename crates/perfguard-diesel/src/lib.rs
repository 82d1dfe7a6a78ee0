//! Connects [Diesel](diesel) to [perfguard](https://docs.rs/perfguard).
//!
//! One call at start-up ([`install`]) covers every connection made afterwards:
//! direct ones, r2d2 pools, and all that is built on Diesel's connections. It
//! uses Diesel's public `Instrumentation`, which no other code has to know of.
//!
//! What Diesel tells: the statement, the bound values (of which only a keyed
//! hash is kept), errors, transactions. What it does not tell: how many rows
//! came back; reports say so.
//!
//! Under test every statement is read: printed, its values hashed, its call
//! site captured. In production printing would cost more than half of an
//! in-memory look-up: a statement is recognised by the Rust type of its query
//! once that has proved to be one statement, and only the first repeats in a
//! scope are read. Counts are exact in both; a finding says `at least` where
//! not everything was looked at. The time of a statement that was recognised
//! on SQLite is unknown: reading the clock would cost as much as the rest.
//!
//! Beside that, [`LoadBounded`] loads what has a LIMIT and does not compile
//! for what has none. It needs no [`install`].
//!
//! More needs a type of your own to change, each in one line:
//!
//! | feature | type | adds |
//! |---|---|---|
//! | `guarded` | `Guarded<C>` | rows, and hard limits |
//! | `async-guarded` | `GuardedAsync<C>` | the same for diesel-async |
//! | `async` | `ScopedTokio` | the scope, for SQLite in diesel-async |

#[cfg_attr(
    not(feature = "guarded"),
    expect(dead_code, reason = "for guarded connections")
)]
mod attend;
mod backend;
mod bind;
mod bounded;
mod display;
#[cfg(feature = "guarded")]
mod guarded;
#[cfg(feature = "async-guarded")]
mod guarded_async;
#[doc(hidden)]
pub mod probe;
mod recognise;
#[cfg(feature = "guarded")]
mod refuse;
#[cfg(feature = "guarded")]
mod rows;
#[cfg(feature = "async")]
mod scoped_tokio;
mod watch;
mod watched;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use once_cell::sync::OnceCell;
use perfguard_core::Error;
use perfguard_core::adapter::Adapter;
use perfguard_core::generated::Handover;

pub use bind::bind_current_scope;
#[cfg(any(feature = "async", feature = "async-guarded"))]
pub use bounded::LoadBoundedAsync;
pub use bounded::{AssumeBounded, Assumed, Bounded, LoadBounded, Page};
#[cfg(feature = "guarded")]
pub use guarded::{Cursor, Guardable, Guarded};
#[cfg(feature = "async-guarded")]
pub use guarded_async::{Execute, GuardedAsync, Load, Stream};
#[cfg(feature = "guarded")]
pub use refuse::refusal;
#[cfg(feature = "async")]
pub use scoped_tokio::ScopedTokio;
use watch::Watch;

static ADAPTER: Adapter = Adapter::new("Diesel");

/// Watches every connection that is made from now on.
///
/// Call it once at start-up, before the first connection or pool; tests call
/// it too. Any thread may call it, any number of times: only the first call
/// does something.
///
/// It replaces Diesel's default instrumentation. To keep one of your own, pass
/// it to [`chain`] and set that as the default instead of calling `install`.
///
/// # Errors
/// If Diesel refuses the instrumentation, which it does after a panic while it
/// was being set.
pub fn install() -> Result<(), Error> {
    static INSTALLED: OnceCell<()> = OnceCell::new();
    INSTALLED
        .get_or_try_init(|| {
            set_default_instrumentation(|| Some(Box::new(Watch::new(&ADAPTER))))?;
            ADAPTER.installed();
            Ok(())
        })
        .map_err(|error: diesel::result::Error| {
            Error::adapter(format!(
                "failed to set diesel's default instrumentation: {error}"
            ))
        })
        .copied()
}

/// Your own instrumentation, with perfguard's beside it.
///
/// For `conn.set_instrumentation(..)`, which would otherwise replace
/// perfguard's on that connection, and for a default of your own:
///
/// ```
/// use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
///
/// set_default_instrumentation(|| {
///     Some(Box::new(perfguard_diesel::chain(|event: InstrumentationEvent<'_>| {
///         let _ = event; // your own
///     })))
/// })?;
/// # Ok::<(), diesel::result::Error>(())
/// ```
pub fn chain(users_own: impl Instrumentation) -> impl Instrumentation {
    Chain::new(Box::new(users_own))
}

struct Chain {
    watch: Watch,
    users_own: Box<dyn Instrumentation>,
}

impl Chain {
    fn new(users_own: Box<dyn Instrumentation>) -> Self {
        let watch = watched::fresh();
        Self { watch, users_own }
    }
}

impl Instrumentation for Chain {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.watch.on_event(&event);
        self.users_own.on_connection_event(event);
    }
}

/// Runs a closure over a connection in the scope that is current now, wherever
/// it is called: `conn.interact(in_current_scope(|conn| ..)).await`.
///
/// As [`perfguard_core::in_current_scope`], for pools that run a closure with
/// the connection on another thread. This exact shape lets the compiler infer
/// the type of `conn`.
#[track_caller]
pub fn in_current_scope<C, R>(
    body: impl for<'a> FnOnce(&'a mut C) -> R,
) -> impl for<'a> FnOnce(&'a mut C) -> R {
    let handover = Handover::now();
    move |connection: &mut C| handover.run(|| body(connection))
}
