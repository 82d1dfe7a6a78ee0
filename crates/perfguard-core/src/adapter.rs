//! The way in for a database driver.
//!
//! An adapter hooks a driver, and reports each statement as a [`Query`], from
//! the thread and the stack that ran it. It holds no scope: the current one is
//! looked up for each statement, so that a pooled connection keeps no state of
//! an earlier request. Recording never fails and never panics.
//!
//! What a driver can tell, and what for:
//!
//! | told | by | makes known |
//! |---|---|---|
//! | that it is there | [`Adapter::installed`], [`Adapter::connected`] | why a scope saw nothing |
//! | a statement | [`record`] | everything else |
//! | its values | [`Query::binds`], hashed by [`BindHasher`] | whether repeats are the same |
//! | rows, time, outcome | [`Completion`], at once or by [`Recorded::complete`] | what caused repeats, and retries |
//! | its place, if not the stack's | [`Query::call_site`] | loops and lines |
//! | its connection | [`Query::connection`], [`Connection::query`] | which transaction it runs in |
//! | connections and transactions | [`Adapter::connect`], [`Connection`] | [`Report::connections`](crate::Report::connections), [`transactions`](crate::Report::transactions) |
//! | times of a replay | [`Query::started`], [`Completion::ended`], [`Event::at`] | the same, later |
//! | an outgoing call that it makes | [`OutgoingCall`] | [`Report::calls`](crate::Report::calls) |
//! | the question whether it may be sent | [`admit`] | hard limits |
//!
//! Only the first two are needed: what is not told is unknown. Outside a scope
//! ([`is_scoped`]) a driver calls [`record_unattributed`] and spares itself the
//! rest. `examples/rusqlite-adapter` is a whole adapter in under a hundred
//! lines.
//!
//! ```
//! use perfguard_core::adapter::{self, Adapter, BindHasher, Binds, Completion, Query};
//! use perfguard_core::statement::Dialect;
//!
//! static MINE: Adapter = Adapter::new("my driver");
//! MINE.installed();
//! MINE.connected();
//!
//! let mut binds = BindHasher::new();
//! binds.write_debug(&(7, "title"));
//! let query = Query::new("SELECT * FROM posts WHERE id = ?", Dialect::Sqlite)
//!     .binds(binds.finish())
//!     .completion(Completion::new().rows(1));
//! adapter::record(&query);
//! ```

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Write};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use smallvec::SmallVec;

pub use crate::call::OutgoingCall;
pub use crate::callsite::CallSiteKey;
pub use crate::connection::{Connection, Event};
use crate::costly;
pub use crate::echo::{heard, listen};
pub use crate::query::{Binds, Completion, Orm, Query};
pub use crate::scope::WeakScope;

use crate::callsite::{Trace, source_of_adapter, trace};
use crate::echo;
use crate::ledger::{Execution, Key, Recognised};
use crate::limits::{Limits, Refusal};
use crate::query::Transaction;
use crate::scope::{Scope, State, allowed, current, lease};
use crate::settings::Settings;
use crate::statement::{Class, Dialect, Fingerprint, Interner, Kind, Statement, TextKey};

/// The statements of the process. A text is read in a scope, when the settings
/// are in use already.
static INTERNER: LazyLock<Interner> =
    LazyLock::new(|| Interner::with_options(Settings::current().statement_options()));

/// Less than it takes to hand work to another thread, to query there and to
/// come back: a scope that was open for so short had nothing of it.
const HANDOVER: Duration = Duration::from_micros(10);

/// One kind of driver, and whether it is connected to perfguard.
#[derive(Debug)]
pub struct Adapter {
    name: &'static str,
    source: Option<&'static str>,
    is_installed: AtomicBool,
    connections: AtomicU64,
}

static ADAPTERS: Mutex<Vec<&'static Adapter>> = Mutex::new(Vec::new());

