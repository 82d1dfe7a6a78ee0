//! One connection's events, turned into statements.
//!
//! Diesel gives each connection an instance of its own, so there is no lock
//! and nothing shared. Events do not pair up: a statement is counted when it
//! starts; its end may come late, twice, never, nested (PostgreSQL's look-up
//! of a type inside the user's query) or interleaved with others (pipelining).
//!
//! No scope is kept between events: the current one is looked up for each
//! statement, because a pooled connection serves many requests. Nothing here
//! panics: the code runs inside the user's query. The URL of a connection is
//! looked at for its dialect and never kept.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use perfguard_core::adapter::{
    self, Adapter, Binds, Completion, Connection, Event, Glance, Glanced, Orm, Query, Recorded,
};
use perfguard_core::generated::Binding;
use perfguard_core::statement::Dialect;

use crate::recognise::{self, AtHand, Mark};
use crate::{attend, bind, display};

/// Statements whose end is awaited; the oldest is given up beyond that.
const MAX_PENDING: usize = 64;

/// Watches one connection.
pub(crate) struct Watch {
    adapter: &'static Adapter,
    /// The scope that its statements count for where none is current.
    pub(crate) binding: Option<Binding>,
    dialect: Option<Dialect>,
    /// Since when the connection is being established, if it is.
    establishing: Option<Instant>,
    /// `None` until it is known to exist.
    connection: Option<Connection>,
    /// The next statement is the text of a transaction event.
    is_transaction_control: bool,
    pending: VecDeque<Pending>,
    /// Reused for each statement's text.
    sql: String,
    /// The query that started last.
    mark: Mark,
    marks: AtHand,
    /// That query, if it was counted by its type alone and nothing has happened
    /// on the connection since, so that one of its type need not be looked at.
    glanced: Option<Glanced>,
}

/// A statement that has started.
struct Pending {
    sql: u64,
    is_nested: bool,
    /// `None` where nobody reads the clock.
    started: Option<Instant>,
    recorded: Recorded,
}

impl Watch {
    pub(crate) fn new(adapter: &'static Adapter) -> Self {
        Self {
            adapter,
            binding: None,
            dialect: None,
            establishing: None,
            connection: None,
            is_transaction_control: false,
            pending: VecDeque::new(),
            sql: String::new(),
            mark: Mark::NONE,
            marks: AtHand::default(),
            glanced: None,
        }
    }

    /// Says that this connection exists: it is watched from now on.
    pub(crate) fn connected(&mut self) -> &mut Connection {
        self.connection.get_or_insert_with(|| {
            // Each statement is told with its own, which may be known later.
            self.adapter.connect(self.dialect.unwrap_or(Dialect::Ansi))
        })
    }

    /// Says what its backend's type tells, which a URL may not.
    pub(crate) fn speaks(&mut self, dialect: Dialect) {
        self.dialect = Some(dialect);
    }

    /// Takes one event.
    #[inline]
    pub(crate) fn on_event(&mut self, event: &InstrumentationEvent<'_>) {
        let is_done = match event {
            InstrumentationEvent::FinishQuery { .. } => self.pending.is_empty(),
            InstrumentationEvent::StartQuery { query, .. } => self.count_again(*query),
            _ => false,
        };
        if !is_done {
            self.on_other(event);
        }
    }

    /// Counts a query of the type that was counted last, in the same scope.
    #[inline]
    fn count_again(&self, query: &dyn DebugQuery) -> bool {
        let again = self.glanced.filter(|_| self.mark == Mark::of(query));
        let Some(again) = again.filter(|glanced| glanced.again()) else {
            return false;
        };
        attend::deposit_glanced(again);
        true
    }

    #[inline(never)]
    fn on_other(&mut self, event: &InstrumentationEvent<'_>) {
        self.glanced = None;
        let is_done = match event {
            InstrumentationEvent::StartQuery { query, .. } => self.glance(*query),
            _ => false,
        };
        if !is_done {
            self.handle_caught(event);
        }
    }

