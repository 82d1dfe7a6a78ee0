//! What one scope remembers of its statements.
//!
//! Executions are counted in place, by statement and call site. Counts are
//! exact whatever happens; only details (bind identities, call sites, the
//! statements beyond a bound) are dropped, and the number of dropped details
//! is kept. A ledger knows no rule.

mod calls;
mod echoed;
mod group;
mod inside;
mod outside;
mod polls;
mod run;
mod sessions;
mod steps;
mod tally;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use crate::budget::Allow;
use crate::callsite::{Chain, SiteId};
use crate::connection::Connection;
use crate::identity::IdentityMap;
use crate::query::{Binds, Completion, Orm};
use crate::report::{Connections, Transactions};
use crate::rules::RuleSet;
use crate::statement::{Fingerprint, Kind, Statement};

pub(crate) use calls::{Begun as CallBegun, Calls, Ended as CallEnded, Timed as TimedCall};
pub(crate) use group::Group;
pub(crate) use outside::Outside;
pub(crate) use polls::Polls;
pub(crate) use run::Run;
use sessions::Sessions;
pub(crate) use sessions::{Ending, SessionEvent};
pub(crate) use sessions::{HeldOver, Longest, UsedUp};
pub(crate) use steps::{StepNumber, Steps};
pub(crate) use tally::Tally;
pub(crate) use timeline::{SHORTEST_READ, TimedRead, Timeline};

use echoed::Echoed;
use group::Noted;
use inside::Inside;
use outside::allowed;
use tally::Settled;

/// Different statements that a scope keeps details of.
const MAX_STATEMENTS: usize = 256;
/// Call sites that a scope keeps, over all statements.
const MAX_SITES: usize = 512;
/// Bind identities that a scope keeps, over all statements.
const MAX_BINDS: usize = 4_096;
/// Call sites of one statement that are compared with each other.
const MAX_JOINED: usize = 64;
/// Scopes inside this one told apart for one call site.
const MAX_INSIDE: usize = 64;
/// Transactions told apart for one call site.
const MAX_TRANSACTIONS: usize = 64;

/// The executions of a recognised statement that are read all the same: enough
/// for every rule's threshold in production, and for the call sites that are
/// captured there.
const READ_REPEATS: std::ops::RangeInclusive<u64> = 3..=5;
/// After them this one is read, and no more.
const LAST_READ: u64 = 16;

/// The identity of no binds at all.
const NO_BINDS: u64 = 0;

/// One execution, as a scope sees it.
pub(crate) struct Execution<'a> {
    pub(crate) statement: &'a Arc<Statement>,
    pub(crate) orm: Orm,
    pub(crate) binds: Binds,
    pub(crate) place: Option<(SiteId, Chain)>,
    /// The transaction it runs in, and where that began.
    pub(crate) transaction: Option<(u64, Option<(SiteId, Chain)>)>,
    /// Its connection, if the driver tells of connections.
    pub(crate) connection: Option<&'a Connection>,
    pub(crate) completion: Completion,
    /// The judged scope inside this one that it ran in.
    pub(crate) inside: Option<u64>,
    /// False if the adapter recognised the statement and read neither its text
    /// nor its values.
    pub(crate) is_read: bool,
    /// What holds where it ran.
    pub(crate) allows: &'a [Allow],
}

impl Execution<'_> {
    fn site(&self) -> Option<SiteId> {
        self.place.as_ref().map(|(site, _)| *site)
    }
}