impl Adapter {
    /// An adapter for the driver `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            source: None,
            is_installed: AtomicBool::new(false),
            connections: AtomicU64::new(0),
        }
    }

    /// Names the file that the adapter is written in, as `file!()` gives it.
    ///
    /// For an adapter in the application's own workspace: findings show the
    /// place that called it, not the adapter. A dependency needs no such word.
    #[must_use]
    pub const fn source(self, file: &'static str) -> Self {
        Self {
            source: Some(file),
            ..self
        }
    }

    /// Says that the driver's hook is in place. May be called again.
    pub fn installed(&'static self) {
        if !self.is_installed.swap(true, Ordering::AcqRel) {
            ADAPTERS.lock().push(self);
            if let Some(file) = self.source {
                source_of_adapter(file);
            }
        }
    }

    /// Says that a connection exists whose statements will be reported.
    pub fn connected(&'static self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// As [`connected`](Self::connected), for a driver that tells of its
    /// connections one by one: it keeps what this returns beside its own.
    #[must_use]
    pub fn connect(&'static self, dialect: Dialect) -> Connection {
        self.connected();
        Connection::new(dialect)
    }
}

/// What the process knew of its adapters at one moment.
#[derive(Debug)]
pub(crate) struct Liveness {
    unattributed_elsewhere: u64,
    unattributed_here: u64,
    thread: std::thread::ThreadId,
    since: Instant,
}

/// Why a scope under test may have seen nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// No adapter was installed.
    NoAdapter,
    /// These adapters are installed, and none has seen a connection.
    NoConnection(Vec<&'static str>),
    /// Queries ran in no scope while this one was open.
    Unattributed(u64),
}

impl Liveness {
    pub(crate) fn now() -> Self {
        Self {
            unattributed_elsewhere: UNATTRIBUTED_ELSEWHERE.load(Ordering::Acquire),
            unattributed_here: UNATTRIBUTED_HERE.try_with(Cell::get).unwrap_or(0),
            thread: std::thread::current().id(),
            since: Instant::now(),
        }
    }

    /// Why nothing was seen since, if the reason is not the handler's.
    ///
    /// Queries in no scope are only held against a scope if they ran on its
    /// own thread, or on one that cannot be another test's: another test that
    /// fills its tables at this moment is not this scope's business.
    pub(crate) fn silence(&self, is_connected: bool) -> Option<Silence> {
        let mut unattributed = 0;
        if self.since.elapsed() > HANDOVER {
            unattributed += UNATTRIBUTED_ELSEWHERE
                .load(Ordering::Acquire)
                .saturating_sub(self.unattributed_elsewhere);
        }
        if self.thread == std::thread::current().id() {
            let here = UNATTRIBUTED_HERE.try_with(Cell::get).unwrap_or(0);
            unattributed += here.saturating_sub(self.unattributed_here);
        }
        if unattributed > 0 {
            return Some(Silence::Unattributed(unattributed));
        }
        if is_connected {
            return None;
        }
        let adapters = ADAPTERS.lock();
        if adapters.is_empty() {
            return Some(Silence::NoAdapter);
        }
        let has_connection = adapters
            .iter()
            .any(|adapter| adapter.connections.load(Ordering::Relaxed) > 0);
        (!has_connection)
            .then(|| Silence::NoConnection(adapters.iter().map(|adapter| adapter.name).collect()))
    }
}

/// Statements in no scope, on threads that may be a test's own.
static UNATTRIBUTED: AtomicU64 = AtomicU64::new(0);
/// Those that ran on a thread that cannot be a test's own.
static UNATTRIBUTED_ELSEWHERE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static UNATTRIBUTED_HERE: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread cannot be a test's own, once that is known.
    static IS_ELSEWHERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// How many statements ran in no scope, since the process started.
///
/// Counted without looking at the statement: pings and set-up are in it where
/// the driver does not tell them apart.
#[must_use]
pub fn unattributed() -> u64 {
    UNATTRIBUTED.load(Ordering::Acquire) + UNATTRIBUTED_ELSEWHERE.load(Ordering::Acquire)
}

/// Counts a statement that ran in no scope. Allocates nothing.
#[inline]
pub fn record_unattributed() {
    if !current::is_quiet() {
        count_unattributed(1);
    }
}

#[inline]
pub(crate) fn count_unattributed(executions: u64) {
    if is_elsewhere() {
        UNATTRIBUTED_ELSEWHERE.fetch_add(executions, Ordering::AcqRel);
    } else {
        UNATTRIBUTED.fetch_add(executions, Ordering::AcqRel);
        let _ = UNATTRIBUTED_HERE.try_with(|count| count.set(count.get() + executions));
    }
}

