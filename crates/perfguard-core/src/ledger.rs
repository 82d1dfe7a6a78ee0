//! What one scope remembers of its statements.
//!
//! Executions are counted in place, by statement and call site. Counts are
//! exact whatever happens; only details (bind identities, call sites, the
//! statements beyond a bound) are dropped, and the number of dropped details
//! is kept. A ledger knows no rule.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::callsite::{Chain, SiteId, is_same_place};
use crate::query::{Binds, Completion, Orm};
use crate::report::Report;
use crate::rules::RuleId;
use crate::statement::{Dialect, Fingerprint, Kind, List, Statement};

/// Different statements that a scope keeps details of.
const MAX_STATEMENTS: usize = 256;
/// Call sites that a scope keeps, over all statements.
const MAX_SITES: usize = 512;
/// Bind identities that a scope keeps, over all statements.
const MAX_BINDS: usize = 4_096;
/// Reports of nested scopes that a scope keeps.
const MAX_NESTED: usize = 64;
/// Call sites of one statement that are compared with each other.
const MAX_JOINED: usize = 64;
/// Statements that nested scopes have reported.
const MAX_CLAIMS: usize = 1_024;
/// Scopes inside this one told apart for one call site.
const MAX_INSIDE: usize = 64;
/// Transactions told apart for one call site.
const MAX_TRANSACTIONS: usize = 64;

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
    pub(crate) completion: Completion,
    /// The judged scope inside this one that it ran in.
    pub(crate) inside: Option<u64>,
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
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    executions: u64,
    reads: u64,
    reads_with_rows: u64,
    rows: u64,
    /// Anything was seen at all, set-up and transaction control included.
    connected: bool,
    tallies: HashMap<Fingerprint, Tally>,
    sites: usize,
    binds: usize,
    /// Rises with each write and each bound of a transaction: an equal read after it may
    /// see other data and is no duplicate.
    epoch: u64,
    last_read: Option<(Fingerprint, Option<SiteId>)>,
    /// The execution before this one, if it was a write.
    last_write: Option<Arc<Statement>>,
    details_dropped: u64,
    nested: Vec<Report>,
    /// What scopes inside this one have reported: rule, statement, scope.
    claims: HashMap<(RuleId, Fingerprint, u64), u64>,
}

/// All executions of one statement.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) statement: Arc<Statement>,
    pub(crate) orm: Orm,
    pub(crate) groups: Vec<Group>,
    repeats: HashMap<u64, Repeat>,
}

/// All executions of one statement from one call site, or those whose call
/// site was not captured.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) site: Option<SiteId>,
    pub(crate) chain: Option<Chain>,
    pub(crate) count: u64,
    /// Its place in the order of events: the number of its first execution.
    pub(crate) first: u64,
    pub(crate) unknown_binds: u64,
    /// Executions that came right after a write to the same table: an ORM
    /// reads back what it wrote where the database does not return it.
    pub(crate) read_back: u64,
    pub(crate) rows: Option<u64>,
    /// The read that came before its first execution.
    pub(crate) preceded_by: Option<(Fingerprint, Option<SiteId>)>,
    pub(crate) batches: Batches,
    binds: HashSet<u64>,
    binds_dropped: bool,
    /// How many ran in which judged scope inside this one.
    inside: SmallVec<[(u64, u64); 1]>,
    /// The sites of groups that turned out to be this one's place.
    joined: Vec<SiteId>,
}

/// The executions of a group that ran in transactions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batches {
    pub(crate) executions: u64,
    pub(crate) transactions: SmallVec<[u64; 2]>,
    /// Where the transactions began, if that was captured.
    pub(crate) begun: Option<(SiteId, Chain)>,
    /// They began in different places, or there were too many to tell.
    pub(crate) mixed: bool,
}

/// Executions with one bind identity and nothing written in between.
#[derive(Clone, Copy, Debug, Default)]
struct Repeat {
    epoch: u64,
    count: u64,
    most: u64,
}

