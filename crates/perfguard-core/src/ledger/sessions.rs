//! What a scope saw of connections and transactions.

use std::time::Duration;

use smallvec::SmallVec;

use crate::callsite::{Chain, SiteId};
use crate::connection::Connection;
use crate::report::{Connections, Transactions};

/// Open transactions whose statements a scope counts.
const MAX_OPEN: usize = 64;

/// Something that a connection tells the scopes around it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SessionEvent {
    /// A transaction began.
    Begun(u64),
    CheckedIn,
    CheckedOut,
    /// A connection that was established in the scope was closed.
    Closed(u64),
    /// A transaction ended, in this time if that is known.
    Ended {
        transaction: u64,
        ending: Ending,
        elapsed: Option<Duration>,
    },
    /// The connection was established, in this time if that is known.
    Established(Option<Duration>),
    /// A part of a transaction began or ended.
    Savepoint,
}

impl SessionEvent {
    /// True if an equal read after it may see other data.
    pub(super) fn is_transaction_control(self) -> bool {
        matches!(self, Self::Begun(_) | Self::Ended { .. } | Self::Savepoint)
    }
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Committed,
    RolledBack,
}

/// Connections that are waited for.
const MAX_AWAITED: usize = 64;

/// A connection that was established, and is not closed yet.
#[derive(Clone, Debug)]
struct Awaited {
    number: u64,
    place: Option<(SiteId, Chain)>,
    has_run: bool,
}

/// Connections that were established, used and closed in one scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsedUp {
    pub(crate) count: u64,
    /// Where the first of them was established, if that was read.
    pub(crate) place: Option<(SiteId, Chain)>,
}

/// The transaction that took the longest, of those whose end was seen.
#[derive(Clone, Debug)]
pub(crate) struct Longest {
    number: u64,
    pub(crate) elapsed: Duration,
    pub(crate) statements: u64,
    /// Where it began, if that was read.
    pub(crate) place: Option<(SiteId, Chain)>,
}

/// Transactions that were open, and ran nothing, while an outgoing call was
/// made.
#[derive(Clone, Debug)]
pub(crate) struct HeldOver {
    /// The first of them, and the first call.
    number: u64,
    pub(crate) call: &'static str,
    /// How many calls that happened for.
    pub(crate) calls: u64,
    /// Where the first of them began, if that was read.
    pub(crate) place: Option<(SiteId, Chain)>,
}

/// Exact counts; of the transactions that are open at once beyond a bound,
/// the statements are not counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    /// Drivers have told of connections, and of transactions, at all.
    tells_connections: bool,
    tells_transactions: bool,
    established: u64,
    establish_time: Option<Duration>,
    establish_time_unknown: bool,
    awaited: Vec<Awaited>,
    used_up: UsedUp,
    held: u64,
    most_held: Option<u64>,
    begun: u64,
    committed: u64,
    rolled_back: u64,
    /// The open transactions and how many statements each has run.
    open: SmallVec<[(u64, u64); 2]>,
    most_statements: u64,
    longest: Option<Longest>,
    held_over: Option<HeldOver>,
}