    /// Counts a query by its type alone, the short way; false if there is more
    /// to do.
    #[inline]
    fn glance(&mut self, query: &dyn DebugQuery) -> bool {
        let is_special = self.establishing.is_some() || self.is_transaction_control;
        let Some(connection) = self.connection.as_ref() else {
            return false;
        };
        if is_special || self.binding.is_some() {
            return false;
        }
        self.mark = Mark::of(query);
        let is_untimed = self.dialect == Some(Dialect::Sqlite);
        let glance = adapter::glance(connection, || {
            let known = self.marks.recognise(self.mark).filter(|_| is_untimed);
            known.map(|known| &known.statement)
        });
        match glance {
            Glance::Counted(glanced) => {
                attend::deposit_glanced(glanced);
                self.glanced = Some(glanced).filter(|_| connection.depth() == 0);
                // On SQLite one statement follows the other.
                if !self.pending.is_empty() {
                    self.pending.clear();
                }
            }
            Glance::Unattributed => {}
            _ => return false,
        }
        true
    }

    /// A statement is printed to be read, and a bound value that panics when it
    /// is printed is the user's: the query goes on.
    ///
    /// Inlined: reading a call site takes half a microsecond for each frame.
    #[inline(always)]
    fn handle_caught(&mut self, event: &InstrumentationEvent<'_>) {
        let handled = catch_unwind(AssertUnwindSafe(|| {
            if self.binding.is_some() {
                return self.handle_bound(event);
            }
            self.handle(event);
        }));
        if handled.is_err() {
            adapter::record_unattributed();
        }
    }

    #[cold]
    #[inline(never)]
    fn handle_bound(&mut self, event: &InstrumentationEvent<'_>) {
        bind::in_bound_scope(self, |watch| watch.handle(event));
    }

    #[inline(always)]
    fn handle(&mut self, event: &InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.establishing = Some(Instant::now());
                self.dialect = Some(dialect_of_url(url));
            }
            InstrumentationEvent::FinishEstablishConnection { error, .. } => {
                let started = self.establishing.take();
                if error.is_none() {
                    let elapsed = started.map(|started| started.elapsed());
                    self.connected().established(elapsed);
                }
            }
            // What a connection does to set itself up is nobody's query.
            _ if self.establishing.is_some() => {}
            InstrumentationEvent::BeginTransaction { depth, .. } => {
                self.control(Event::begin().depth(*depth));
            }
            InstrumentationEvent::CommitTransaction { depth, .. } => {
                self.control(Event::commit().depth(*depth));
            }
            InstrumentationEvent::RollbackTransaction { depth, .. } => {
                self.control(Event::rollback().depth(*depth));
            }
            InstrumentationEvent::StartQuery { query, .. } => self.start(*query),
            InstrumentationEvent::CacheQuery { sql, .. } => self.cache(sql),
            InstrumentationEvent::FinishQuery { query, error, .. } => {
                self.finish(*query, error.is_some());
            }
            _ => {}
        }
    }

    /// A transaction begins or ends, which Diesel says before it does so.
    fn control(&mut self, event: Event) {
        self.is_transaction_control = true;
        self.connected().tell(event);
    }

    #[inline]
    fn start(&mut self, query: &dyn DebugQuery) {
        self.connected();
        let is_transaction_control = std::mem::take(&mut self.is_transaction_control);
        self.mark = Mark::of(query);
        if !adapter::is_scoped() {
            // The statement is not even printed: that would allocate.
            if !is_transaction_control {
                adapter::record_unattributed();
            }
            return;
        }
        if !adapter::is_exact() && self.recognise() {
            return;
        }
        let binds = display::read(query, &mut self.sql);
        let dialect = *self
            .dialect
            .get_or_insert_with(|| dialect_of_text(&self.sql));
        let text = hash(&self.sql);
        if !adapter::is_exact() && !is_transaction_control {
            self.marks.read(self.mark, &self.sql, dialect, text);
        }
        let mut query = Query::new(&self.sql, dialect).orm(Orm::Diesel).binds(binds);
        if let Some(connection) = &self.connection {
            query = query.connection(connection);
        }
        let recorded = adapter::record(&query);
        let is_nested = is_type_lookup(&self.sql);
        if !is_nested {
            attend::deposit(&recorded);
        }
        self.await_end(Pending {
            sql: text,
            is_nested,
            started: Some(Instant::now()),
            recorded,
        });
    }

    /// Counts a query by its type alone; false if it has to be read.
    fn recognise(&mut self) -> bool {
        let Some(known) = self.marks.recognise(self.mark) else {
            return false;
        };
        let connection = self.connection.as_ref();
        let recorded = adapter::record_recognised(&known.statement, Orm::Diesel, connection);
        let Some(recorded) = recorded else {
            return false;
        };
        attend::deposit(&recorded);
        let pending = Pending {
            sql: known.text,
            is_nested: false,
            started: self.is_timed().then(Instant::now),
            recorded,
        };
        self.await_end(pending);
        true
    }

    /// Reading the clock twice costs as much as counting the statement, which
    /// shows where no network lies in between: there it is read where somebody
    /// asks for it.
    fn is_timed(&self) -> bool {
        self.dialect != Some(Dialect::Sqlite) || adapter::is_timed()
    }

    fn await_end(&mut self, pending: Pending) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(pending);
    }

    /// A text is prepared that is new to this connection.
    fn cache(&mut self, sql: &str) {
        let dialect = *self.dialect.get_or_insert_with(|| dialect_of_text(sql));
        recognise::note_cached(self.mark, sql, dialect, hash(sql));
    }

    fn finish(&mut self, query: &dyn DebugQuery, failed: bool) {
        let Some(pending) = self.take_pending(query) else {
            return;
        };
        let mut completion = Completion::new().failed(failed);
        if let Some(started) = pending.started {
            completion = completion.elapsed(started.elapsed());
        }
        pending.recorded.complete(completion);
    }

    /// The statement that ends. Only where several are under way does its text
    /// have to tell which.
    fn take_pending(&mut self, query: &dyn DebugQuery) -> Option<Pending> {
        if self.pending.len() < 2 {
            return self.pending.pop_front();
        }
        if self.pending.back()?.is_nested {
            return self.pending.pop_back();
        }
        let _: Binds = display::read(query, &mut self.sql);
        let sql = hash(&self.sql);
        let position = self.pending.iter().position(|pending| pending.sql == sql);
        self.pending.remove(position.unwrap_or(0))
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.on_event(&event);
    }
}

