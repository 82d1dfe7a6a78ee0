//! What the code that runs right now is allowed to do.
//!
//! An allow in the middle of a function covers the statements that run while
//! it holds: on this thread, in the scope that was current when it began, and
//! in the scopes inside that one. A future takes its allow along from poll to
//! poll ([`Allowing`]), and so does work that is handed to another task with
//! its scope ([`in_current_scope`](crate::in_current_scope)).
//!
//! Nothing is looked at for a statement that is counted the short way: a scope
//! in which an allow has begun counts by its book from then on.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use smallvec::SmallVec;

use super::{State, current};
use crate::budget::Allow;

/// Allows that hold at once on one thread; those beyond have no effect.
const MAX_ACTIVE: usize = 32;

#[derive(Clone, Copy)]
struct Active {
    allow: Allow,
    /// The scope that was current when it began.
    scope: Option<u64>,
    token: u64,
}

#[derive(Default)]
struct Actives {
    list: Vec<Active>,
    next: u64,
}

thread_local! {
    static ACTIVE: RefCell<Actives> = const {
        RefCell::new(Actives { list: Vec::new(), next: 0 })
    };
}

/// Allows hold until this is dropped: see [`begin`].
#[derive(Debug)]
#[must_use = "the allow ends as soon as the guard is dropped"]
pub struct Allowed {
    /// The first of its entries, and how many there are.
    first: u64,
    count: u64,
    stays_on_thread: PhantomData<*const ()>,
}

/// Allows findings of some rules about what this thread runs from now on.
pub fn begin(allows: &[Allow]) -> Allowed {
    // What was counted before is not allowed.
    let scope = current::scope();
    let mut allowed = Allowed {
        first: 0,
        count: 0,
        stays_on_thread: PhantomData,
    };
    let id = scope.as_ref().map(|scope| scope.id());
    let _ = ACTIVE.try_with(|active| {
        let Ok(mut active) = active.try_borrow_mut() else {
            return;
        };
        allowed.first = active.next;
        for allow in allows {
            if active.list.len() < MAX_ACTIVE {
                let token = active.next;
                active.next = active.next.wrapping_add(1);
                active.list.push(Active {
                    allow: *allow,
                    scope: id,
                    token,
                });
                allowed.count += 1;
            }
        }
    });
    for scope in scope.iter().flat_map(State::lineage) {
        scope.begin_allows(allows);
    }
    allowed
}

impl Drop for Allowed {
    fn drop(&mut self) {
        let _ = ACTIVE.try_with(|active| {
            if let Ok(mut active) = active.try_borrow_mut() {
                let is_ours = |it: &Active| it.token.wrapping_sub(self.first) < self.count;
                active.list.retain(|it| !is_ours(it));
            }
        });
    }
}

/// The allows that hold for a statement in `scope`.
pub(crate) fn active_in(scope: &State) -> SmallVec<[Allow; 2]> {
    ACTIVE
        .try_with(|active| {
            let Ok(active) = active.try_borrow() else {
                return SmallVec::new();
            };
            let holds = |it: &&Active| it.scope.is_none_or(|id| scope.is_in(id));
            let holding = active.list.iter().filter(holds);
            holding.map(|it| it.allow).collect()
        })
        .unwrap_or_default()
}

pin_project! {
    /// A future whose statements are allowed something.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Allowing<F> {
        #[pin]
        future: F,
        allows: SmallVec<[Allow; 1]>,
    }
}

impl<F> Allowing<F> {
    pub(crate) fn new(future: F, allows: &[Allow]) -> Self {
        Self {
            future,
            allows: SmallVec::from_slice(allows),
        }
    }
}

impl<F: Future> Future for Allowing<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _allowed = begin(this.allows);
        this.future.poll(context)
    }
}

#[cfg(test)]
mod tests;