/// Whether this thread cannot be a test's own. A thread keeps its name.
#[inline]
fn is_elsewhere() -> bool {
    let known = IS_ELSEWHERE.try_with(Cell::get).ok().flatten();
    known.unwrap_or_else(|| {
        let is_elsewhere = cannot_be_a_tests_thread();
        let _ = IS_ELSEWHERE.try_with(|known| known.set(Some(is_elsewhere)));
        is_elsewhere
    })
}

/// The test harness names a test's thread after the test, or runs it on
/// `main`; runtimes name theirs with signs that no path of a test has
/// (`tokio-rt-worker`), or not at all.
fn cannot_be_a_tests_thread() -> bool {
    std::thread::current().name().is_none_or(|name| {
        !name
            .chars()
            .all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | ':'))
    })
}

/// True if a statement of this thread would count for a scope.
///
/// Where it would not, an adapter calls [`record_unattributed`] and spares
/// itself the trouble of describing the statement.
#[must_use]
#[inline]
pub fn is_scoped() -> bool {
    // Nothing is lent otherwise.
    lease::is_open() || is_in_scope()
}

fn is_in_scope() -> bool {
    current::is_scoped() && !current::is_quiet()
}

/// True if the current scope, or one around it, is under test: an adapter then
/// reports every statement with its text and values ([`record`]).
#[must_use]
pub fn is_exact() -> bool {
    current::peek(|scope| scope.is_any_exact()).unwrap_or(false)
}

/// Counts a statement for the current scope and each one around it.
///
/// Call it on the stack that runs the statement: the call site is read there.
/// What becomes known later is added with [`Recorded::complete`].
pub fn record(query: &Query<'_>) -> Recorded {
    count(query, true, || query.binds)
}

/// As [`record`], for an adapter that has the text at hand and would have to
/// look at the values: `binds` is only called where they are wanted.
///
/// That is always under test, and for the first repeats of a statement in
/// production. A report says where not all were looked at.
pub fn record_with(query: &Query<'_>, binds: impl FnOnce() -> Binds) -> Recorded {
    match glance_text(query) {
        Glance::Counted(glanced) => glanced.into_recorded(query.started),
        Glance::Look => count(query, false, binds),
        Glance::Unattributed => Recorded::default(),
    }
}

fn count(query: &Query<'_>, is_read: bool, binds: impl FnOnce() -> Binds) -> Recorded {
    if current::is_quiet() {
        return Recorded::default();
    }
    let Some(scope) = current::scope() else {
        record_unattributed();
        return Recorded::default();
    };
    let interned = INTERNER.intern_with_literals(query.sql, query.dialect);
    let shape = interned.statement.shape();
    if shape.class() != Class::Query {
        let is_transaction_control = shape.class() == Class::Transaction;
        for scope in scope.lineage() {
            scope.note_event(is_transaction_control);
        }
        return Recorded::default();
    }
    let fingerprint = interned.statement.fingerprint();
    let is_read = is_read || is_wanted(&scope, fingerprint) || costly::is_costly(query);
    let binds = if is_read {
        with_literals(binds(), interned.literals)
    } else {
        Binds::Unknown
    };
    let trace = query.call_site.map(Trace::named).or_else(|| {
        let sites = Settings::current().which_call_sites();
        let is_placed = is_read
            && scope
                .lineage()
                .any(|scope| sites.are_read(scope.is_exact(), || scope.count_of(fingerprint) + 1));
        is_placed.then(|| trace(&current::cuts(&scope)))
    });
    let allows = allowed::active_in(&scope);
    let mut recorded = Recorded {
        started: query.started,
        ..Recorded::default()
    };
    for (scope, below) in scope.outer() {
        let place = |trace: &Trace| trace.place(scope.id());
        let execution = Execution {
            statement: &interned.statement,
            orm: query.orm,
            binds,
            place: trace.as_ref().and_then(place),
            transaction: query
                .connection
                .and_then(|connection| connection.innermost_of(scope.id()))
                .map(|transaction| (transaction.id, transaction.begun.as_ref().and_then(place))),
            connection: query.connection,
            completion: query.completion.since(query.started),
            inside: below,
            is_read,
            allows: &allows,
        };
        recorded.enter(scope, &execution);
    }
    recorded.check_root(&scope);
    recorded
}