/// PostgreSQL's look-up of a custom type, which Diesel runs inside the query
/// that uses the type.
fn is_type_lookup(sql: &str) -> bool {
    sql.contains("pg_type")
}

fn hash(sql: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    sql.hash(&mut hasher);
    hasher.finish()
}

/// By the scheme, or by the form of libpq's `key=value` strings; what is left
/// is a file of SQLite's.
fn dialect_of_url(url: &str) -> Dialect {
    let has_scheme = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_key_value = || {
        ["host=", "user=", "dbname=", "service=", "port="]
            .iter()
            .any(|key| url.split_whitespace().any(|word| word.starts_with(key)))
    };
    if has_scheme("postgres://") || has_scheme("postgresql://") || is_key_value() {
        Dialect::Postgres
    } else if has_scheme("mysql://") {
        Dialect::MySql
    } else {
        Dialect::Sqlite
    }
}

/// For a connection that was not seen being established. Diesel quotes names
/// with `"` on PostgreSQL only, where it also numbers the values.
fn dialect_of_text(sql: &str) -> Dialect {
    if sql.contains("$1") || (sql.contains('"') && !sql.contains('`')) {
        Dialect::Postgres
    } else if sql.contains('`') {
        Dialect::MySql
    } else {
        Dialect::Ansi
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, dialect_of_text, dialect_of_url};

    #[test]
    fn the_dialect_is_read_off_the_url() {
        for (url, dialect) in [
            (":memory:", Dialect::Sqlite),
            ("file:blog?mode=memory&cache=shared", Dialect::Sqlite),
            ("/var/lib/app/user=data.db", Dialect::Sqlite),
            ("postgres://user:secret@host/db", Dialect::Postgres),
            ("PostgreSQL://host/db", Dialect::Postgres),
            ("host=localhost user=app dbname=app", Dialect::Postgres),
            ("mysql://root@127.0.0.1/test", Dialect::MySql),
        ] {
            assert_eq!(dialect_of_url(url), dialect, "{url}");
        }
    }

    #[test]
    fn the_dialect_is_guessed_from_a_text_where_no_url_was_seen() {
        for (sql, dialect) in [
            ("SELECT \"users\".\"id\" FROM \"users\"", Dialect::Postgres),
            ("SELECT id FROM users WHERE id = $1", Dialect::Postgres),
            ("SELECT `users`.`id` FROM `users`", Dialect::MySql),
            ("SELECT 1", Dialect::Ansi),
        ] {
            assert_eq!(dialect_of_text(sql), dialect, "{sql}");
        }
    }
}