/// Where an execution was entered, to complete it later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    fingerprint: Fingerprint,
    site: Option<SiteId>,
    binds: Binds,
    is_read: bool,
    is_write: bool,
    allowed: RuleSet,
    /// Where its times are, if they are kept.
    step: Option<StepNumber>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    executions: u64,
    reads: u64,
    reads_with_rows: u64,
    rows: u64,
    rows_transferred: u64,
    rows_affected: u64,
    writes: u64,
    writes_with_rows: u64,
    /// The time that executions took, and of how many it is known.
    elapsed: Duration,
    with_elapsed: u64,
    sessions: Sessions,
    calls: Calls,
    polls: Polls,
    timeline: Timeline,
    /// When statements ran, if somebody wants to know.
    steps: Option<Box<Steps>>,
    /// Statements that a guarded connection did not send.
    refused: u64,
    /// Anything was seen at all, set-up and transaction control included.
    connected: bool,
    /// In boxes, because they are large: the table grows in small steps.
    tallies: IdentityMap<Fingerprint, Box<Tally>>,
    /// Executions of statements beyond the bound.
    unlisted: u64,
    /// What a second source saw, until [`settle`](Self::settle).
    echoes: IdentityMap<Fingerprint, Echoed>,
    echoes_unlisted: u64,
    echo_sites: usize,
    sites: usize,
    binds: usize,
    /// Rises with each write and each bound of a transaction: an equal read after it may
    /// see other data and is no duplicate.
    epoch: u64,
    last_read: Option<(Fingerprint, Option<SiteId>)>,
    /// The same, of what a second source reports.
    last_echo: Option<(Fingerprint, Option<SiteId>)>,
    /// Rises with every event: the order of first executions.
    clock: u64,
    /// The execution before this one, if it was a write.
    last_write: Option<Arc<Statement>>,
    details_dropped: u64,
    /// What scopes that ended inside this one have said.
    inside: Inside,
    /// What ran outside the allows, by rule.
    outside: Vec<Outside>,
}

impl Key {
    /// Of a read that was recognised, and counted the short way.
    pub(crate) fn recognised(fingerprint: Fingerprint) -> Self {
        Self {
            fingerprint,
            site: None,
            binds: Binds::Unknown,
            is_read: true,
            is_write: false,
            allowed: RuleSet::default(),
            step: None,
        }
    }
}

impl Ledger {
    /// Counts one execution.
    pub(crate) fn record(&mut self, execution: &Execution<'_>) -> Key {
        if !self.outside.is_empty() || !execution.allows.is_empty() {
            self.record_outside(execution);
        }
        self.record_here(execution)
    }

    fn record_here(&mut self, execution: &Execution<'_>) -> Key {
        let fingerprint = execution.statement.fingerprint();
        let site = execution.site();
        let kind = execution.statement.shape().kind();
        let key = Key {
            fingerprint,
            site,
            binds: execution.binds,
            is_read: kind == Kind::Select,
            is_write: is_write(kind),
            allowed: allowed(execution.allows),
            step: self
                .steps
                .as_mut()
                .and_then(|steps| steps.begin(fingerprint, &execution.completion)),
        };
        self.connected = true;
        self.executions += 1;
        self.clock += 1;
        if kind == Kind::Select {
            self.reads += 1;
        } else if is_write(kind) {
            self.writes += 1;
            self.epoch += 1;
        }
        if let Some(connection) = execution.connection {
            self.sessions.note_statement(connection);
        }
        self.enter(execution);
        if kind == Kind::Select {
            self.last_read = Some((fingerprint, site));
            self.last_write = None;
        } else {
            self.last_write = Some(Arc::clone(execution.statement));
        }
        self.complete_here(&key, execution.completion);
        key
    }

    /// Whether the next execution of a statement is one to be read, although
    /// it would be recognised.
    ///
    /// The first few repeats tell whether values differ and whether they come
    /// from one place; a few later ones are read to notice what has changed.
    pub(crate) fn wants_reading(&self, fingerprint: Fingerprint) -> bool {
        is_read(self.count_of(fingerprint) + 1)
    }