/// Whether the next execution of a statement is one to be read.
fn is_wanted(scope: &Arc<State>, fingerprint: Fingerprint) -> bool {
    scope.is_any_exact()
        || scope
            .lineage()
            .any(|scope| scope.wants_reading(fingerprint))
}

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
/// answer is [`Glance::Look`] the adapter goes on with [`record_recognised`],
/// and then with [`record`].
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
        let Some(statement) = recognise().filter(|it| it.shape().kind() == Kind::Select) else {
            return Glance::Look;
        };
        let fingerprint = statement.fingerprint();
        let counted = scope.count_recognised(fingerprint, Some(connection), None);
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
/// [`record_with`], which looks by itself first: this is for adapters that can
/// spare the [`Recorded`].
#[inline]
pub fn glance_text(query: &Query<'_>) -> Glance {
    if current::is_quiet() {
        return Glance::Look;
    }
    let glance = current::peek(|scope| {
        if scope.is_any_exact() {
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
    let counted = match query.connection {
        None => scope.count_text(text, fingerprint, completion),
        connection => scope.count_recognised(fingerprint, connection, Some(completion)),
    };
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
            let mut completion = Completion::new().rows(rows);
            completion.rows_transferred = transferred;
            self.complete(completion);
        }
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

    fn into_recorded(self, started: Option<Instant>) -> Recorded {
        let entry =
            current::find(self.scope.get()).map(|it| (it, Key::recognised(self.fingerprint)));
        Recorded {
            entries: entry.into_iter().collect(),
            started,
        }
    }
}

/// Counts a statement that the adapter has recognised, without its text, its
/// values and its call site.
///
/// `None` where this execution has to be read: under test every one, in
/// production the first repeats of a statement in a scope and a few later
/// ones. Nothing has been counted then, and the adapter goes on with
/// [`record`]. A report says what was not read.
pub fn record_recognised(
    statement: &Arc<Statement>,
    orm: Orm,
    connection: Option<&Connection>,
) -> Option<Recorded> {
    if current::is_quiet() {
        return Some(Recorded::default());
    }
    let Some(scope) = current::scope() else {
        record_unattributed();
        return Some(Recorded::default());
    };
    let fingerprint = statement.fingerprint();
    if is_wanted(&scope, fingerprint) {
        return None;
    }
    let allows = allowed::active_in(&scope);
    let mut recorded = Recorded::default();
    for (scope, below) in scope.outer() {
        let execution = Execution {
            statement,
            orm,
            binds: Binds::Unknown,
            place: None,
            transaction: connection
                .and_then(|connection| connection.innermost_of(scope.id()))
                .map(|transaction| (transaction.id, None)),
            connection,
            completion: Completion::new(),
            inside: below,
            is_read: false,
            allows: &allows,
        };
        recorded.enter(scope, &execution);
    }
    recorded.check_root(&scope);
    Some(recorded)
}

/// The statement of a text, shared by all that ask for the same one.
#[must_use]
pub fn statement(sql: &str, dialect: Dialect) -> Arc<Statement> {
    INTERNER.intern(sql, dialect)
}

/// Notes a statement that an adapter may report as well.
///
/// For a second source that sees more, or later, than the driver's adapter: of
/// each statement in a scope the larger number of the two counts, and the rows
/// are this one's where the adapter does not know them. The two are joined by
/// the scope and the text, never by their order; where the source does not know
/// the dialect ([`Dialect::Ansi`]), by what the text is in any dialect. What
/// arrives after the scope's end is dropped.
pub fn echo(query: &Query<'_>) {
    if current::is_quiet() {
        return;
    }
    let Some(scope) = current::scope() else {
        return;
    };
    echo_in(&scope, query, true);
}

/// As [`echo`], for a scope that need not be current on this thread: where it
/// is not, the call site is unknown.
pub fn echo_for(scope: &Scope, query: &Query<'_>) {
    if current::is_quiet() {
        return;
    }
    let scope = scope.state();
    let is_here = current::scope().is_some_and(|current| Arc::ptr_eq(&current, scope));
    echo_in(scope, query, is_here);
}

fn echo_in(scope: &Arc<State>, query: &Query<'_>, is_here: bool) {
    echo::found_a_scope();
    let interned = INTERNER.intern_with_literals(query.sql, query.dialect);
    if interned.statement.shape().class() != Class::Query {
        return;
    }
    let fingerprint = interned.statement.fingerprint();
    let readings = if query.dialect == Dialect::Ansi {
        readings(query.sql, fingerprint)
    } else {
        SmallVec::new()
    };
    let trace = query.call_site.map(Trace::named).or_else(|| {
        // As for a record, but only for what no adapter reports.
        let sites = Settings::current().which_call_sites();
        let is_placed = is_here
            && scope.lineage().any(|scope| {
                sites.are_read(scope.is_exact(), || scope.unreported(fingerprint) + 1)
            });
        is_placed.then(|| trace(&current::cuts(scope)))
    });
    let allows = if is_here {
        allowed::active_in(scope)
    } else {
        SmallVec::new()
    };
    for (scope, below) in scope.outer() {
        let execution = Execution {
            statement: &interned.statement,
            orm: query.orm,
            binds: with_literals(query.binds, interned.literals),
            place: trace.as_ref().and_then(|trace| trace.place(scope.id())),
            transaction: None,
            connection: None,
            completion: query.completion.since(query.started),
            inside: below,
            is_read: true,
            allows: &allows,
        };
        scope.echo(&execution, &readings);
    }
}

/// What a text of an unknown dialect is in those that adapters report.
fn readings(sql: &str, own: Fingerprint) -> SmallVec<[Fingerprint; 3]> {
    [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite]
        .into_iter()
        .map(|dialect| INTERNER.intern(sql, dialect).fingerprint())
        .filter(|fingerprint| *fingerprint != own)
        .collect()
}

/// Asks whether a statement may be sent: a guarded connection calls it first.
///
/// `limits` are the connection's own. Each scope around has its own as well:
/// see [`Limits`]. `statement` is only asked for where a limit is reached; what
/// is no query of the user, such as a ROLLBACK, may always be sent.
///
/// # Errors
/// If a scope has reached a limit.
#[inline]
pub fn admit<'a>(
    limits: Limits,
    statement: impl FnOnce() -> (Cow<'a, str>, Dialect),
) -> Result<(), Refusal> {
    // Mostly nobody has a limit: where one has, nothing is lent.
    let is_limited = || current::peek(|scope| scope.is_limited());
    if limits.is_empty() && (lease::is_open() || is_limited() != Some(true)) {
        return Ok(());
    }
    admit_by_the_book(limits, statement)
}

#[inline(never)]
fn admit_by_the_book<'a>(
    limits: Limits,
    statement: impl FnOnce() -> (Cow<'a, str>, Dialect),
) -> Result<(), Refusal> {
    if current::is_quiet() {
        return Ok(());
    }
    let Some(scope) = current::scope() else {
        return Ok(());
    };
    let reached = scope
        .lineage()
        .find_map(|scope| Some((scope, scope.refuses(limits)?)));
    let Some((limited, reached)) = reached else {
        return Ok(());
    };
    let (sql, dialect) = statement();
    let statement = INTERNER.intern(&sql, dialect);
    if statement.shape().class() != Class::Query {
        return Ok(());
    }
    for scope in scope.lineage() {
        scope.note_refusal();
    }
    Err(Refusal {
        scope: limited.name().to_owned(),
        reached,
        summary: statement.summary().to_owned(),
    })
}

/// Values written into the text tell executions apart as bound ones do.
fn with_literals(binds: Binds, literals: u64) -> Binds {
    match (binds, literals) {
        (binds, 0) => binds,
        (Binds::Unknown, _) => Binds::Unknown,
        (Binds::None, literals) => Binds::Identity(literals),
        (Binds::Identity(binds), literals) => Binds::Identity(binds.rotate_left(17) ^ literals),
        (Binds::Wildcard(binds), literals) => Binds::Wildcard(binds.rotate_left(17) ^ literals),
    }
}

/// A statement that was counted: see [`record`].
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    entries: SmallVec<[(Arc<State>, Key); 2]>,
    started: Option<Instant>,
}

impl Recorded {
    fn enter(&mut self, scope: &Arc<State>, execution: &Execution<'_>) {
        if let Some(key) = scope.record(execution) {
            self.entries.push((Arc::clone(scope), key));
        }
    }

    /// A task may outlive its root scope: its statements are nobody's then.
    fn check_root(&self, scope: &Arc<State>) {
        let root = scope.lineage().last();
        let last = self.entries.last();
        let is_rooted = last.is_some_and(|(last, _)| root.is_some_and(|it| Arc::ptr_eq(it, last)));
        if !is_rooted {
            record_unattributed();
        }
    }

    /// Adds what became known of the statement; rows and the time are told
    /// once.
    pub fn complete(&self, completion: Completion) {
        let completion = completion.since(self.started);
        for (scope, key) in &self.entries {
            scope.complete(key, completion);
        }
    }
}

impl Transaction {
    /// One that begins right now, on this stack.
    pub(crate) fn begin() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let scope = current::scope().filter(|_| !current::is_quiet());
        Self {
            // Relaxed: only uniqueness counts.
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            begun: scope.as_ref().and_then(trace_here),
            scopes: scope
                .iter()
                .flat_map(State::lineage)
                .map(|it| it.id())
                .collect(),
        }
    }
}

