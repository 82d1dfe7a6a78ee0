//! Which scope is current on this thread.
//!
//! A stack, because scopes nest and because a call site is cut at the mark of
//! every scope on it. No lock; a thread that is going away has no scope.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use smallvec::SmallVec;

use super::State;
use super::lease;
use super::span::ScopeSpan;
use crate::adapter::count_unattributed;
use crate::callsite::{Cut, Mark, Origin};

/// Names one entry of this thread's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(u64);

struct Entry {
    token: Token,
    scope: Arc<State>,
    mark: Mark,
    /// Where the work was handed over to this task or thread.
    origin: Option<Arc<Origin>>,
    /// In a box, because each poll makes an entry and few enter a span.
    inside: Option<Box<Inside>>,
}

/// The span that an entry has entered: see [`super::span`].
enum Inside {
    /// One of its own: the scope's is entered already, below another scope's,
    /// and entering it once more would not make it the thread's current span.
    Again(ScopeSpan),
    Scopes,
}

impl Inside {
    fn exit(&self, scope: &State) {
        match self {
            Self::Again(span) => span.exit(),
            Self::Scopes => scope.exit_span(),
        }
    }
}

impl Entry {
    fn exit_span(&self) {
        if let Some(inside) = &self.inside {
            inside.exit(&self.scope);
        }
    }
}

thread_local! {
    static STACK: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u64> = const { Cell::new(1) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Makes `scope` current until [`leave`] is called with the token.
#[inline(always)]
pub(crate) fn enter(scope: Arc<State>, mark: Mark, origin: Option<Arc<Origin>>) -> Token {
    settle();
    let token = NEXT
        .try_with(|next| Token(next.replace(next.get().wrapping_add(1))))
        .unwrap_or(Token(0));
    let has_span = scope.span().is_some();
    // If the thread is going away there is nothing to be current on.
    let _ = STACK.try_with(|stack| {
        if let Ok(mut stack) = stack.try_borrow_mut() {
            stack.push(Entry {
                token,
                scope,
                mark,
                origin,
                inside: None,
            });
        }
    });
    if has_span {
        enter_span(token);
    }
    token
}

/// Enters the span of the scope that was just pushed. Subscribers are called
/// outside the borrow.
#[cold]
#[inline(never)]
fn enter_span(token: Token) {
    let Some(scope) = peek(Arc::clone) else {
        return;
    };
    let is_same = |entry: &Entry| Arc::ptr_eq(&entry.scope, &scope);
    let is_covered = with_stack((), |stack, ()| {
        let mut below = stack
            .iter()
            .rev()
            .skip(1)
            .filter(|entry| entry.inside.is_some());
        below
            .next()
            .is_some_and(|top| !is_same(top) && below.any(is_same))
    });
    let inside = if is_covered.unwrap_or(false) {
        let span = ScopeSpan::open();
        span.enter();
        Inside::Again(span)
    } else {
        scope.enter_span();
        Inside::Scopes
    };
    let unclaimed = with_stack(inside, |stack, inside| {
        match stack.iter_mut().rev().find(|entry| entry.token == token) {
            Some(entry) => {
                entry.inside = Some(Box::new(inside));
                None
            }
            None => Some(inside),
        }
    });
    // The thread is going away.
    if let Some(inside) = unclaimed.unwrap_or_else(|inside| inside) {
        inside.exit(&scope);
    }
}

/// Takes one entry off, wherever it is: guards may be dropped in any order.
pub(crate) fn leave(token: Token) {
    settle();
    let entry = with_stack((), |stack, ()| {
        let position = stack.iter().rposition(|entry| entry.token == token)?;
        Some(stack.remove(position))
    });
    if let Ok(Some(entry)) = entry {
        entry.exit_span();
    }
}

/// Takes one entry off with everything above it: a task that is suspended
/// leaves nothing behind, also not a guard that it holds across the `.await`.
/// Gives the entry's scope back.
#[inline(always)]
pub(crate) fn suspend(token: Token) -> Option<Arc<State>> {
    settle();
    // Mostly there is nothing above it.
    let last = STACK.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        let entry = stack.pop_if(|entry| entry.token == token)?;
        Some((entry.scope, entry.inside))
    });
    let Ok(Some((scope, inside))) = last else {
        return suspend_all(token);
    };
    if let Some(inside) = inside {
        inside.exit(&scope);
    }
    Some(scope)
}

