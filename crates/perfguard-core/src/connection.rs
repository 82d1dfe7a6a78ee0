//! What a driver tells of one connection and of its transactions.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use smallvec::SmallVec;

use crate::adapter::trace_here;
use crate::ledger::{Ending, SessionEvent};
use crate::query::{Query, Transaction};
use crate::scope::{State, current};
use crate::statement::Dialect;

/// Nested transactions that are told apart.
const MAX_DEPTH: usize = 16;

/// The scopes that heard of something, to tell them how it ends. They are not
/// kept alive: a pooled connection outlives many.
type Scopes = SmallVec<[Weak<State>; 3]>;

/// One database connection: a driver keeps it beside its own.
///
/// Made by [`Adapter::connect`](crate::adapter::Adapter::connect). It is a few
/// words large, `Send`, keeps no scope alive, and closes when it is dropped.
/// Each event counts for the scope that is current when it is told, and for
/// the scopes around it; the end of a transaction counts where it began. To a
/// scope, a transaction is the outermost one that began in it: one that a test
/// has opened around a handler is none of the handler's.
///
/// ```
/// use perfguard_core::adapter::{self, Adapter};
/// use perfguard_core::{Scope, statement::Dialect};
///
/// static MINE: Adapter = Adapter::new("my driver");
/// MINE.installed();
///
/// let scope = Scope::new("a job");
/// scope.in_scope(|| {
///     let mut connection = MINE.connect(Dialect::Sqlite);
///     connection.begin();
///     adapter::record(&connection.query("DELETE FROM drafts WHERE id = ?"));
///     connection.commit();
/// });
/// let transactions = scope.close().transactions().unwrap();
/// assert_eq!((transactions.count(), transactions.committed()), (1, 1));
/// assert_eq!(transactions.most_statements(), 1);
/// ```
pub struct Connection {
    dialect: Dialect,
    is_pooled: bool,
    /// The scopes that count it as held.
    held_in: Option<Scopes>,
    /// Its number, and the scopes that wait for its end.
    established: Option<(u64, Scopes)>,
    /// The open transactions, outermost first.
    open: Vec<Opened>,
    /// How many more are open, deeper than is told apart.
    deeper: usize,
}