/// The place that is reached right now, under test.
pub(crate) fn trace_here(scope: &Arc<State>) -> Option<Trace> {
    let is_read = scope.is_exact() && Settings::current().which_call_sites().are_read(true, || 0);
    is_read.then(|| trace(&current::cuts(scope)))
}

/// Turns bound values into an identity that leaves nothing of them.
///
/// A keyed SipHash whose random key never leaves the process. Values go in as
/// bytes, as text or as their `Debug` form, and only equality comes out.
pub struct BindHasher {
    hasher: std::hash::DefaultHasher,
    is_empty: bool,
    is_opaque: bool,
    /// The piece before was a quotation mark.
    is_after_quote: bool,
    /// A text started with `%`.
    has_wildcard: bool,
    /// How much text it may still take.
    left: usize,
}

/// Text of values beyond this many bytes is not read: their identity is
/// unknown then.
const MAX_BINDS_TEXT: usize = 64 * 1_024;

impl fmt::Debug for BindHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the key nor what it has taken in.
        f.debug_struct("BindHasher").finish_non_exhaustive()
    }
}

impl Default for BindHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl BindHasher {
    /// A hasher that has seen no value.
    #[must_use]
    pub fn new() -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self {
            hasher: KEY.build_hasher(),
            is_empty: true,
            is_opaque: false,
            is_after_quote: false,
            has_wildcard: false,
            left: MAX_BINDS_TEXT,
        }
    }

    /// Adds a value by its hash.
    pub fn write(&mut self, value: &(impl Hash + ?Sized)) {
        self.is_empty = false;
        value.hash(&mut self.hasher);
    }

    /// Adds a value by its `Debug` form. Of a text, and of what holds one, it
    /// also notices whether it starts with `%`.
    ///
    /// A form that hides the value makes the identity unknown.
    pub fn write_debug(&mut self, value: &(impl fmt::Debug + ?Sized)) {
        if write!(self, "{value:?};").is_err() {
            self.is_opaque = true;
        }
    }

    /// The identity of all values so far.
    #[must_use]
    pub fn finish(self) -> Binds {
        if self.is_opaque {
            Binds::Unknown
        } else if self.is_empty {
            Binds::None
        } else {
            let identity = self.hasher.finish();
            if self.has_wildcard {
                Binds::Wildcard(identity)
            } else {
                Binds::Identity(identity)
            }
        }
    }
}

impl Write for BindHasher {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.is_empty = false;
        match self.left.checked_sub(piece.len()) {
            Some(left) => self.left = left,
            None => {
                self.is_opaque = true;
                return Err(fmt::Error);
            }
        }
        // What secret-keeping types print instead of their value.
        let bytes = piece.as_bytes();
        let has = |sign: u8, text: &str| bytes.contains(&sign) && piece.contains(text);
        self.is_opaque |= has(b'R', "REDACTED") || has(b'*', "***");
        // The `Debug` form of a text comes quoted, the mark in a piece of its own.
        self.has_wildcard |= self.is_after_quote && bytes.first() == Some(&b'%');
        self.is_after_quote = bytes == b"\"";
        self.hasher.write(piece.as_bytes());
        Ok(())
    }
}