impl Ledger {
    /// Counts one execution.
    pub(crate) fn record(&mut self, execution: &Execution<'_>) -> Key {
        let fingerprint = execution.statement.fingerprint();
        let site = execution.site();
        let kind = execution.statement.shape().kind();
        let key = Key {
            fingerprint,
            site,
            binds: execution.binds,
            is_read: kind == Kind::Select,
        };
        self.connected = true;
        self.executions += 1;
        if kind == Kind::Select {
            self.reads += 1;
        } else if kind != Kind::Other {
            self.epoch += 1;
        }
        self.enter(execution, fingerprint);
        if kind == Kind::Select {
            self.last_read = Some((fingerprint, site));
            self.last_write = None;
        } else {
            self.last_write = Some(Arc::clone(execution.statement));
        }
        self.complete(&key, execution.completion);
        key
    }

    /// Notes an event that is no query: a ping, transaction control, set-up.
    pub(crate) fn note_event(&mut self, is_transaction_control: bool) {
        self.connected = true;
        if is_transaction_control {
            self.epoch += 1;
        }
    }

    /// Adds what became known at the end of an execution.
    pub(crate) fn complete(&mut self, key: &Key, completion: Completion) {
        if let Some(rows) = completion.rows.filter(|_| key.is_read) {
            self.rows += rows;
            self.reads_with_rows += 1;
        }
        let Some(tally) = self.tallies.get_mut(&key.fingerprint) else {
            return;
        };
        let repeated = match key.binds {
            Binds::Identity(binds) => Some(binds),
            Binds::None => Some(NO_BINDS),
            Binds::Unknown => None,
        };
        if completion.failed
            && let Some(repeat) = repeated.and_then(|binds| tally.repeats.get_mut(&binds))
        {
            // A retry after an error is no duplicate.
            repeat.count = repeat.count.saturating_sub(1);
        }
        let group = tally.groups.iter_mut().find(|group| group.site == key.site);
        if let (Some(rows), Some(group)) = (completion.rows, group) {
            group.rows = Some(group.rows.unwrap_or(0) + rows);
        }
    }

    fn enter(&mut self, execution: &Execution<'_>, fingerprint: Fingerprint) {
        let is_full = self.tallies.len() >= MAX_STATEMENTS;
        let tally = match self.tallies.entry(fingerprint) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(_) if is_full => {
                self.details_dropped += 1;
                return;
            }
            std::collections::hash_map::Entry::Vacant(entry) => entry.insert(Tally {
                statement: Arc::clone(execution.statement),
                orm: execution.orm,
                groups: Vec::new(),
                repeats: HashMap::new(),
            }),
        };
        // Texts of one statement may list one value or many: what lists many
        // is no look-up.
        let list = |statement: &Statement| statement.shape().list();
        if list(execution.statement) == List::Many && list(&tally.statement) != List::Many {
            tally.statement = Arc::clone(execution.statement);
        }
        let binds_left = self.binds < MAX_BINDS;
        if let Binds::Identity(binds) = execution.binds {
            tally.note_repeat(binds, self.epoch, binds_left);
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
        let position = tally.groups.iter().position(|group| group.site == site);
        let group = match position.and_then(|position| tally.groups.get_mut(position)) {
            Some(group) => group,
            None => {
                self.sites += 1;
                tally.groups.push(Group {
                    site,
                    chain: place.map(|(_, chain)| chain.clone()),
                    count: 0,
                    first: self.executions,
                    unknown_binds: 0,
                    read_back: 0,
                    rows: None,
                    preceded_by: self.last_read,
                    batches: Batches::default(),
                    binds: HashSet::new(),
                    binds_dropped: false,
                    inside: SmallVec::new(),
                    joined: Vec::new(),
                });
                let Some(group) = tally.groups.last_mut() else {
                    return;
                };
                group
            }
        };
        group.count += 1;
        group.note_inside(execution.inside);
        let shape = execution.statement.shape();
        group.read_back += u64::from(self.last_write.as_ref().is_some_and(|write| {
            let written = write.shape().main_table();
            shape.kind() == Kind::Select && written.is_some() && written == shape.main_table()
        }));
        match execution.binds {
            Binds::Identity(binds) if group.binds.contains(&binds) => {}
            Binds::Identity(binds) if binds_left => {
                group.binds.insert(binds);
                self.binds += 1;
            }
            Binds::Identity(_) => {
                group.binds_dropped = true;
                self.details_dropped += 1;
            }
            Binds::None => {}
            Binds::Unknown => group.unknown_binds += 1,
        }
        if let Some((id, begun)) = &execution.transaction {
            group.batches.enter(*id, begun.as_ref());
        }
    }