/// A transaction that has begun.
#[derive(Default)]
struct Opened {
    /// `None` for one that began in no scope.
    transaction: Option<Transaction>,
    started: Option<Instant>,
    /// The scopes that count it.
    counted_in: Scopes,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("dialect", &self.dialect)
            .field("depth", &self.depth())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            is_pooled: false,
            held_in: None,
            established: None,
            open: Vec::new(),
            deeper: 0,
        }
    }

    /// One in a transaction that nobody was told of.
    #[cfg(test)]
    pub(crate) fn in_transaction(transaction: Transaction) -> Self {
        let mut connection = Self::new(Dialect::Sqlite);
        connection.open.push(Opened {
            transaction: Some(transaction),
            ..Opened::default()
        });
        connection
    }

    /// The same, for a driver that does not see its pool: reports do not say
    /// then how many connections were established.
    #[must_use]
    pub fn pooled(mut self) -> Self {
        self.is_pooled = true;
        self
    }

    pub(crate) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// The dialect of its statements.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many transactions are open: 0 outside any, 2 within a savepoint.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len() + self.deeper
    }

    /// A statement on this connection, in its innermost transaction.
    #[must_use]
    pub fn query<'a>(&'a self, sql: &'a str) -> Query<'a> {
        Query::new(sql, self.dialect).connection(self)
    }

    /// Says that it was established right now, in this time if that is known.
    pub fn established(&mut self, elapsed: impl Into<Option<Duration>>) {
        let event = Event::established();
        self.tell(match elapsed.into() {
            Some(elapsed) => event.elapsed(elapsed),
            None => event,
        });
    }

    /// Says that the application has it now: from a pool or, without one, for
    /// as long as it lives.
    pub fn checked_out(&mut self) {
        self.tell(Event::checked_out());
    }

    /// Says that the application has given it back.
    pub fn checked_in(&mut self) {
        self.tell(Event::checked_in());
    }

    /// Says that a transaction begins, or a savepoint inside one.
    ///
    /// Call it on the stack that begins it: the place is read there.
    #[inline(never)]
    pub fn begin(&mut self) {
        self.tell(Event::begin());
    }

    /// Says that the innermost transaction was committed.
    pub fn commit(&mut self) {
        self.tell(Event::commit());
    }

    /// Says that the innermost transaction was rolled back.
    pub fn rollback(&mut self) {
        self.tell(Event::rollback());
    }

    /// Takes an event of which more is known than that it happened now.
    pub fn tell(&mut self, event: Event) {
        match event.kind {
            Kind::Begin => self.begin_at(event),
            Kind::CheckedIn => self.check_in(),
            Kind::CheckedOut => self.check_out(),
            Kind::Commit => self.end(event, Ending::Committed),
            Kind::Established => self.establish(event.elapsed),
            Kind::Rollback => self.end(event, Ending::RolledBack),
        }
    }

    fn establish(&mut self, elapsed: Option<Duration>) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let Some(scope) = here() else { return };
        // Relaxed: only uniqueness counts.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let trace = trace_here(&scope);
        let mut waiting = Scopes::new();
        for (scope, below) in scope.outer() {
            scope.note_session(SessionEvent::Established(elapsed));
            // Of a judged scope inside this one, that is to say it.
            if below.is_none() {
                let place = trace.as_ref().and_then(|trace| trace.place(scope.id()));
                scope.await_end_of_connection(number, place);
                waiting.push(Arc::downgrade(scope));
            }
        }
        self.established = Some((number, waiting));
    }

    fn check_out(&mut self) {
        // A pool's, which closes it when it likes.
        self.established = None;
        if self.held_in.is_none() {
            self.held_in = Some(tell_current(SessionEvent::CheckedOut));
        }
    }

    fn check_in(&mut self) {
        if let Some(scopes) = self.held_in.take() {
            tell_again(&scopes, SessionEvent::CheckedIn);
        }
    }

    fn begin_at(&mut self, event: Event) {
        let outer = event.depth.map_or(self.depth(), outer);
        if outer >= MAX_DEPTH {
            self.deeper += 1;
            return;
        }
        self.deeper = 0;
        // An end that nobody told is none of ours.
        self.open.resize_with(outer, Opened::default);
        let opened = here().map(|scope| self.begin_in(&scope, event.at));
        self.open.push(opened.unwrap_or_default());
    }

    fn begin_in(&self, scope: &Arc<State>, at: Option<Instant>) -> Opened {
        let transaction = Transaction::begin();
        let mut counted_in = Scopes::new();
        for scope in scope.lineage() {
            if self.open.iter().any(|opened| opened.is_counted_in(scope)) {
                scope.note_session(SessionEvent::Savepoint);
            } else {
                scope.note_session(SessionEvent::Begun(transaction.id));
                counted_in.push(Arc::downgrade(scope));
            }
        }
        Opened {
            transaction: Some(transaction),
            started: Some(at.unwrap_or_else(Instant::now)),
            counted_in,
        }
    }

    fn end(&mut self, event: Event, ending: Ending) {
        let outer = match event.depth {
            Some(depth) => outer(depth),
            None if self.deeper > 0 => {
                self.deeper -= 1;
                return;
            }
            None => self.open.len().saturating_sub(1),
        };
        if outer >= MAX_DEPTH {
            return;
        }
        self.deeper = 0;
        // A read after it may see other data, also where it began elsewhere.
        tell_current(SessionEvent::Savepoint);
        for ended in self.open.drain(outer.min(self.open.len())..) {
            let elapsed = ended.started.map(|started| {
                let at = event.at.unwrap_or_else(Instant::now);
                at.saturating_duration_since(started)
            });
            ended.tell_end(ending, elapsed);
        }
    }

    /// The innermost transaction, if it began in this scope.
    pub(crate) fn innermost_of(&self, scope: u64) -> Option<&Transaction> {
        let innermost = self.open.last()?.transaction.as_ref();
        innermost.filter(|transaction| transaction.scopes.contains(&scope))
    }

    /// Its number, if it was established in a scope.
    pub(crate) fn number(&self) -> Option<u64> {
        self.established.as_ref().map(|(number, _)| *number)
    }

    /// True while this transaction is open.
    pub(crate) fn is_in(&self, transaction: u64) -> bool {
        let mut open = self.open.iter().filter_map(|it| it.transaction.as_ref());
        open.any(|open| open.id == transaction)
    }
}