#[cold]
#[inline(never)]
fn suspend_all(token: Token) -> Option<Arc<State>> {
    let mut entries = with_stack((), |stack, ()| {
        let position = stack.iter().rposition(|entry| entry.token == token)?;
        Some(stack.split_off(position))
    })
    .ok()
    .flatten()?;
    entries.iter().rev().for_each(Entry::exit_span);
    (!entries.is_empty()).then(|| entries.swap_remove(0).scope)
}

/// Enters what this thread has counted by itself: see [`lease`].
#[inline]
pub(crate) fn settle() {
    if lease::is_held() {
        settle_lease();
    }
}

#[inline(never)]
fn settle_lease() {
    let Some((scope, fingerprint, run)) = lease::take() else {
        return;
    };
    // Lent by the scope that is still current.
    let is_entered = peek(|current| current.id() == scope && current.enter_run(fingerprint, &run));
    if is_entered != Some(true) {
        // It has ended in the meantime, elsewhere.
        count_unattributed(run.count);
    }
}

/// The current scope, with all that this thread has counted entered.
pub(crate) fn scope() -> Option<Arc<State>> {
    settle();
    with_stack((), |stack, ()| {
        stack.last().map(|entry| Arc::clone(&entry.scope))
    })
    .ok()
    .flatten()
}

/// The scope of this number, if it is current on this thread or has a current
/// one inside it.
pub(crate) fn find(scope: u64) -> Option<Arc<State>> {
    let is_it = |state: &&Arc<State>| state.id() == scope;
    with_stack((), |stack, ()| {
        let mut entries = stack.iter().rev();
        entries.find_map(|entry| entry.scope.lineage().find(is_it).cloned())
    })
    .ok()
    .flatten()
}

/// Shows the current scope to `look`, which must not enter or leave one. What
/// this thread counts by itself may not be entered yet.
#[inline]
pub(crate) fn peek<R>(look: impl FnOnce(&Arc<State>) -> R) -> Option<R> {
    STACK
        .try_with(|stack| {
            let stack = stack.try_borrow().ok()?;
            stack.last().map(|entry| look(&entry.scope))
        })
        .ok()
        .flatten()
}

/// True if a query would count for a scope; one thread-local read.
pub(crate) fn is_scoped() -> bool {
    peek(|_| ()).is_some()
}

/// Tells the current scope how many items its body answers.
pub(crate) fn answered(items: Option<u64>) {
    if let Some(items) = items {
        peek(|scope| scope.note_answer(items));
    }
}

/// Where each scope from `scope` to the root cuts this thread's stack: at the
/// outermost entry that belongs to it or to a scope inside it.
pub(crate) fn cuts(scope: &Arc<State>) -> SmallVec<[Cut; 4]> {
    with_stack((), |stack, ()| {
        let mut cuts: SmallVec<[Cut; 4]> = SmallVec::new();
        for state in scope.lineage() {
            let outermost = stack
                .iter()
                .rev()
                .take_while(|entry| entry.scope.lineage().any(|outer| Arc::ptr_eq(outer, state)))
                .last();
            let Some(entry) = outermost else {
                continue;
            };
            cuts.push(Cut {
                scope: state.id(),
                mark: entry.mark,
                origin: entry.origin.clone(),
            });
        }
        cuts
    })
    .unwrap_or_default()
}

/// Runs `body` with recording switched off on this thread: what perfguard's
/// own sinks query does not count.
pub(crate) fn quietly<R>(body: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = QUIET.try_with(|quiet| quiet.set(self.0));
        }
    }
    settle();
    let _restore = Restore(QUIET.try_with(|quiet| quiet.replace(true)).unwrap_or(false));
    body()
}

/// True inside [`quietly`].
#[inline]
pub(crate) fn is_quiet() -> bool {
    QUIET.try_with(Cell::get).unwrap_or(true)
}

/// Hands `value` and the stack to `body`; gives `value` back where the thread
/// is going away.
fn with_stack<T, R>(value: T, body: impl FnOnce(&mut Vec<Entry>, T) -> R) -> Result<R, Option<T>> {
    let mut value = Some(value);
    STACK
        .try_with(|stack| {
            let mut stack = stack.try_borrow_mut().ok()?;
            value.take().map(|value| body(&mut stack, value))
        })
        .ok()
        .flatten()
        .ok_or(value)
}
