//! A statement from the moment it is sent to its end.
//!
//! A connection may have both a [`Guarded`](crate::Guarded) around it and the
//! metric callback in it. So that one statement is counted once, the guard
//! leaves a note on the thread while it polls the connection inside: the
//! callback finds it there, hands its time over and keeps silent. The note
//! names the statement's text, so that what else a connection of the user's
//! own sends meanwhile is counted as ever.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use perfguard_core::adapter::{self, Binds, Completion, Glance, Glanced, Query, Recorded};
use sea_orm::DbErr;
use sea_orm::metric::Info;
use twox_hash::XxHash3_64;

thread_local! {
    static NOTE: Cell<Option<Note>> = const { Cell::new(None) };
}

/// What the guard that polls right now has counted itself.
#[derive(Clone, Copy)]
struct Note {
    text: Text,
    /// A guard inside this one has met the statement.
    is_met: bool,
    /// What the callback told.
    elapsed: Option<Duration>,
}

/// Which statements a guard has counted: those of one text, by its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// The connection inside sends this statement and nothing else, or the
    /// text is not known.
    Any,
    Of(NonZeroU64),
}

impl Text {
    pub(crate) fn of(sql: &str) -> Self {
        let hash = XxHash3_64::oneshot(sql.as_bytes());
        Self::Of(NonZeroU64::MIN.saturating_add(hash))
    }
}

impl Note {
    fn is_of(&self, sql: &str) -> bool {
        self.text == Text::Any || self.text == Text::of(sql)
    }
}

/// True if a guard has counted the statement that the callback reports.
pub(crate) fn takes(info: &Info<'_>) -> bool {
    let note = NOTE.try_with(Cell::get).ok().flatten();
    let taken = note.filter(|note| note.elapsed.is_none() && note.is_of(&info.statement.sql));
    taken.is_some_and(|note| {
        let elapsed = Some(info.elapsed);
        let _ = NOTE.try_with(|cell| cell.set(Some(Note { elapsed, ..note })));
        true
    })
}

/// True if a guard around this one has counted the statement.
pub(crate) fn is_counted(sql: Option<&str>) -> bool {
    let note = NOTE.try_with(Cell::get).ok().flatten();
    let met = note.filter(|note| !note.is_met && sql.is_none_or(|sql| note.is_of(sql)));
    met.is_some_and(|note| {
        let _ = NOTE.try_with(|cell| {
            cell.set(Some(Note {
                is_met: true,
                ..note
            }));
        });
        true
    })
}

/// A statement that was counted, to be completed at its end.
pub(crate) enum Counted {
    /// The short way.
    Glanced(Glanced),
    /// As unattributed, or by somebody else: there is nothing to complete.
    Elsewhere,
    /// In a box, because it is large and rare where it matters.
    Recorded(Box<Recorded>),
}

impl Counted {
    pub(crate) fn count(query: &Query<'_>, binds: impl FnOnce() -> Binds) -> Self {
        match adapter::glance_text(query) {
            Glance::Counted(glanced) => Self::Glanced(glanced),
            Glance::Look => Self::Recorded(Box::new(adapter::look(query, binds))),
            _ => Self::Elsewhere,
        }
    }

    fn complete(&self, completion: Completion) {
        match self {
            Self::Glanced(glanced) => glanced.complete(completion),
            Self::Elsewhere => {}
            Self::Recorded(recorded) => recorded.complete(completion),
        }
    }
}

/// A statement under way. If it is dropped before its end it was cancelled.
pub(crate) struct Transit {
    counted: Counted,
    /// `None` where a guard around this one leaves it, and where nobody inside
    /// would read it.
    note: Option<Note>,
    /// `None` where nobody wants to know.
    started: Option<Instant>,
    is_over: bool,
}

impl Transit {
    /// A statement that is counted: its end completes `counted`. The note says
    /// so to what is inside, if anything there would count it again.
    pub(crate) fn of(counted: Counted, note: Option<Text>) -> Self {
        Self {
            counted,
            started: Some(Instant::now()),
            ..Self::unscoped(note)
        }
    }

    /// A statement in no scope.
    pub(crate) fn unscoped(note: Option<Text>) -> Self {
        let note = note.map(|text| Note {
            text,
            is_met: false,
            elapsed: None,
        });
        Self {
            counted: Counted::Elsewhere,
            note,
            started: None,
            is_over: false,
        }
    }

    /// A statement that a guard around this one has counted, and noted.
    pub(crate) fn counted_around() -> Self {
        Self::unscoped(None)
    }

    /// Runs `body` with the note on this thread.
    pub(crate) fn during<R>(&mut self, body: impl FnOnce() -> R) -> R {
        /// Puts the note of the guard around back, also after a panic.
        struct Restore<'a> {
            inside: &'a mut Note,
            around: Option<Note>,
        }
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                let inside = NOTE.try_with(|note| note.replace(self.around));
                if let Ok(Some(inside)) = inside {
                    *self.inside = inside;
                }
            }
        }
        let Some(note) = &mut self.note else {
            return body();
        };
        let around = NOTE.try_with(|cell| cell.replace(Some(*note)));
        let _restore = around.ok().map(|around| Restore {
            inside: note,
            around,
        });
        body()
    }

    /// Polls `future` to its end, which `completion` describes.
    pub(crate) fn watch<F, T>(self, future: F, completion: fn(&T) -> Completion) -> Watched<F, T>
    where
        F: Future<Output = Result<T, DbErr>> + Unpin,
    {
        Watched {
            future,
            transit: self,
            completion,
        }
    }

    /// Says how it ended.
    pub(crate) fn end(&mut self, completion: Completion) {
        self.is_over = true;
        let Some(started) = self.started else { return };
        let told = self.note.and_then(|note| note.elapsed);
        let elapsed = told.unwrap_or_else(|| started.elapsed());
        self.counted.complete(completion.elapsed(elapsed));
    }

    /// Says what is known before the end.
    pub(crate) fn tell(&self, completion: Completion) {
        self.counted.complete(completion);
    }
}

impl Drop for Transit {
    fn drop(&mut self) {
        if !self.is_over {
            // Whoever gave up an answer may ask again: no duplicate.
            self.end(Completion::new().failed(true));
        }
    }
}

/// The future of a statement under way.
pub(crate) struct Watched<F, T> {
    future: F,
    transit: Transit,
    completion: fn(&T) -> Completion,
}

impl<F, T> Future for Watched<F, T>
where
    F: Future<Output = Result<T, DbErr>> + Unpin,
{
    type Output = Result<T, DbErr>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let future = Pin::new(&mut this.future);
        let polled = this.transit.during(|| future.poll(context));
        if let Poll::Ready(result) = &polled {
            this.transit.end(match result {
                Ok(value) => (this.completion)(value),
                // Nothing was delivered.
                Err(_) => Completion::new().rows(0).failed(true),
            });
        }
        polled
    }
}
