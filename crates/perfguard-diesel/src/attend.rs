//! Which statement a call on a connection ran.
//!
//! A guarded connection learns how many rows a statement had, and the watch
//! knows under what it was recorded; neither knows the other. Both run on one
//! thread, one inside the other: the watch leaves what it has recorded in a
//! slot of the thread that the guarded connection has opened.

use std::cell::RefCell;

use perfguard_core::adapter::Recorded;

/// What a call ran, in its order. Diesel runs one statement, or two to save a
/// changed row where the database does not return it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attended {
    pub(crate) first: Option<Recorded>,
    pub(crate) second: Option<Recorded>,
}

thread_local! {
    static SLOT: RefCell<Option<Attended>> = const { RefCell::new(None) };
}

/// Runs a call and tells what it recorded.
#[cfg_attr(
    not(feature = "guarded"),
    expect(dead_code, reason = "for guarded connections")
)]
pub(crate) fn attend<R>(body: impl FnOnce() -> R) -> (R, Attended) {
    /// Gives the slot back to the call around this one, whatever happens.
    struct Restore(Option<Attended>);
    impl Restore {
        fn swap(&mut self) {
            let _ = SLOT.try_with(|slot| {
                if let Ok(mut slot) = slot.try_borrow_mut() {
                    std::mem::swap(&mut *slot, &mut self.0);
                }
            });
        }
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            self.swap();
        }
    }
    let mut outer = Restore(Some(Attended::default()));
    outer.swap();
    let value = body();
    let attended = SLOT
        .try_with(|slot| slot.try_borrow_mut().ok()?.as_mut().map(std::mem::take))
        .ok()
        .flatten();
    (value, attended.unwrap_or_default())
}

/// True if somebody waits for what is recorded next: it has to be recorded in
/// full then.
#[expect(dead_code, reason = "for a watch that looks at a statement late")]
pub(crate) fn is_wanted() -> bool {
    SLOT.try_with(|slot| {
        let slot = slot.try_borrow();
        slot.is_ok_and(|slot| slot.as_ref().is_some_and(|slot| slot.second.is_none()))
    })
    .unwrap_or(false)
}

/// Leaves a statement for whoever waits for it.
pub(crate) fn deposit(recorded: &Recorded) {
    let _ = SLOT.try_with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return;
        };
        match slot.as_mut() {
            Some(attended) if attended.first.is_none() => attended.first = Some(recorded.clone()),
            Some(attended) if attended.second.is_none() => attended.second = Some(recorded.clone()),
            _ => {}
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