impl Drop for Connection {
    /// The database rolls back what a connection leaves open.
    fn drop(&mut self) {
        self.check_in();
        for opened in &self.open {
            opened.tell_end(Ending::RolledBack, None);
        }
        if let Some((number, waiting)) = &self.established {
            tell_again(waiting, SessionEvent::Closed(*number));
        }
    }
}

impl Opened {
    fn is_counted_in(&self, scope: &Arc<State>) -> bool {
        let mut scopes = self.counted_in.iter();
        scopes.any(|counted| std::ptr::eq(counted.as_ptr(), Arc::as_ptr(scope)))
    }

    fn tell_end(&self, ending: Ending, elapsed: Option<Duration>) {
        if let Some(transaction) = &self.transaction {
            let event = SessionEvent::Ended {
                transaction: transaction.id,
                ending,
                elapsed,
            };
            tell_again(&self.counted_in, event);
            let begun = transaction.begun.as_ref();
            for scope in self.counted_in.iter().filter_map(Weak::upgrade) {
                if let Some(place) = begun.and_then(|begun| begun.place(scope.id())) {
                    scope.place_ended(transaction.id, place);
                }
            }
        }
    }
}

/// How many transactions are open around the one at `depth`.
fn outer(depth: NonZeroU32) -> usize {
    usize::try_from(depth.get() - 1).unwrap_or(usize::MAX)
}

/// The current scope, unless what happens counts for none.
fn here() -> Option<Arc<State>> {
    if current::is_quiet() {
        return None;
    }
    current::scope()
}

/// Tells the current scope and each one around it; gives them back.
fn tell_current(event: SessionEvent) -> Scopes {
    let Some(scope) = here() else {
        return Scopes::new();
    };
    scope
        .lineage()
        .map(|scope| {
            scope.note_session(event);
            Arc::downgrade(scope)
        })
        .collect()
}

fn tell_again(scopes: &Scopes, event: SessionEvent) {
    for scope in scopes.iter().filter_map(Weak::upgrade) {
        scope.note_session(event);
    }
}

/// Something that happened to a connection: see [`Connection::tell`].
///
/// The methods of [`Connection`] tell what happens right now. An event of its
/// own can carry more: the time of something that is replayed, or the depth
/// that the driver counts.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    kind: Kind,
    at: Option<Instant>,
    elapsed: Option<Duration>,
    depth: Option<NonZeroU32>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Begin,
    CheckedIn,
    CheckedOut,
    Commit,
    Established,
    Rollback,
}

