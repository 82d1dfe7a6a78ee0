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
    Recorded(Recorded),
}

impl Ran {
    pub(crate) fn complete(&self, completion: Completion) {
        match self {
            Self::Glanced(glanced) => glanced.complete(completion),
            Self::Recorded(recorded) => recorded.complete(completion),
        }
    }
}

thread_local! {
    /// How many calls wait for their statements, one inside the other.
    static WAITING: Cell<u32> = const { Cell::new(0) };
    /// What the innermost of them has run, if that was counted by its type: it
    /// is less to move.
    static GLANCED: Cell<Option<Glanced>> = const { Cell::new(None) };
    /// What the innermost of them has run otherwise.
    static SLOT: RefCell<Attended> = const { RefCell::new(Attended::NOTHING) };
}

impl Attended {
    const NOTHING: Self = Self {
        first: None,
        second: None,
    };
}

/// Runs a call and tells what it recorded.
#[inline]
pub(crate) fn attend<R>(body: impl FnOnce() -> R) -> (R, Attended) {
    /// Gives the slot back to the call around this one, whatever happens.
    struct Restore {
        around: u32,
        /// What the call around this one has run.
        glanced: Option<Glanced>,
        kept: Option<Box<Attended>>,
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = WAITING.try_with(|waiting| waiting.set(self.around));
            let _ = GLANCED.try_with(|glanced| glanced.set(self.glanced));
            if let Some(kept) = self.kept.take() {
                swap(*kept);
            }
        }
    }
    let around = WAITING.try_with(Cell::get).unwrap_or(0);
    // What a call that panicked has left is nobody's.
    let glanced = GLANCED.try_with(Cell::take).ok().flatten();
    let left = if around > 0 || is_filled() {
        swap(Attended::NOTHING)
    } else {
        None
    };
    let _restore = Restore {
        around,
        glanced: glanced.filter(|_| around > 0),
        kept: left.filter(|_| around > 0).map(Box::new),
    };
    let _ = WAITING.try_with(|waiting| waiting.set(around + 1));
    let value = body();
    let glanced = GLANCED.try_with(Cell::take).ok().flatten();
    let glanced = glanced.map(Ran::Glanced);
    let mut attended = Attended::NOTHING;
    if is_filled() {
        attended = swap(Attended::NOTHING).unwrap_or_default();
        attended.second = attended.second.or(glanced);
    } else {
        attended.first = glanced;
    }
    (value, attended)
}

/// Puts `new` into the slot and gives what was there.
fn swap(new: Attended) -> Option<Attended> {
    SLOT.try_with(|slot| Some(std::mem::replace(&mut *slot.try_borrow_mut().ok()?, new)))
        .ok()
        .flatten()
}

fn is_filled() -> bool {
    SLOT.try_with(|slot| slot.try_borrow().is_ok_and(|slot| slot.first.is_some()))
        .unwrap_or(false)
}

/// True if somebody waits for what is recorded next.
#[inline]
pub(crate) fn is_wanted() -> bool {
    WAITING.try_with(Cell::get).unwrap_or(0) > 0
}

/// Leaves a statement that was counted by its type.
#[inline]
pub(crate) fn deposit_glanced(glanced: Glanced) {
    if is_wanted() {
        let _ = GLANCED.try_with(|slot| slot.set(Some(glanced)));
    }
}

/// Leaves a statement for whoever waits for it.
pub(crate) fn deposit(recorded: &Recorded) {
    if !is_wanted() {
        return;
    }
    let ran = Some(Ran::Recorded(recorded.clone()));
    let _ = SLOT.try_with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return;
        };
        if slot.first.is_none() {
            slot.first = ran;
        } else if slot.second.is_none() {
            slot.second = ran;
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
