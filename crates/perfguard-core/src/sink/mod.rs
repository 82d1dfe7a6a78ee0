//! What takes what scopes leave: one `tracing` event for a violating scope,
//! and what the application has installed.
//!
//! A [`Sink`] is somebody else's code that runs on the request's path, perhaps
//! in a `Drop`: a panic in it is caught, and a sink that panicked once is
//! switched off, with one warning. Queries that a sink runs do not count, and
//! none of perfguard's locks is held while it runs.

mod ended;
mod event;
mod outlet;
mod quota;

use std::fmt::Debug;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::report::{self, Report};
use crate::scope::{Mode, State, current};
use crate::settings::Settings;

pub use ended::{Ended, ScopeEnd};
pub(crate) use event::complain;
pub use outlet::internal_errors;
pub(crate) use outlet::{Outlet, caught};
pub use report::{Escaped, Step, Timeline, escape};

/// Takes what each scope leaves when it ends: for metrics, for a page, for
/// whatever the application wants to do with it.
///
/// It is called on the thread on which the scope ended, on the path of a
/// request: it should neither block nor write to a file.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use perfguard_core::Settings;
/// use perfguard_core::sink::{Ended, Sink};
///
/// #[derive(Debug, Default)]
/// struct Total(AtomicU64);
///
/// impl Sink for Total {
///     fn scope_ended(&self, ended: &Ended<'_>) {
///         // Statements of a scope are those of the scopes around it, too.
///         if ended.is_root() {
///             self.0.fetch_add(ended.report().queries(), Ordering::Relaxed);
///         }
///     }
/// }
///
/// Settings::new().sink(Total::default()).install()?;
/// # Ok::<(), perfguard_core::Error>(())
/// ```
pub trait Sink: Debug + Send + Sync + 'static {
    /// A scope has ended: an annotated function, a request, or one that was
    /// opened by hand.
    ///
    /// Not called for tests, nor for what a test observes.
    fn scope_ended(&self, ended: &Ended<'_>);

    /// Whether scopes keep a [`Timeline`] for it: when each of their first 256
    /// statements ran, and for how long.
    ///
    /// Asked once, when it is given to the settings. Where a sink says so,
    /// nothing is counted the short way any more: each statement costs some
    /// hundred nanoseconds more, and an outermost scope keeps 12 KiB at most.
    fn wants_timeline(&self) -> bool {
        false
    }

    /// What it is called where something is wrong with it.
    fn name(&self) -> &'static str {
        "a sink"
    }
}

/// True if somebody is told of a scope that ends without a finding.
pub(crate) fn is_listening(scope: &State) -> bool {
    !Settings::current().sinks().is_empty() || scope.settings().is_summed_up(scope.id())
}

/// Tells everybody of a scope that has ended, but for one that a sink itself
/// has opened: it would be told of that without end.
pub(crate) fn tell(scope: &Arc<State>, report: &Report) {
    let sinks = Settings::current().sinks();
    if current::is_quiet() || (sinks.is_empty() && scope.mode() != Mode::Warn) {
        return;
    }
    let Some(ended) = Ended::of(scope, report) else {
        return;
    };
    if scope.mode() == Mode::Warn {
        event::write(&ended, scope);
    }
    for sink in sinks {
        sink.give(&ended);
    }
}

/// Writes a report to standard error, for a test that nobody can fail.
pub(crate) fn print(report: &Report) {
    let text = report.to_string();
    if std::thread::panicking() {
        // With the panic: the harness shows both if that fails the test.
        #[expect(clippy::print_stderr, reason = "what no test can fail with")]
        let _ = catch_unwind(AssertUnwindSafe(|| eprintln!("{text}")));
    } else {
        say(&text);
    }
}

/// Writes a text to standard error, under test.
///
/// To the stream itself: what a test prints by `eprintln!` is captured, and
/// nobody sees it of a test that passes.
pub(crate) fn say(text: &str) {
    // Standard error may be closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
