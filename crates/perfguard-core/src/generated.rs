//! What the attributes and the layers call. Not a public interface: generated
//! code reaches it through `perfguard::__private`.

use std::sync::Arc;

pub use crate::arithmetic::{
    Cost, Unbudgeted, counted, exported_by, length, refuse_length, refuse_loop, refuse_sum,
};
pub use crate::budget::{Allow, Budget, Site};
use crate::callsite::Mark;
pub use crate::expected::{Comparison, Counted, Expected, without_findings, without_findings_sync};
pub use crate::limits::Limits;
use crate::outcome;
pub use crate::outcome::Outcome;
use crate::planned;
use crate::report::Report;
use crate::run_file::{self, Verdict};
use crate::scope::allowed::Allowing;
pub use crate::scope::allowed::{Allowed, begin as begin_allows};
pub use crate::scope::{Answering, Binding, Handover, Judged, Preview, Request};
use crate::scope::{Ending, Kind, Scope, State, current};
pub use crate::thresholds::Profile;

/// Runs the body of an annotated async function.
///
/// The scope is opened by this call, not by the first poll: generated code
/// awaits the result at once.
pub fn run_async<F: Future>(site: &'static Site, name: &'static str, future: F) -> Judged<F> {
    Judged::new(future, handler(site, name))
}

/// Runs the body of an annotated function.
pub fn run_sync<R>(
    site: &'static Site,
    name: &'static str,
    body: impl FnOnce() -> R,
) -> (R, Outcome) {
    run(handler(site, name), body)
}

/// Counts the items of what a body answers, for the scope that it runs in.
pub fn answering<F: Future>(counter: fn(&F::Output) -> Option<u64>, body: F) -> Answering<F> {
    Answering::new(counter, body)
}

/// The same of a sync body.
pub fn answering_sync<R>(
    counter: fn(&R) -> Option<u64>,
    body: impl FnOnce() -> R,
) -> impl FnOnce() -> R {
    move || {
        let value = body();
        current::answered(counter(&value));
        value
    }
}

/// Runs a part of an async function whose findings are allowed.
pub fn allow<F: IntoFuture>(allows: &[Allow], future: F) -> Allowing<F::IntoFuture> {
    Allowing::new(future.into_future(), allows)
}

/// Runs the body of an async `#[perfguard::allow(..)]`.
pub async fn allow_async<F: Future>(allows: &'static [Allow], future: F) -> (F::Output, Outcome) {
    (Allowing::new(future, allows).await, Outcome::silent())
}

/// Runs the body of an `#[perfguard::allow(..)]`.
pub fn allow_sync<R>(allows: &'static [Allow], body: impl FnOnce() -> R) -> (R, Outcome) {
    let _allowed = begin_allows(allows);
    (body(), Outcome::silent())
}

/// Runs the body of an async `#[perfguard::test]`.
pub fn test_async<F: Future>(
    site: Option<&'static Site>,
    name: &'static str,
    future: F,
) -> Judged<F> {
    Judged::new(future, test(site, name))
}

/// Runs the body of a `#[perfguard::test]`.
pub fn test_sync<R>(
    site: Option<&'static Site>,
    name: &'static str,
    body: impl FnOnce() -> R,
) -> (R, Outcome) {
    run(test(site, name), body)
}

/// As [`test_async`], of a test that wants the plans of its statements.
pub fn test_async_explain<F: Future>(
    site: Option<&'static Site>,
    name: &'static str,
    future: F,
) -> Judged<F> {
    Judged::new(future, explained(site, name))
}

/// As [`test_sync`], of a test that wants the plans of its statements.
pub fn test_sync_explain<R>(
    site: Option<&'static Site>,
    name: &'static str,
    body: impl FnOnce() -> R,
) -> (R, Outcome) {
    run(explained(site, name), body)
}

/// Runs what a test is about, where it is a future.
pub async fn act<F: Future>(future: F) -> F::Output {
    let (value, outcome) = Judged::new(future, acted()).await;
    outcome.enforce();
    value
}

