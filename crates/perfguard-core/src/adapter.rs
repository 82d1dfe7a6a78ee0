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

mod bind_hasher;
mod glance;
mod unattributed;

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use parking_lot::Mutex;
use smallvec::SmallVec;

pub use crate::call::OutgoingCall;
pub use crate::callsite::CallSiteKey;
pub use crate::connection::{Connection, Event};
pub use crate::echo::{heard, listen};
pub use crate::query::{Binds, Completion, Orm, Query};
pub use crate::scope::WeakScope;

pub use bind_hasher::BindHasher;
pub use glance::{Glance, Glanced, glance, glance_text};
pub(crate) use unattributed::{Liveness, Silence, count_unattributed};
pub use unattributed::{record_unattributed, unattributed};

use crate::callsite::{Trace, source_of_adapter, trace};
use crate::costly;
use crate::echo;
use crate::ledger::{Execution, Key};
use crate::limits::{Limits, Refusal};
use crate::query::Transaction;
use crate::scope::{Scope, State, allowed, current, lease};
use crate::settings::Settings;
use crate::statement::{Class, Dialect, Fingerprint, Interned, Interner, Statement};

/// The statements of the process. A text is read in a scope, when the settings
/// are in use already.
static INTERNER: LazyLock<Interner> =
    LazyLock::new(|| Interner::with_options(Settings::current().statement_options()));

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

/// True if somebody wants to know how long each statement of the current scope
/// takes, also where an adapter would spare itself the clock: under test, where
/// a sink [wants timelines](crate::sink::Sink::wants_timeline), and once a
/// guarded connection was [asked](admit) where time is limited.
#[must_use]
pub fn is_timed() -> bool {
    current::peek(|scope| scope.is_by_the_book() || scope.is_measured()).unwrap_or(false)
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
        Glance::Look => look(query, binds),
        Glance::Unattributed => Recorded::default(),
    }
}

/// As [`record_with`], where [`glance_text`] has answered [`Glance::Look`]: it
/// does not glance once more.
pub fn look(query: &Query<'_>, binds: impl FnOnce() -> Binds) -> Recorded {
    count(query, false, binds)
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
/// the dialect ([`Dialect::Ansi`]), by what the text is in any dialect: it is
/// shown as the one that tells least. What arrives after the scope's end is
/// dropped.
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
    let interned = match query.dialect {
        Dialect::Ansi => of_unknown_dialect(query.sql),
        dialect => INTERNER.intern_with_literals(query.sql, dialect),
    };
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

/// A text of an unknown dialect, without what may be a value of it.
///
/// To MySQL `"` quotes a value, `#` starts a comment and a backslash escapes:
/// what would be names and code anywhere else is told to nobody, unless a `$1`
/// says that it is PostgreSQL's.
fn of_unknown_dialect(sql: &str) -> Interned {
    let in_ansi = |sql| INTERNER.intern_with_literals(sql, Dialect::Ansi);
    if !sql.contains(['"', '#', '\\']) {
        return in_ansi(sql);
    }
    let to_mysql = INTERNER.intern_with_literals(sql, Dialect::MySql);
    if to_mysql.has_numbered_binds {
        return in_ansi(sql);
    }
    // What is canonical to MySQL is so in standard SQL.
    let mut interned = in_ansi(to_mysql.statement.text());
    interned.literals = to_mysql.literals;
    interned
}

/// What a text of an unknown dialect is in those that adapters report.
fn readings(sql: &str, own: Fingerprint) -> SmallVec<[Fingerprint; 3]> {
    [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite]
        .into_iter()
        .map(|dialect| INTERNER.intern(sql, dialect).fingerprint())
        .filter(|fingerprint| *fingerprint != own)
        .collect()
}

/// True if [`admit`] is known to admit a statement: one thread-local read. For
/// a guarded connection for which it is much trouble to ask.
#[inline]
#[must_use]
pub fn is_admitted(limits: &Limits) -> bool {
    // Mostly nobody has a limit: where one has, nothing is lent.
    limits.is_empty() && lease::is_open()
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
    let is_limited = || current::peek(|scope| scope.is_limited());
    if is_admitted(&limits) || (limits.is_empty() && is_limited() != Some(true)) {
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
    scope.measure_if_limited(limits);
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