    /// Counts one more execution of a read that was recognised, the short way;
    /// nothing where `outer`, the scopes around this one, do not count it so.
    #[inline]
    pub(crate) fn count_recognised(
        &mut self,
        read: &RecognisedRead<'_>,
        inside: Option<u64>,
        outer: impl FnOnce() -> Recognised,
    ) -> Recognised {
        let fingerprint = read.fingerprint;
        // The first one opens the tally, and what was written may be read back.
        let Some(tally) = self.tallies.get_mut(&fingerprint) else {
            return Recognised::Unable;
        };
        // Nor is what is allowed something.
        if self.last_write.is_some() || !self.outside.is_empty() {
            return Recognised::Unable;
        }
        if is_read(tally.count() + 1) {
            return Recognised::Wanted;
        }
        let Recognised::Counted { left } = outer() else {
            return Recognised::Unable;
        };
        tally.note_recognised(1, inside);
        let key = Key::recognised(fingerprint);
        if let Some(completion) = &read.completion {
            tally.complete(&key, completion);
        }
        let left = until_read(tally.count()).min(left);
        self.executions += 1;
        self.reads += 1;
        self.clock += 1;
        self.last_read = Some((fingerprint, None));
        if let Some(connection) = read.connection {
            self.sessions.note_statement(connection);
        }
        if let Some(completion) = &read.completion {
            self.note_elapsed(&key, completion);
            self.note_rows_of_read(completion);
        }
        Recognised::Counted { left }
    }

    /// Enters a run of executions of a read that was recognised in this scope
    /// before, and that ran in the judged scope `inside` this one.
    pub(crate) fn enter_run(&mut self, fingerprint: Fingerprint, run: &Run, inside: Option<u64>) {
        self.tell_outside(|it| it.enter_run(fingerprint, run, inside));
        self.executions += run.count;
        self.reads += run.count;
        self.clock += run.count;
        self.last_read = Some((fingerprint, None));
        self.note_rows_read(run.with_rows, run.rows, run.rows_transferred);
        self.elapsed = self.elapsed.saturating_add(run.elapsed);
        self.with_elapsed += run.with_elapsed;
        if let Some(tally) = self.tallies.get_mut(&fingerprint) {
            tally.note_recognised(run.count, inside);
            tally.note_rows(run.with_rows, run.rows_transferred);
            tally.note_rows_at(None, run.with_rows, run.rows);
            tally.note_elapsed(run.with_elapsed, run.elapsed);
            tally.slowest = tally.slowest.max(run.slowest);
            tally.most_collected = tally.most_collected.max(run.most_collected);
        }
    }

    fn note_rows_read(&mut self, executions: u64, rows: u64, transferred: u64) {
        self.reads_with_rows += executions;
        self.rows = self.rows.saturating_add(rows);
        self.rows_transferred = self.rows_transferred.saturating_add(transferred);
    }

