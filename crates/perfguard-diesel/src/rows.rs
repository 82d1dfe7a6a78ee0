//! The rows of one statement, told once, when nobody can take more of them.

use perfguard_core::adapter::{Completion, Recorded};

use crate::attend::{Attended, Ran};

/// Counts the rows that the application takes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    recorded: Option<Ran>,
    taken: u64,
    /// Rows that have left the database, where the driver says so.
    transferred: Option<u64>,
    returning: Returning,
    ending: Ending,
}

/// Whether the rows are all that a write has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Returning {
    /// The query builder wrote a RETURNING.
    #[default]
    All,
    /// The text is the user's: without RETURNING, no row comes back.
    Unknown,
}

impl Returning {
    /// Diesel's type of a statement whose text is the user's is `Untyped`.
    pub(crate) fn of<SqlType>() -> Self {
        if std::any::type_name::<SqlType>().ends_with("::Untyped") {
            Self::Unknown
        } else {
            Self::All
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ending {
    /// The last row was taken.
    Complete,
    /// The driver failed on the way.
    Failed,
    #[default]
    Open,
}

impl Rows {
    /// Starts with the rows of another statement, in the same place: to build
    /// them elsewhere and to move them costs more than to count them.
    #[inline(always)]
    pub(crate) fn begin(
        &mut self,
        attended: Attended,
        size_hint: (usize, Option<usize>),
        returning: Returning,
    ) {
        // Told already, unless somebody forgot a cursor.
        if self.recorded.is_some() {
            self.tell();
        }
        let is_exact = size_hint.1 == Some(size_hint.0);
        self.recorded = attended.first;
        self.taken = 0;
        self.transferred = is_exact.then_some(size_hint.0 as u64);
        self.returning = returning;
        self.ending = Ending::Open;
    }

    /// Notes what a cursor gave.
    #[inline]
    pub(crate) fn note<R, E>(&mut self, item: Option<&Result<R, E>>) {
        match item {
            Some(Ok(_)) => self.taken += 1,
            Some(Err(_)) => self.ending = Ending::Failed,
            None if self.ending == Ending::Open => self.ending = Ending::Complete,
            None => {}
        }
    }

    /// True if there may be rows that nobody has taken and nobody has counted.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.ending == Ending::Open && self.transferred.is_none()
    }

    /// Notes rows that the driver threw away.
    pub(crate) fn discarded(&mut self, rows: u64) {
        self.transferred = Some(self.taken + rows);
    }

    /// Tells what is known, once.
    #[inline]
    pub(crate) fn tell(&mut self) {
        match self.recorded.take() {
            Some(Ran::Glanced(glanced)) => glanced.returned(self.taken, self.transferred),
            Some(Ran::Recorded(recorded)) => self.tell_recorded(&recorded),
            None => {}
        }
    }

    /// Tells what is known of a statement of any kind.
    #[cold]
    #[inline(never)]
    fn tell_recorded(&self, recorded: &Recorded) {
        let mut completion = Completion::new().rows(self.taken);
        if let Some(transferred) = self.transferred {
            completion = completion.rows_transferred(transferred);
        }
        let is_complete = self.ending == Ending::Complete;
        let all = self.transferred.or(is_complete.then_some(self.taken));
        if let Some(all) = all.filter(|all| *all > 0 || self.returning == Returning::All) {
            completion = completion.rows_affected(all);
        }
        recorded.complete(completion);
    }
}

impl Drop for Rows {
    #[inline]
    fn drop(&mut self) {
        self.tell();
    }
}

/// Tells of a statement that was run for what it changes.
pub(crate) fn changed<E>(attended: &Attended, affected: Result<&usize, &E>) {
    let Some(recorded) = &attended.first else {
        return;
    };
    // Of a read that is run this way no row is taken.
    let completion = Completion::new().rows(0);
    recorded.complete(match affected {
        Ok(affected) => completion.rows_affected(*affected as u64),
        Err(_) => completion,
    });
}

/// Tells of a read that failed before its first row.
pub(crate) fn failed(attended: &Attended) {
    if let Some(recorded) = &attended.first {
        recorded.complete(Completion::new().rows(0));
    }
}
