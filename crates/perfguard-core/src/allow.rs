//! Allows that an application writes as code.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::budget::Allow;
use crate::process;
use crate::rules;
use crate::scope::allowed::{Allowing, begin};
use crate::sink;

/// Runs a closure whose findings of one rule are allowed, and says why.
///
/// `rule` is the id that reports show: one of [`rules::IDS`], but for budgets,
/// which are raised instead. It covers the statements that run while the
/// closure does, on this thread; of a loop that runs partly outside, only that
/// part counts. In a function that has `#[query_budget]`,
/// `#[perfguard::allow(..)]` on a statement does the same.
///
/// ```
/// let name = perfguard_core::with_allow("n-plus-one", "three shops, and no more", || "shop");
/// assert_eq!(name, "shop");
/// ```
///
/// # Panics
/// Under test, if there is no such rule or if the reason is empty. Anywhere
/// else that is said once by a `tracing` event, and nothing is allowed.
#[track_caller]
pub fn with_allow<R>(rule: &'static str, reason: &'static str, body: impl FnOnce() -> R) -> R {
    let _allowed = begin(checked(rule, reason).as_slice());
    body()
}

/// As [`with_allow`], for a future: its allow holds whenever it is polled.
///
/// Work that the future hands to another task is covered if the scope goes with
/// it: [`in_current_scope`](crate::in_current_scope).
///
/// ```
/// # async fn example() {
/// let allowed = perfguard_core::with_allow_async("n-plus-one", "three shops", async { 3 });
/// assert_eq!(allowed.await, 3);
/// # }
/// ```
///
/// # Panics
/// As [`with_allow`].
#[track_caller]
pub fn with_allow_async<F: Future>(
    rule: &'static str,
    reason: &'static str,
    future: F,
) -> Allowing<F> {
    Allowing::new(future, checked(rule, reason).as_slice())
}

/// The allow; `None` if it was refused.
#[track_caller]
fn checked(rule: &'static str, reason: &'static str) -> Option<Allow> {
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    let here = Location::caller();
    let allow = Allow::new(rule, reason).at(here.file(), here.line());
    let problem = if reason.trim().is_empty() {
        format!("an allow of `{rule}` has no reason: say why it is expected")
    } else if allow.rule_id().is_none() {
        rules::why_not_allowable(rule)
    } else {
        return Some(allow);
    };
    #[expect(clippy::panic, reason = "a mistake in the code that a test runs")]
    if process::is_cargo_test() {
        panic!("perfguard: {problem}");
    }
    if !IS_SAID.swap(true, Ordering::Relaxed) {
        sink::complain(&problem);
    }
    None
}