    /// Joins groups of a read that are one place in the user's code.
    ///
    /// Resolves symbols: for a test that has ended.
    pub(crate) fn join_places(&mut self) {
        for tally in self.tallies.values_mut() {
            if tally.statement.shape().kind() == Kind::Select {
                tally.join_places();
            }
        }
    }

    /// How often a statement was executed.
    pub(crate) fn count_of(&self, fingerprint: Fingerprint) -> u64 {
        self.tallies.get(&fingerprint).map_or(0, Tally::count)
    }

    /// All executions, an ORM's expansions of one call counted one by one.
    pub(crate) fn executions(&self) -> u64 {
        self.executions
    }

    /// The rows that all reads returned; `None` if one of them is unknown.
    pub(crate) fn rows(&self) -> Option<u64> {
        (self.reads == self.reads_with_rows).then_some(self.rows)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(crate) fn details_dropped(&self) -> u64 {
        self.details_dropped
    }

    /// The statements, in the order of their first execution.
    pub(crate) fn tallies(&self) -> Vec<&Tally> {
        let mut tallies: Vec<_> = self.tallies.values().collect();
        tallies.sort_by_key(|tally| tally.first());
        tallies
    }

    pub(crate) fn tally(&self, fingerprint: Fingerprint) -> Option<&Tally> {
        self.tallies.get(&fingerprint)
    }

    /// Keeps the report of the scope `below` that ended inside this one.
    pub(crate) fn nest(&mut self, report: Report, below: Option<u64>) {
        self.claim(&report, below);
        if report.has_nothing_to_say() {
            return;
        }
        if self.nested.len() < MAX_NESTED {
            self.nested.push(report);
        } else {
            self.details_dropped += 1;
        }
    }

    /// Notes what the scope `below`, which ended inside this one, has already
    /// reported.
    pub(crate) fn claim(&mut self, report: &Report, below: Option<u64>) {
        let Some(below) = below else { return };
        for finding in report.findings_and_allowed() {
            if let Some(statement) = finding.statement() {
                let claim = (finding.rule, statement.fingerprint(), below);
                if self.claims.len() < MAX_CLAIMS || self.claims.contains_key(&claim) {
                    *self.claims.entry(claim).or_default() += finding.count;
                }
            }
        }
    }

    /// How many executions of a statement, from one place or from all, scopes
    /// inside this one have already reported under `rule`.
    pub(crate) fn claimed(
        &self,
        rule: RuleId,
        fingerprint: Fingerprint,
        site: Option<SiteId>,
    ) -> u64 {
        let groups = self.tallies.get(&fingerprint).map(|tally| &tally.groups);
        groups
            .into_iter()
            .flatten()
            .filter(|group| site.is_none() || group.is_at(site))
            .flat_map(|group| &group.inside)
            .map(|(below, count)| {
                let claim = self.claims.get(&(rule, fingerprint, *below));
                claim.map_or(0, |claimed| *claimed.min(count))
            })
            .sum()
    }

    pub(crate) fn take_nested(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.nested)
    }
}