    /// Notes an execution as a second source saw it, which may be late and may
    /// or may not be one that was recorded already.
    ///
    /// Of each statement the larger number of the two counts: see
    /// [`settle`](Self::settle).
    ///
    /// `readings` are the fingerprints that its text has in other dialects,
    /// where the second source does not know the dialect.
    pub(crate) fn echo(&mut self, execution: &Execution<'_>, readings: &[Fingerprint]) {
        for outside in &mut self.outside {
            if !allowed(execution.allows).has(outside.rule) {
                outside.ledger.echo(execution, readings);
            }
        }
        self.connected = true;
        self.clock += 1;
        let fingerprint = execution.statement.fingerprint();
        let kind = execution.statement.shape().kind();
        if is_write(kind) {
            // Perhaps for a second time: it need only be another one.
            self.epoch += 1;
        }
        let is_full = self.echoes.len() >= MAX_STATEMENTS;
        let echoed = match self.echoes.entry(fingerprint) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(_) if is_full => {
                self.echoes_unlisted += 1;
                return;
            }
            Entry::Vacant(entry) => entry.insert(Echoed::new(execution, readings)),
        };
        note_telling(&mut echoed.statement, execution.statement);
        let has_room = self.echo_sites < MAX_SITES;
        let place = execution.place.as_ref().filter(|_| has_room);
        let is_new_site = echoed.enter(execution, place, self.clock, self.last_echo);
        self.echo_sites += usize::from(is_new_site);
        if kind == Kind::Select {
            self.last_echo = Some((fingerprint, place.map(|(site, _)| *site)));
        }
    }

    /// Adds what only the second source saw, once, when the scope has ended.
    pub(crate) fn settle(&mut self) {
        for outside in &mut self.outside {
            let covered = &outside.covered;
            let is_covered = |it: Fingerprint| covered.contains(&it);
            let echoes = &mut outside.ledger.echoes;
            echoes.retain(|it, echoed| {
                !covered.contains(it) && !covered.contains(&echoed.reported_as(is_covered))
            });
            outside.ledger.settle();
        }
        for tally in self.tallies.values_mut() {
            tally.place_recognised(self.clock);
        }
        let mut echoes: Vec<_> = std::mem::take(&mut self.echoes).into_values().collect();
        echoes.sort_by_key(Echoed::first);
        // Texts that are one statement in the dialect that the adapter knew
        // may be several where it is not known.
        let mut settling: Vec<(Fingerprint, Echoed)> = Vec::new();
        for echoed in echoes {
            let target = echoed.reported_as(|it| self.tallies.contains_key(&it));
            match settling.iter_mut().find(|(known, _)| *known == target) {
                Some((_, known)) => known.join(echoed),
                None => settling.push((target, echoed)),
            }
        }
        // Reports that no echo was found for. Statements beyond the bound are
        // not told apart: there, fewer are missed rather than one counted twice.
        let mut unmatched = self.executions;
        let mut unlisted = self.unlisted;
        for (target, echoed) in settling {
            let heard = echoed.count();
            let kind = echoed.statement.shape().kind();
            let settled = if let Some(tally) = self.tallies.get_mut(&target) {
                unmatched -= heard.min(tally.count());
                tally.settle(&echoed, self.clock)
            } else {
                let matched = heard.min(unlisted);
                unlisted -= matched;
                unmatched -= matched;
                let settled = Settled {
                    missed: heard - matched,
                    rows: echoed
                        .rows()
                        .filter(|_| matched == 0)
                        .map(|rows| (heard, rows)),
                };
                if matched == 0 && self.tallies.len() < MAX_STATEMENTS {
                    self.tallies.insert(target, Box::new(Tally::heard(echoed)));
                } else {
                    self.details_dropped += 1;
                }
                settled
            };
            self.add(kind, &settled);
        }
        let missed = self.echoes_unlisted.saturating_sub(unmatched);
        if missed > 0 {
            self.details_dropped += missed;
            self.executions += missed;
            // Reads or writes, with rows that nobody knows.
            self.reads += missed;
            self.writes += missed;
        }
    }

    fn add(&mut self, kind: Kind, settled: &Settled) {
        self.executions += settled.missed;
        if kind == Kind::Select {
            self.reads += settled.missed;
            if let Some((executions, rows)) = settled.rows {
                self.reads_with_rows += executions;
                self.rows = self.rows.saturating_add(rows);
                self.rows_transferred = self.rows_transferred.saturating_add(rows);
            }
        } else if is_write(kind) {
            self.writes += settled.missed;
        }
    }

    /// How many executions of a statement only the second source has seen yet.
    pub(crate) fn unreported(&self, fingerprint: Fingerprint) -> u64 {
        let heard = self.echoes.get(&fingerprint).map_or(0, Echoed::count);
        heard.saturating_sub(self.count_of(fingerprint))
    }

    /// Counts a statement that a guarded connection did not send.
    pub(crate) fn note_refusal(&mut self) {
        self.connected = true;
        self.refused += 1;
    }

    /// Notes an event that is no query: a ping, transaction control, set-up.
    pub(crate) fn note_event(&mut self, is_transaction_control: bool) {
        self.tell_outside(|it| it.note_event(is_transaction_control));
        self.note_event_here(is_transaction_control);
    }

    fn note_event_here(&mut self, is_transaction_control: bool) {
        self.connected = true;
        if is_transaction_control {
            self.epoch += 1;
        }
    }

    /// Notes what a connection tells of itself and of its transactions.
    pub(crate) fn note_session(&mut self, event: SessionEvent, allows: &[Allow]) {
        for outside in &mut self.outside {
            if !allowed(allows).has(outside.rule) {
                outside.ledger.note_session(event, &[]);
            }
        }
        self.note_event_here(event.is_transaction_control());
        if !self.sessions.note(event) {
            self.details_dropped += 1;
        }
    }

    /// Notes a connection that was established, to see whether it is closed
    /// again.
    pub(crate) fn await_end_of_connection(&mut self, number: u64, place: Option<(SiteId, Chain)>) {
        self.tell_outside(|it| it.await_end_of_connection(number, place.clone()));
        if !self.sessions.await_end(number, place) {
            self.details_dropped += 1;
        }
    }

    /// Notes where a transaction that has just ended began.
    pub(crate) fn place_ended(&mut self, transaction: u64, place: (SiteId, Chain)) {
        self.tell_outside(|it| it.place_ended(transaction, place.clone()));
        self.sessions.place_ended(transaction, place);
    }

    /// Counts an outgoing call that begins.
    pub(crate) fn begin_call(&mut self, name: &'static str) -> CallBegun {
        if !self.calls.begin(name) {
            self.details_dropped += 1;
        }
        CallBegun {
            executions: self.executions,
            transactions: self.sessions.open_ones(),
        }
    }

    /// Notes how long an outgoing call took, and which transactions waited for
    /// it.
    pub(crate) fn end_call(&mut self, call: CallEnded, begun: &CallBegun) {
        self.sessions.note_call(call.name, &begun.transactions);
        let executions = (begun.executions, self.executions);
        if !self.calls.end(call, executions) {
            self.details_dropped += 1;
        }
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Keeps the times of the longer reads.
    pub(crate) fn keep_times(&mut self) {
        self.timeline.keep();
    }

    /// Keeps when statements run, one by one, from now on.
    pub(crate) fn keep_steps(&mut self) {
        self.steps = Some(Box::new(Steps::new()));
    }

    pub(crate) fn take_steps(&mut self) -> Option<Steps> {
        self.steps.take().map(|steps| *steps)
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Notes a poll that held the executor for too long.
    pub(crate) fn note_poll(&mut self, held: Duration, is_sampled: bool) {
        self.polls.note(held, is_sampled);
    }

    /// Notes that a scope inside this one has noted such a poll.
    pub(crate) fn note_poll_inside(&mut self) {
        self.polls.note_inside();
    }

    pub(crate) fn polls(&self) -> &Polls {
        &self.polls
    }

    /// The transactions that were held over an outgoing call.
    pub(crate) fn held_over(&self) -> Option<&HeldOver> {
        self.sessions.held_over()
    }

    /// The transaction that took the longest.
    pub(crate) fn longest_transaction(&self) -> Option<&Longest> {
        self.sessions.longest()
    }

    /// Connections that were established, used and closed in this scope.
    pub(crate) fn used_up(&self) -> &UsedUp {
        self.sessions.used_up()
    }

    /// Adds what became known at the end of an execution.
    pub(crate) fn complete(&mut self, key: &Key, completion: Completion) {
        for outside in &mut self.outside {
            if !key.allowed.has(outside.rule) {
                outside.ledger.complete_here(key, completion);
            }
        }
        self.complete_here(key, completion);
    }

    fn complete_here(&mut self, key: &Key, completion: Completion) {
        if let (Some(steps), Some(step)) = (&mut self.steps, key.step) {
            steps.complete(step, &completion);
        }
        self.note_elapsed(key, &completion);
        if key.is_read {
            self.note_rows_of_read(&completion);
        }
        if let Some(rows) = completion.rows_affected.filter(|_| key.is_write) {
            self.rows_affected = self.rows_affected.saturating_add(rows);
            self.writes_with_rows += 1;
        }
        if let Some(tally) = self.tallies.get_mut(&key.fingerprint) {
            tally.complete(key, &completion);
        }
    }

    #[inline]
    fn note_elapsed(&mut self, key: &Key, completion: &Completion) {
        if let Some(elapsed) = completion.elapsed {
            self.elapsed = self.elapsed.saturating_add(elapsed);
            self.with_elapsed += 1;
            // Rare: what is short is not looked at.
            if elapsed >= SHORTEST_READ && key.is_read && !self.sessions.is_in_transaction() {
                let executions = self.executions;
                self.timeline
                    .end(key.fingerprint, key.binds, completion, executions);
            }
        }
    }

    #[inline]
    fn note_rows_of_read(&mut self, completion: &Completion) {
        if let Some(rows) = completion.rows {
            self.note_rows_read(1, rows, completion.rows_transferred.unwrap_or(rows));
        }
    }

    /// The same, of a read that was counted the short way.
    pub(crate) fn complete_recognised(&mut self, fingerprint: Fingerprint, completion: Completion) {
        self.complete(&Key::recognised(fingerprint), completion);
    }

    fn enter(&mut self, execution: &Execution<'_>) {
        let Some(tally) = tally(&mut self.tallies, execution) else {
            self.unlisted += 1;
            self.details_dropped += 1;
            return;
        };
        let has_room = self.binds < MAX_BINDS;
        if !execution.is_read {
            // Its values were not looked at.
        } else if let Some(binds) = execution.binds.identity() {
            tally.has_wildcard |= matches!(execution.binds, Binds::Wildcard(_));
            tally.note_repeat(binds, self.epoch, has_room);
        } else if execution.binds == Binds::None {
            tally.note_repeat(NO_BINDS, self.epoch, true);
        }
        // Beyond the bound, executions are counted without their place.
        let is_known = |group: &Group| group.site == execution.site();
        let is_placed = self.sites < MAX_SITES || tally.groups.iter().any(is_known);
        let place = execution.place.as_ref().filter(|_| is_placed);
        if place.is_none() && execution.place.is_some() {
            self.details_dropped += 1;
        }
        let site = place.map(|(site, _)| *site);
        let known = tally.groups.iter().position(|group| group.site == site);
        let known = known.unwrap_or_else(|| {
            self.sites += 1;
            tally
                .groups
                .push(Group::new(place, self.clock, self.last_read));
            tally.groups.len() - 1
        });
        let shape = execution.statement.shape();
        let is_read_back = self.last_write.as_ref().is_some_and(|write| {
            let written = write.shape().main_table();
            shape.kind() == Kind::Select && written.is_some() && written == shape.main_table()
        });
        tally.note();
        if let Some(group) = tally.groups.get_mut(known) {
            match group.enter(execution, is_read_back, has_room) {
                Noted::Dropped => self.details_dropped += 1,
                Noted::Kept => self.binds += 1,
                Noted::Known => {}
            }
        }
    }

    /// Joins groups of a read or a write that are one place in the user's code.
    ///
    /// Resolves symbols: for a test that has ended.
    pub(crate) fn join_places(&mut self) {
        self.tell_outside(Self::join_places);
        for tally in self.tallies.values_mut() {
            let kind = tally.statement.shape().kind();
            if kind == Kind::Select || is_write(kind) {
                tally.join_places();
            }
        }
    }

    /// How often a statement was executed.
    pub(crate) fn count_of(&self, fingerprint: Fingerprint) -> u64 {
        self.tallies
            .get(&fingerprint)
            .map_or(0, |tally| tally.count())
    }

    /// All executions, an ORM's expansions of one call counted one by one.
    pub(crate) fn executions(&self) -> u64 {
        self.executions
    }

    /// The rows that all reads returned; `None` if one of them is unknown.
    pub(crate) fn rows(&self) -> Option<u64> {
        (self.reads == self.reads_with_rows).then_some(self.rows)
    }

    /// The rows that reads are known to have returned so far.
    pub(crate) fn rows_so_far(&self) -> u64 {
        self.rows
    }

    /// The rows that came from the database for all reads; `None` if one of
    /// them is unknown.
    pub(crate) fn rows_transferred(&self) -> Option<u64> {
        self.rows().map(|_| self.rows_transferred)
    }

    /// The rows that all writes changed; `None` if one of them is unknown.
    pub(crate) fn rows_affected(&self) -> Option<u64> {
        (self.writes == self.writes_with_rows).then_some(self.rows_affected)
    }

    /// The time that all executions took; `None` if it is unknown for any.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        (self.executions == self.with_elapsed).then_some(self.elapsed)
    }

    /// The time that executions are known to have taken.
    pub(crate) fn elapsed_so_far(&self) -> Duration {
        self.elapsed
    }

    /// What drivers told of connections, if any did.
    pub(crate) fn connections(&self) -> Option<Connections> {
        self.sessions.connections()
    }

    /// What drivers told of transactions, if any did.
    pub(crate) fn transactions(&self) -> Option<Transactions> {
        self.sessions.transactions()
    }

    /// Statements that a guarded connection did not send.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(crate) fn details_dropped(&self) -> u64 {
        self.details_dropped
    }

    /// The statements, in the order of their first execution.
    pub(crate) fn tallies(&self) -> Vec<&Tally> {
        let mut tallies: Vec<_> = self.tallies.values().map(Box::as_ref).collect();
        tallies.sort_by_key(|tally| tally.first());
        tallies
    }

    pub(crate) fn tally(&self, fingerprint: Fingerprint) -> Option<&Tally> {
        self.tallies.get(&fingerprint).map(Box::as_ref)
    }
}