impl Event {
    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            at: None,
            elapsed: None,
            depth: None,
        }
    }

    /// The connection was established.
    #[must_use]
    pub const fn established() -> Self {
        Self::new(Kind::Established)
    }

    /// The application took it.
    #[must_use]
    pub const fn checked_out() -> Self {
        Self::new(Kind::CheckedOut)
    }

    /// The application gave it back.
    #[must_use]
    pub const fn checked_in() -> Self {
        Self::new(Kind::CheckedIn)
    }

    /// A transaction began, or a savepoint.
    #[must_use]
    pub const fn begin() -> Self {
        Self::new(Kind::Begin)
    }

    /// A transaction was committed, or a savepoint released.
    #[must_use]
    pub const fn commit() -> Self {
        Self::new(Kind::Commit)
    }

    /// A transaction, or a part of it, was rolled back.
    #[must_use]
    pub const fn rollback() -> Self {
        Self::new(Kind::Rollback)
    }

    /// When it happened, for what is replayed; otherwise it is now.
    #[must_use]
    pub const fn at(self, at: Instant) -> Self {
        Self {
            at: Some(at),
            ..self
        }
    }

    /// How long it took to establish the connection.
    #[must_use]
    pub const fn elapsed(self, elapsed: Duration) -> Self {
        Self {
            elapsed: Some(elapsed),
            ..self
        }
    }

    /// Which transaction it is about, the outermost being 1; otherwise the
    /// innermost. Those inside it are over with it.
    #[must_use]
    pub const fn depth(self, depth: NonZeroU32) -> Self {
        Self {
            depth: Some(depth),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    use super::{Connection, Event, MAX_DEPTH};
    use crate::adapter::{self, Adapter};
    use crate::report::Report;
    use crate::scope::{Scope, current};
    use crate::statement::Dialect;

    static ADAPTER: Adapter = Adapter::new("a test");

    fn connect() -> Connection {
        ADAPTER.connect(Dialect::Sqlite)
    }

    fn reported(body: impl FnOnce()) -> Report {
        let scope = Scope::new("a test");
        scope.in_scope(body);
        scope.close()
    }

    fn query(connection: &Connection) {
        adapter::record(&connection.query("DELETE FROM t WHERE id = ?"));
    }

    #[test]
    fn a_connection_may_go_to_another_thread() {
        fn is_send<T: Send>(_: &T) {}
        is_send(&connect());
    }

    #[test]
    fn what_nobody_told_is_unknown() {
        let report = reported(|| {
            adapter::record(&adapter::Query::new("SELECT 1 FROM t", Dialect::Sqlite));
        });
        assert_eq!(report.connections(), None);
        assert_eq!(report.transactions(), None);
        assert_eq!(report.elapsed(), None);
    }

    #[test]
    fn a_driver_that_tells_connections_knows_that_there_was_no_transaction() {
        let connection = connect();
        let report = reported(|| query(&connection));
        assert_eq!(report.connections().map(|it| it.established()), Some(0));
        assert_eq!(report.connections().and_then(|it| it.most_held()), None);
        assert_eq!(report.transactions().map(|it| it.count()), Some(0));
    }

    #[test]
    fn the_most_connections_at_once_are_counted() {
        let report = reported(|| {
            let (mut one, mut two, mut three) = (connect(), connect(), connect());
            one.established(Duration::from_millis(3));
            one.checked_out();
            one.checked_out();
            two.established(Duration::from_millis(4));
            two.checked_out();
            one.checked_in();
            one.checked_in();
            three.checked_out();
            drop(two);
        });
        let connections = report.connections().unwrap_or_default();
        assert_eq!(connections.established(), 2);
        let time = connections.establish_time();
        assert_eq!(time, Some(Duration::from_millis(7)));
        assert_eq!(connections.most_held(), Some(2));
    }

    #[test]
    fn a_connection_that_is_given_back_elsewhere_is_held_no_longer() {
        let outer = Scope::new("outer");
        let inner = Scope::new("inner");
        let (mut one, mut two) = (connect(), connect());
        inner.in_scope(|| one.checked_out());
        outer.in_scope(|| one.checked_in());
        inner.in_scope(|| two.checked_out());
        let most = |scope: Scope| scope.close().connections().and_then(|it| it.most_held());
        assert_eq!(most(inner), Some(1));
        assert_eq!(most(outer), None);
    }

    #[test]
    fn transactions_are_counted_with_their_statements_time_and_end() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut left_open = connect();
        let report = reported(|| {
            let mut connection = connect();
            connection.tell(Event::begin().at(at(0)));
            query(&connection);
            connection.tell(Event::begin().at(at(1)));
            assert_eq!(connection.depth(), 2);
            query(&connection);
            connection.tell(Event::rollback().at(at(2)));
            query(&connection);
            connection.tell(Event::commit().at(at(5)));
            query(&connection);
            connection.tell(Event::begin().at(at(6)));
            connection.tell(Event::rollback().at(at(7)));
            connection.begin();
            drop(connection);
            left_open.begin();
            query(&left_open);
        });
        let transactions = report.transactions().unwrap_or_default();
        assert_eq!(transactions.count(), 4);
        assert_eq!(transactions.committed(), 1);
        assert_eq!(transactions.rolled_back(), 2);
        assert_eq!(transactions.open(), 1);
        assert_eq!(transactions.most_statements(), 3);
        let longest = transactions.longest();
        assert_eq!(longest, Some(Duration::from_millis(5)));
        assert_eq!(report.queries(), 5);
    }

    #[test]
    fn a_driver_may_count_the_depth_itself() {
        let depth = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let report = reported(|| {
            let mut connection = connect();
            connection.tell(Event::begin().depth(depth(1)));
            connection.tell(Event::begin().depth(depth(2)));
            connection.tell(Event::begin().depth(depth(3)));
            // Two ends were not told.
            connection.tell(Event::commit().depth(depth(1)));
            assert_eq!(connection.depth(), 0);
            connection.tell(Event::commit().depth(depth(1)));
            connection.tell(Event::begin().depth(depth(u32::MAX)));
            connection.tell(Event::rollback().depth(depth(u32::MAX)));
        });
        let transactions = report.transactions().unwrap_or_default();
        assert_eq!((transactions.count(), transactions.committed()), (1, 1));
    }

    #[test]
    fn savepoints_without_end_keep_nothing() {
        let report = reported(|| {
            let mut connection = connect();
            for _ in 0..100 {
                connection.begin();
            }
            assert_eq!(connection.open.len(), MAX_DEPTH);
            for _ in 0..100 {
                connection.commit();
            }
            assert_eq!(connection.depth(), 0);
            connection.commit();
        });
        let transactions = report.transactions().unwrap_or_default();
        assert_eq!((transactions.count(), transactions.committed()), (1, 1));
    }

    #[test]
    fn transactions_without_end_are_counted_and_their_details_dropped() {
        let mut connections = Vec::new();
        let report = reported(|| {
            for _ in 0..1_000 {
                let mut connection = connect();
                connection.begin();
                connections.push(connection);
            }
        });
        let transactions = report.transactions().unwrap_or_default();
        assert_eq!((transactions.count(), transactions.open()), (1_000, 1_000));
        assert!(
            report.to_string().contains("details were dropped"),
            "{report}"
        );
    }

    #[test]
    fn a_transaction_counts_in_the_scopes_it_began_in() {
        let (outer, inner) = (Scope::new("outer"), Scope::new("inner"));
        let mut connection = connect();
        outer.in_scope(|| {
            connection.begin();
            inner.in_scope(|| query(&connection));
        });
        // Ended in no scope at all.
        connection.commit();
        let inner = inner.close().transactions().unwrap_or_default();
        assert_eq!((inner.count(), inner.most_statements()), (0, 0));
        let outer = outer.close().transactions().unwrap_or_default();
        assert_eq!((outer.count(), outer.committed()), (1, 1));
    }

    #[test]
    fn a_transaction_around_a_scope_is_none_of_its_own() {
        let test = Scope::new("a test");
        let handler = test.in_scope(|| Scope::new("a handler"));
        let mut in_no_scope = connect();
        in_no_scope.begin();
        let mut connection = test.in_scope(|| {
            let mut connection = connect();
            connection.begin();
            connection
        });
        let in_handler = || {
            for connection in [&mut connection, &mut in_no_scope] {
                connection.begin();
                query(connection);
                connection.begin();
                query(connection);
                connection.commit();
                connection.commit();
                query(connection);
            }
        };
        handler.in_scope(in_handler);
        let told = |scope: Scope| {
            let it = scope.close().transactions().unwrap_or_default();
            (it.count(), it.committed(), it.open(), it.most_statements())
        };
        assert_eq!(told(handler), (2, 2, 0, 2));
        assert_eq!(told(test), (2, 1, 1, 3));
    }

    #[test]
    fn nothing_is_told_quietly() {
        let mut connection = connect();
        let report = reported(|| {
            current::quietly(|| {
                connection.established(None);
                connection.checked_out();
                connection.begin();
                query(&connection);
                connection.commit();
                connection.checked_in();
            });
        });
        assert_eq!(report.connections(), None);
        assert_eq!(report.transactions(), None);
        assert_eq!(report.queries(), 0);
    }

    #[test]
    fn a_connection_keeps_no_scope_alive() {
        let scope = Scope::new("a test");
        let state = std::sync::Arc::downgrade(scope.state());
        let mut connection = connect();
        scope.in_scope(|| {
            connection.checked_out();
            connection.begin();
        });
        drop(scope);
        assert!(state.upgrade().is_none());
    }
}