impl Tally {
    pub(crate) fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    fn first(&self) -> u64 {
        self.groups
            .iter()
            .map(|group| group.first)
            .min()
            .unwrap_or(0)
    }

    /// Executions that had the binds of an earlier one, the earlier included.
    pub(crate) fn duplicates(&self) -> u64 {
        self.repeats
            .values()
            .map(|repeat| repeat.most)
            .filter(|most| *most > 1)
            .sum()
    }

    fn note_repeat(&mut self, binds: u64, epoch: u64, may_grow: bool) {
        if !may_grow && !self.repeats.contains_key(&binds) {
            return;
        }
        let repeat = self.repeats.entry(binds).or_default();
        if repeat.epoch != epoch {
            repeat.epoch = epoch;
            repeat.count = 0;
        }
        repeat.count += 1;
        repeat.most = repeat.most.max(repeat.count);
    }

    fn join_places(&mut self) {
        if self.groups.len() > MAX_JOINED {
            return;
        }
        // In the order of events, so that a loop keeps what came before it.
        self.groups.sort_by_key(|group| group.first);
        let mut joined: Vec<Group> = Vec::new();
        for group in self.groups.drain(..) {
            match joined.iter_mut().find(|known| known.is_same_place(&group)) {
                Some(known) => known.join(group),
                None => joined.push(group),
            }
        }
        self.groups = joined;
    }

    pub(crate) fn is_insert_on_sqlite(&self) -> bool {
        self.statement.shape().kind() == Kind::Insert && self.statement.dialect() == Dialect::Sqlite
    }
}

impl Group {
    /// True for the site of this group, or of one that was joined to it.
    pub(crate) fn is_at(&self, site: Option<SiteId>) -> bool {
        self.site == site || site.is_some_and(|site| self.joined.contains(&site))
    }

    fn is_same_place(&self, other: &Self) -> bool {
        match (&self.chain, &other.chain) {
            (Some(one), Some(other)) => is_same_place(one, other),
            _ => false,
        }
    }

    fn note_inside(&mut self, below: Option<u64>) {
        let Some(below) = below else { return };
        let is_full = self.inside.len() >= MAX_INSIDE;
        match self.inside.iter_mut().find(|(id, _)| *id == below) {
            Some((_, count)) => *count += 1,
            None if is_full => {}
            None => self.inside.push((below, 1)),
        }
    }

    /// Takes over a later group.
    fn join(&mut self, other: Self) {
        self.count += other.count;
        self.unknown_binds += other.unknown_binds;
        self.read_back += other.read_back;
        self.binds.extend(other.binds);
        self.binds_dropped |= other.binds_dropped;
        self.rows = match (self.rows, other.rows) {
            (Some(one), Some(other)) => Some(one + other),
            _ => None,
        };
        self.joined.extend(other.site);
        self.inside.extend(other.inside);
    }

    /// The different bind identities of this group and of `others`.
    pub(crate) fn distinct_binds(&self, others: Option<&Self>) -> Distinct {
        let count = match others {
            Some(others) => self.binds.union(&others.binds).count(),
            None => self.binds.len(),
        };
        Distinct {
            count: count as u64,
            is_exact: !self.binds_dropped && !others.is_some_and(|others| others.binds_dropped),
        }
    }
}

/// A number of different bind values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distinct {
    pub(crate) count: u64,
    pub(crate) is_exact: bool,
}

impl Batches {
    fn enter(&mut self, id: u64, begun: Option<&(SiteId, Chain)>) {
        self.executions += 1;
        if !self.transactions.contains(&id) {
            if self.transactions.len() >= MAX_TRANSACTIONS {
                self.mixed = true;
                return;
            }
            self.transactions.push(id);
        }
        if let Some((site, chain)) = begun {
            match &self.begun {
                Some((known, _)) if known != site => self.mixed = true,
                Some(_) => {}
                None => self.begun = Some((*site, chain.clone())),
            }
        }
    }
}
