//! Statements that are counted the short way: by a mark, or by a text that is
//! known.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

use super::{INTERNER, Recorded, count_unattributed};
use crate::connection::Connection;
use crate::ledger::{Key, Recognised, RecognisedRead};
use crate::query::{Completion, Query};
use crate::scope::{State, current, lease};
use crate::statement::{Fingerprint, Kind, Statement, TextKey};

/// What [`glance`] did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Glance {
    /// The statement was counted for the current scope.
    Counted(Glanced),
    /// Nothing was counted: the adapter has to look closer.
    Look,
    /// The statement was counted as unattributed: there is no scope.
    Unattributed,
}

/// Counts a read that the adapter recognises, in the fewest instructions.
///
/// For adapters that can tell a statement from a cheaper mark than its text;
/// `recognise` does, and is only called where a scope is current. Where the
/// answer is [`Glance::Look`] the adapter goes on with [`record_recognised`](super::record_recognised),
/// and then with [`record`](super::record).
#[inline]
pub fn glance<'a>(
    connection: &Connection,
    recognise: impl FnOnce() -> Option<&'a Arc<Statement>>,
) -> Glance {
    if current::is_quiet() {
        return Glance::Look;
    }
    let glance = current::peek(|scope| {
        current::settle();
        // Nobody would time it.
        if scope.is_measured() {
            return Glance::Look;
        }
        let Some(statement) = recognise().filter(|it| it.shape().kind() == Kind::Select) else {
            return Glance::Look;
        };
        let fingerprint = statement.fingerprint();
        let read = RecognisedRead {
            fingerprint,
            connection: Some(connection),
            completion: None,
        };
        let counted = scope.count_recognised(None, &read);
        let Recognised::Counted { left } = counted else {
            return Glance::Look;
        };
        // The statements of a transaction are counted by the book, and those of
        // a scope that may be refused one.
        if connection.depth() == 0 && !scope.is_limited() {
            lease::lend(scope.id(), fingerprint, left);
        }
        Glance::Counted(Glanced {
            scope: scope.number(),
            fingerprint,
        })
    });
    glance.unwrap_or_else(|| {
        count_unattributed(1);
        Glance::Unattributed
    })
}

/// As [`glance`], for an adapter that has the text at hand: counts a read that
/// the current scope has seen before, if its values and its place need not be
/// looked at.
///
/// Where the answer is [`Glance::Look`] the adapter goes on with
/// [`look`](super::look). [`record_with`](super::record_with) is both in one:
/// this is for adapters that can spare the [`Recorded`].
#[inline]
pub fn glance_text(query: &Query<'_>) -> Glance {
    if current::is_quiet() {
        return Glance::Look;
    }
    let glance = current::peek(|scope| {
        if scope.is_by_the_book() {
            return Glance::Look;
        }
        current::settle();
        let Some(text) = INTERNER.key(query.sql, query.dialect) else {
            return Glance::Look;
        };
        let completion = query.completion.since(query.started);
        // The statements of a connection that tells of itself are counted for
        // its transactions.
        let again = match query.connection {
            None => scope.count_again(text, &completion),
            Some(_) => None,
        };
        let counted = again.or_else(|| count_text(scope, query, text, completion));
        match counted {
            Some(fingerprint) => Glance::Counted(Glanced {
                scope: scope.number(),
                fingerprint,
            }),
            None => Glance::Look,
        }
    });
    glance.unwrap_or_else(|| {
        count_unattributed(1);
        Glance::Unattributed
    })
}

/// Counts a read of a known text the short way, if that will do.
#[inline(never)]
fn count_text(
    scope: &State,
    query: &Query<'_>,
    text: TextKey,
    completion: Completion,
) -> Option<Fingerprint> {
    let fingerprint = INTERNER.plain_read(text)?;
    let read = RecognisedRead {
        fingerprint,
        connection: query.connection,
        completion: Some(completion),
    };
    let counted = scope.count_recognised(query.connection.is_none().then_some(text), &read);
    matches!(counted, Recognised::Counted { .. }).then_some(fingerprint)
}

/// What [`glance`] has just counted, to be completed where the same scope is
/// current, or one inside it. What becomes known elsewhere is not told: rows
/// stay unknown then.
#[derive(Clone, Copy, Debug)]
pub struct Glanced {
    /// Never 0: the lack of one takes no more room.
    scope: NonZeroU64,
    fingerprint: Fingerprint,
}

impl Glanced {
    /// Counts one more execution of the same statement in the same scope, if
    /// this thread may do so by itself: one thread-local read.
    ///
    /// For an adapter that knows, without looking, that it is the same
    /// statement, on a connection that is in no transaction.
    #[inline]
    #[must_use]
    pub fn again(&self) -> bool {
        lease::count(self.scope.get(), self.fingerprint)
    }

    /// Adds how many rows the application took, and how many of them the
    /// database sent where that is known to be more.
    #[inline]
    pub fn returned(&self, rows: u64, transferred: Option<u64>) {
        if !lease::returned(
            self.scope.get(),
            self.fingerprint,
            rows,
            transferred.unwrap_or(rows),
        ) {
            self.returned_by_the_book(rows, transferred);
        }
    }

    #[inline(never)]
    fn returned_by_the_book(self, rows: u64, transferred: Option<u64>) {
        let mut completion = Completion::new().rows(rows);
        completion.rows_transferred = transferred;
        self.complete(completion);
    }

    /// As [`Recorded::complete`].
    pub fn complete(self, completion: Completion) {
        current::settle();
        let is_told = current::peek(|scope| {
            let is_current = scope.id() == self.scope.get();
            if is_current {
                scope.complete_recognised(self.fingerprint, completion);
            }
            is_current
        });
        if is_told != Some(true) {
            self.complete_further_out(completion);
        }
    }

    /// The scope may have another one on top of it by now.
    #[cold]
    #[inline(never)]
    fn complete_further_out(self, completion: Completion) {
        if let Some(scope) = current::find(self.scope.get()) {
            scope.complete_recognised(self.fingerprint, completion);
        }
    }

    pub(super) fn into_recorded(self, started: Option<Instant>) -> Recorded {
        let scope = current::find(self.scope.get());
        let scopes = scope.iter().flat_map(State::lineage);
        Recorded {
            entries: scopes
                .map(|it| (Arc::clone(it), Key::recognised(self.fingerprint)))
                .collect(),
            started,
        }
    }
}
