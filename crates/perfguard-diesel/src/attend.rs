//! Which statement a call on a connection ran.
//!
//! A guarded connection learns how many rows a statement had, and the watch
//! knows under what it was recorded; neither knows the other. Both run on one
//! thread, one inside the other: the watch leaves what it has recorded in a
//! slot of the thread that the guarded connection has opened.

use std::cell::{Cell, RefCell};

use perfguard_core::adapter::{Completion, Glanced, Recorded};

/// What a call ran, in its order. Diesel runs one statement, or two to save a
/// changed row where the database does not return it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attended {
    pub(crate) first: Option<Ran>,
    pub(crate) second: Option<Ran>,
}

/// A statement that was counted.
#[derive(Clone, Debug)]
pub(crate) enum Ran {
    /// By its type alone.
    Glanced(Glanced),
    /// Boxed: it is large, moves with the rows, and is not what mostly happens.
    Recorded(Box<Recorded>),
}

impl Ran {
    #[inline]
    pub(crate) fn complete(&self, completion: Completion) {
        match self {
            Self::Glanced(glanced) => glanced.complete(completion),
            Self::Recorded(recorded) => recorded.complete(completion),
        }
    }
}

/// Cells alone: nothing of it has to be dropped, so that a thread reads it
/// without further ado.
struct Desk {
    /// How many calls wait for their statements, one inside the other.
    waiting: Cell<u32>,
    /// What the innermost of them has run, if that was counted by its type: it
    /// is less to move.
    glanced: Cell<Option<Glanced>>,
    /// What the innermost of them has run otherwise lies in [`SLOT`].
    is_filled: Cell<bool>,
}

thread_local! {
    static DESK: Desk = const {
        Desk {
            waiting: Cell::new(0),
            glanced: Cell::new(None),
            is_filled: Cell::new(false),
        }
    };
    static SLOT: RefCell<Attended> = const { RefCell::new(Attended::NOTHING) };
}

impl Attended {
    const NOTHING: Self = Self {
        first: None,
        second: None,
    };
}

/// A call that waits for what it runs, and what the call around it has run.
pub(crate) struct Attending {
    waiting: u32,
    glanced: Option<Glanced>,
    kept: Option<Box<Attended>>,
}

impl Attending {
    /// Waits for what is run from now on.
    #[inline(always)]
    pub(crate) fn begin() -> Self {
        let around = DESK.try_with(|desk| {
            let waiting = desk.waiting.get();
            desk.waiting.set(waiting + 1);
            (waiting, desk.glanced.take(), desk.is_filled.get())
        });
        let (waiting, glanced, is_filled) = around.unwrap_or_default();
        // What a call that panicked has left is nobody's.
        let glanced = glanced.filter(|_| waiting > 0);
        if is_filled {
            return Self::begin_with_slot(waiting, glanced);
        }
        Self {
            waiting,
            glanced,
            kept: None,
        }
    }

    #[cold]
    #[inline(never)]
    fn begin_with_slot(waiting: u32, glanced: Option<Glanced>) -> Self {
        let left = take_slot().filter(|_| waiting > 0);
        Self {
            waiting,
            glanced,
            kept: left.map(Box::new),
        }
    }

    /// What has run.
    #[inline]
    pub(crate) fn end(self) -> Attended {
        let left = DESK.try_with(|desk| {
            let glanced = desk.glanced.replace(self.glanced);
            desk.waiting.set(self.waiting);
            (glanced, desk.is_filled.get())
        });
        let (glanced, is_filled) = left.unwrap_or_default();
        if is_filled || self.kept.is_some() {
            return self.end_with_slot(glanced);
        }
        // All of it is given back.
        std::mem::forget(self);
        Attended {
            first: glanced.map(Ran::Glanced),
            second: None,
        }
    }

    #[cold]
    fn end_with_slot(self, glanced: Option<Glanced>) -> Attended {
        let mut attended = take_slot().unwrap_or_default();
        let glanced = glanced.map(Ran::Glanced);
        match attended.first {
            Some(_) => attended.second = attended.second.or(glanced),
            None => attended.first = glanced,
        }
        attended
    }
}

impl Drop for Attending {
    /// Gives the call around this one what is its own, whatever has happened.
    fn drop(&mut self) {
        let is_filled = DESK.try_with(|desk| {
            desk.waiting.set(self.waiting);
            desk.glanced.set(self.glanced);
            desk.is_filled.get()
        });
        let kept = self.kept.take();
        if kept.is_some() || is_filled.unwrap_or(false) {
            with_slot(|slot| *slot = kept.map(|kept| *kept).unwrap_or_default());
        }
    }
}

/// Runs a call and tells what it recorded.
#[inline]
pub(crate) fn attend<R>(body: impl FnOnce() -> R) -> (R, Attended) {
    let attending = Attending::begin();
    let value = body();
    (value, attending.end())
}

#[cold]
fn take_slot() -> Option<Attended> {
    let mut taken = None;
    with_slot(|slot| taken = Some(std::mem::take(slot)));
    taken
}

/// Shows the slot, which is empty from then on if its first place is.
fn with_slot(change: impl FnOnce(&mut Attended)) {
    let _ = SLOT.try_with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return;
        };
        change(&mut slot);
        let _ = DESK.try_with(|desk| desk.is_filled.set(slot.first.is_some()));
    });
}

/// True if somebody waits for what is recorded next.
#[inline]
fn is_wanted() -> bool {
    DESK.try_with(|desk| desk.waiting.get() > 0)
        .unwrap_or(false)
}

/// Leaves a statement that was counted by its type.
#[inline]
pub(crate) fn deposit_glanced(glanced: Glanced) {
    let _ = DESK.try_with(|desk| {
        if desk.waiting.get() > 0 {
            desk.glanced.set(Some(glanced));
        }
    });
}

/// Leaves a statement for whoever waits for it.
pub(crate) fn deposit(recorded: &Recorded) {
    if !is_wanted() {
        return;
    }
    with_slot(|slot| {
        let place = if slot.first.is_none() {
            &mut slot.first
        } else {
            &mut slot.second
        };
        if place.is_none() {
            *place = Some(Ran::Recorded(Box::new(recorded.clone())));
        }
    });
}

#[cfg(all(test, feature = "guarded"))]
mod tests {
    use super::{Recorded, attend, deposit};

    #[test]
    fn a_call_is_told_what_ran_in_it_and_no_more() {
        deposit(&Recorded::default());
        let ((), attended) = attend(|| {});
        assert!(attended.first.is_none(), "what ran before is not its own");
        let ((), attended) = attend(|| deposit(&Recorded::default()));
        assert!(attended.first.is_some() && attended.second.is_none());
    }

    #[test]
    fn a_call_inside_a_call_keeps_its_statement_to_itself() {
        let (inner, outer) = attend(|| {
            let ((), inner) = attend(|| deposit(&Recorded::default()));
            inner
        });
        assert!(inner.first.is_some());
        assert!(outer.first.is_none());
    }

    #[test]
    fn a_call_that_panics_closes_its_slot() {
        let ((), outer) = attend(|| {
            let panicked = std::panic::catch_unwind(|| {
                attend(|| {
                    deposit(&Recorded::default());
                    std::panic::resume_unwind(Box::new(()));
                })
            });
            assert!(panicked.is_err());
        });
        assert!(outer.first.is_none());
    }
}