impl Sessions {
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.open.is_empty()
    }

    /// The open transactions, and how many statements each has run.
    pub(super) fn open_ones(&self) -> SmallVec<[(u64, u64); 1]> {
        self.open.iter().copied().collect()
    }

    /// Notes an outgoing call that began when these transactions were open. One
    /// that has run a statement since did not wait for it: it is another task's.
    pub(super) fn note_call(&mut self, call: &'static str, before: &[(u64, u64)]) {
        let waited = before.iter().find(|it| self.open.contains(it));
        let Some((number, _)) = waited else { return };
        match &mut self.held_over {
            Some(held) => held.calls += 1,
            None => {
                self.held_over = Some(HeldOver {
                    number: *number,
                    call,
                    calls: 1,
                    place: None,
                });
            }
        }
    }

    pub(super) fn held_over(&self) -> Option<&HeldOver> {
        self.held_over.as_ref()
    }

    /// Takes an event; false if a detail had to be dropped.
    pub(super) fn note(&mut self, event: SessionEvent) -> bool {
        if event.is_transaction_control() {
            self.tells_transactions = true;
        } else {
            self.tells_connections = true;
        }
        match event {
            SessionEvent::Begun(transaction) => {
                self.begun += 1;
                if self.open.len() >= MAX_OPEN {
                    return false;
                }
                self.open.push((transaction, 0));
            }
            SessionEvent::CheckedIn => self.held = self.held.saturating_sub(1),
            SessionEvent::Closed(number) => self.close(number),
            SessionEvent::CheckedOut => {
                self.held += 1;
                self.most_held = self.most_held.max(Some(self.held));
            }
            SessionEvent::Ended {
                transaction,
                ending,
                elapsed,
            } => {
                match ending {
                    Ending::Committed => self.committed += 1,
                    Ending::RolledBack => self.rolled_back += 1,
                }
                let position = self.open.iter().position(|(open, _)| *open == transaction);
                let ended = position.map(|position| self.open.remove(position));
                let longest = self.longest.as_ref().map(|longest| longest.elapsed);
                if let Some(elapsed) = elapsed.filter(|elapsed| Some(*elapsed) > longest) {
                    self.longest = Some(Longest {
                        number: transaction,
                        elapsed,
                        statements: ended.map_or(0, |(_, statements)| statements),
                        place: None,
                    });
                }
            }
            SessionEvent::Established(elapsed) => {
                self.established += 1;
                self.establish_time_unknown |= elapsed.is_none();
                let known = self.establish_time.unwrap_or_default();
                self.establish_time = elapsed.map(|elapsed| known.saturating_add(elapsed));
            }
            SessionEvent::Savepoint => {}
        }
        true
    }

    /// Waits for the end of a connection; false if there is no room.
    pub(super) fn await_end(&mut self, number: u64, place: Option<(SiteId, Chain)>) -> bool {
        let has_room = self.awaited.len() < MAX_AWAITED;
        if has_room {
            self.awaited.push(Awaited {
                number,
                place,
                has_run: false,
            });
        }
        has_room
    }

    /// One that ran nothing was given another watcher rather than closed.
    fn close(&mut self, number: u64) {
        let position = self.awaited.iter().position(|it| it.number == number);
        let closed = position.map(|position| self.awaited.swap_remove(position));
        if let Some(closed) = closed.filter(|closed| closed.has_run) {
            self.used_up.count += 1;
            self.used_up.place = self.used_up.place.take().or(closed.place);
        }
    }

    /// Notes where a transaction that has just ended began.
    pub(super) fn place_ended(&mut self, transaction: u64, place: (SiteId, Chain)) {
        let longest = self.longest.as_mut();
        if let Some(longest) = longest.filter(|longest| longest.number == transaction) {
            longest.place = Some(place.clone());
        }
        let held = self.held_over.as_mut();
        if let Some(held) = held.filter(|held| held.number == transaction) {
            held.place = Some(place);
        }
    }

    pub(super) fn longest(&self) -> Option<&Longest> {
        self.longest.as_ref()
    }

    pub(super) fn used_up(&self) -> &UsedUp {
        &self.used_up
    }

    /// Counts a statement on a connection.
    #[inline]
    pub(super) fn note_statement(&mut self, connection: &Connection) {
        if let Some(number) = connection.number() {
            let mut awaited = self.awaited.iter_mut();
            if let Some(awaited) = awaited.find(|it| it.number == number) {
                awaited.has_run = true;
            }
        }
        self.tells_connections |= !connection.is_pooled();
        self.tells_transactions = true;
        let mut open = self.open.iter_mut();
        if let Some((_, statements)) = open.find(|(open, _)| connection.is_in(*open)) {
            *statements += 1;
            self.most_statements = self.most_statements.max(*statements);
        }
    }

    pub(super) fn connections(&self) -> Option<Connections> {
        self.tells_connections.then(|| Connections {
            established: self.established,
            establish_time: self.establish_time.filter(|_| !self.establish_time_unknown),
            most_held: self.most_held,
        })
    }

    pub(super) fn transactions(&self) -> Option<Transactions> {
        self.tells_transactions.then_some(Transactions {
            count: self.begun,
            committed: self.committed,
            rolled_back: self.rolled_back,
            most_statements: self.most_statements,
            longest: self.longest.as_ref().map(|longest| longest.elapsed),
        })
    }
}