/// The same of a closure.
#[track_caller]
pub fn act_sync<R>(body: impl FnOnce() -> R) -> R {
    let (value, outcome) = run(acted(), body);
    outcome.enforce();
    value
}

/// Runs a future in a scope in which nothing fails.
pub async fn observe<F: Future>(future: F) -> (F::Output, Report) {
    let scope = observed();
    let value = scope.wrap(future).await;
    (value, conclude(&scope))
}

/// Runs a closure in a scope in which nothing fails.
pub fn observe_sync<R>(body: impl FnOnce() -> R) -> (R, Report) {
    let scope = observed();
    let value = scope.in_scope(body);
    (value, conclude(&scope))
}

/// As [`observe`], with the reports of scopes inside that found nothing; who
/// asked for it tells what became of it.
pub(crate) async fn observe_all<F: Future>(future: F) -> Report {
    let scope = observed();
    scope.state().keep_silent();
    drop(scope.wrap(future).await);
    outcome::conclude(scope.state(), Ending::Completed)
}

/// As [`observe_all`], of a closure.
pub(crate) fn observe_all_sync<R>(body: impl FnOnce() -> R) -> Report {
    let scope = observed();
    scope.state().keep_silent();
    drop(scope.in_scope(body));
    outcome::conclude(scope.state(), Ending::Completed)
}

fn conclude(observed: &Scope) -> Report {
    let report = outcome::conclude(observed.state(), Ending::Completed);
    run_file::note_scope(observed.state(), &report, Verdict::Observed);
    report
}

/// The name of a method, from the name of a function inside it.
#[must_use]
pub fn method_name(inner: &'static str) -> &'static str {
    let mut name = inner.strip_suffix("::__perfguard_here").unwrap_or(inner);
    while let Some(outer) = name.strip_suffix("::{{closure}}") {
        name = outer;
    }
    name
}

fn handler(site: &'static Site, name: &'static str) -> Option<Arc<State>> {
    let scope = State::open_enforced(Kind::Handler, name.into(), Some(site), current::scope());
    if let Some(scope) = &scope {
        scope.note_annotated();
    }
    scope
}

fn test(site: Option<&'static Site>, name: &'static str) -> Option<Arc<State>> {
    State::open_enforced(Kind::Test, name.into(), site, current::scope())
}

fn explained(site: Option<&'static Site>, name: &'static str) -> Option<Arc<State>> {
    let scope = test(site, name);
    if let Some(scope) = &scope {
        planned::open(scope);
    }
    scope
}

/// The name of what a test is about that nobody annotated.
pub(crate) const ACT: &str = "act";

/// The scope of what a test is about, which has the test's budget.
fn acted() -> Option<Arc<State>> {
    let outer = current::scope();
    let test = outer.as_ref().and_then(State::begin_act);
    let name = test
        .as_ref()
        .map_or_else(|| ACT.into(), |(name, _)| format!("{name} (act)").into());
    let site = test.and_then(|(_, site)| site);
    State::open_enforced(Kind::Act, name, site, outer)
}

fn observed() -> Scope {
    Scope::of(State::open(Kind::Observe, "observe".into(), None))
}

fn run<R>(scope: Option<Arc<State>>, body: impl FnOnce() -> R) -> (R, Outcome) {
    /// Ends the scope of a body that panicked.
    struct Unwinding {
        scope: Arc<State>,
        token: current::Token,
        is_done: bool,
    }
    impl Drop for Unwinding {
        fn drop(&mut self) {
            current::leave(self.token);
            if !self.is_done {
                Outcome::of(&self.scope, Ending::Panicked).abandon();
            }
        }
    }
    let Some(scope) = scope else {
        return (body(), Outcome::silent());
    };
    let anchor = 0;
    let token = current::enter(scope.clone(), Mark::at(&anchor), None);
    let mut unwinding = Unwinding {
        scope: scope.clone(),
        token,
        is_done: false,
    };
    let value = body();
    unwinding.is_done = true;
    drop(unwinding);
    (value, Outcome::of(&scope, Ending::Completed))
}
