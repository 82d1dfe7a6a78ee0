//! A statement from the moment it is sent to its end.
//!
//! A connection may have both a [`Guarded`](crate::Guarded) around it and the
//! metric callback in it. So that one statement is counted once, the guard
//! leaves a note on the thread while it polls the connection inside: the
//! callback finds it there, hands its time over and keeps silent. The note
//! names the statement's text, so that what else a connection of the user's
//! own sends meanwhile is counted as ever.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use perfguard_core::adapter::{Completion, Recorded};
use sea_orm::DbErr;
use sea_orm::metric::Info;
use twox_hash::XxHash3_64;

thread_local! {
    static NOTE: Cell<Option<Note>> = const { Cell::new(None) };
}

/// What the guard that polls right now has counted itself.
#[derive(Clone, Copy)]
struct Note {
    /// The text's hash; `None` where the text is not known.
    text: Option<u64>,
    /// A guard inside this one has met the statement.
    is_met: bool,
    /// What the callback told.
    elapsed: Option<Duration>,
}

impl Note {
    fn is_of(&self, sql: &str) -> bool {
        self.text.is_none_or(|text| text == hash(sql))
    }
}

fn hash(sql: &str) -> u64 {
    XxHash3_64::oneshot(sql.as_bytes())
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

/// A statement under way. If it is dropped before its end it was cancelled.
pub(crate) struct Transit {
    recorded: Recorded,
    /// `None` where a guard around this one leaves the note.
    note: Option<Note>,
    /// `None` where nobody wants to know.
    started: Option<Instant>,
    is_over: bool,
}

impl Transit {
    /// A statement that is counted: its end completes `recorded`.
    pub(crate) fn counted(recorded: Recorded, sql: &str) -> Self {
        Self {
            recorded,
            started: Some(Instant::now()),
            ..Self::unscoped(Some(sql))
        }
    }

    /// A statement in no scope.
    pub(crate) fn unscoped(sql: Option<&str>) -> Self {
        Self {
            recorded: Recorded::default(),
            note: Some(Note {
                text: sql.map(hash),
                is_met: false,
                elapsed: None,
            }),
            started: None,
            is_over: false,
        }
    }

    /// A statement that a guard around this one has counted.
    pub(crate) fn counted_around() -> Self {
        Self {
            recorded: Recorded::default(),
            note: None,
            started: None,
            is_over: false,
        }
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
        self.recorded.complete(completion.elapsed(elapsed));
    }

    /// Says what is known before the end.
    pub(crate) fn tell(&self, completion: Completion) {
        self.recorded.complete(completion);
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