/// Whether the `nth` execution of a recognised statement is one to read.
#[inline]
fn is_read(nth: u64) -> bool {
    READ_REPEATS.contains(&nth) || nth == LAST_READ
}

/// How many more executions follow on `count` of a recognised statement before
/// one is to be read.
fn until_read(count: u64) -> u64 {
    let next = [*READ_REPEATS.start(), LAST_READ];
    let next = next.into_iter().find(|nth| *nth > count);
    next.map_or(u64::MAX, |next| next - count - 1)
}

/// A read that an adapter recognised, to be counted the short way.
pub(crate) struct RecognisedRead<'a> {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) connection: Option<&'a Connection>,
    /// What is known of it already.
    pub(crate) completion: Option<Completion>,
}

/// What came of counting a statement the short way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recognised {
    /// So many more need not be read either.
    Counted { left: u64 },
    /// It has to be counted the long way.
    Unable,
    /// It has to be read.
    Wanted,
}

fn is_write(kind: Kind) -> bool {
    kind != Kind::Select && kind != Kind::Other
}

/// The tally of an execution's statement; `None` beyond the bound.
fn tally<'a>(
    tallies: &'a mut IdentityMap<Fingerprint, Box<Tally>>,
    execution: &Execution<'_>,
) -> Option<&'a mut Tally> {
    let is_full = tallies.len() >= MAX_STATEMENTS;
    let tally = match tallies.entry(execution.statement.fingerprint()) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(_) if is_full => return None,
        Entry::Vacant(entry) => {
            entry.insert(Box::new(Tally::new(execution.statement, execution.orm)))
        }
    };
    note_telling(&mut tally.statement, execution.statement);
    Some(tally)
}

/// Texts of one statement differ in what their values tell: one that lists
/// many values is no look-up, whatever the others list. Keeps the text that
/// tells most.
fn note_telling(known: &mut Arc<Statement>, executed: &Arc<Statement>) {
    if !Arc::ptr_eq(known, executed) && executed.shape().tells_more_than(known.shape()) {
        *known = Arc::clone(executed);
    }
}
