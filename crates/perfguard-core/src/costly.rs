//! Statements that cost much and came again: the one table of the process.
//!
//! An entry is a statement with the values that it had, as a keyed hash, and
//! how many functions have run it within [`WINDOW`]. It is looked at when a
//! scope ends, only for statements that took longer than the limit, and not at
//! all where there are none and the table is empty. A write to one of an
//! entry's tables, in any scope, forgets the entry when that scope ends; what
//! the scopes around one have written so far is looked up. What other processes
//! write is unknown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::ledger::Tally;
use crate::query::Query;
use crate::scope::State;
use crate::settings::Settings;
use crate::statement::{Fingerprint, Kind, Shape, Statement};

/// From when on a statement costs so much that somebody would notice it gone,
/// where nobody says otherwise: Nielsen's limit for an answer that feels
/// instantaneous.
pub(crate) const COSTLY: Duration = Duration::from_millis(100);

/// How long repeats count together: what is asked again within it would have
/// been answered by the shortest-lived of caches. perfguard's own.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Entries of the table. Where it is full, the oldest goes.
const MAX_ENTRIES: usize = 256;

/// One statement of a scope, which other scopes have run with the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) fingerprint: Fingerprint,
    /// How many scopes have, this one included.
    pub(crate) scopes: u64,
    /// What they took together.
    pub(crate) elapsed: Duration,
}

static TABLE: Mutex<Table> = Mutex::new(Table {
    entries: Vec::new(),
});

/// How many entries there are: read without the lock.
static ENTRIES: AtomicUsize = AtomicUsize::new(0);

/// True for a statement that took so long that its values are worth reading.
#[inline]
pub(crate) fn is_costly(query: &Query<'_>) -> bool {
    query.completion.elapsed.is_some_and(is_long)
}

fn is_long(elapsed: Duration) -> bool {
    elapsed > Settings::current().costly().unwrap_or(COSTLY)
}

/// Takes note of a scope that has ended: of what it wrote, and, if it
/// `is_counted`, of what cost much. Gives what other scopes under the same
/// `root` have run as well.
///
/// `outermost` is the last of the scopes around it, or the scope itself.
pub(crate) fn note(
    tallies: &[&Tally],
    root: u64,
    outermost: &State,
    is_counted: bool,
) -> Vec<Repeated> {
    let is_candidate = |tally: &Tally| is_counted && is_candidate(tally);
    let has_costly = tallies.iter().any(|tally| is_candidate(tally));
    // Relaxed: an entry that is made just now may have been read before the
    // write or after it.
    if !has_costly && ENTRIES.load(Ordering::Relaxed) == 0 {
        return Vec::new();
    }
    let changes: Vec<&Shape> = tallies
        .iter()
        .map(|tally| tally.statement.shape())
        .filter(|shape| shape.kind() != Kind::Select)
        .collect();
    if !has_costly && changes.is_empty() {
        return Vec::new();
    }
    let costly: Vec<(&Tally, Around)> = tallies
        .iter()
        .filter(|tally| is_candidate(tally))
        .map(|tally| (*tally, Around::of(outermost, tally.statement.shape())))
        .collect();
    let now = Instant::now();
    // Held for as long as it takes to compare names; nothing is called out to.
    let mut table = TABLE.lock();
    for change in changes {
        table.forget(change, root);
    }
    let mut repeated = Vec::new();
    for (tally, around) in costly {
        repeated.extend(table.enter(tally, root, around, now));
    }
    ENTRIES.store(table.entries.len(), Ordering::Relaxed);
    repeated
}

/// A read that took long, with values that are known, outside of any scope
/// that has been counted already.
fn is_candidate(tally: &Tally) -> bool {
    // First what nearly no statement is: this is asked of each.
    if !tally.slowest.is_some_and(is_long) {
        return false;
    }
    let shape = tally.statement.shape();
    let is_inside = tally.groups.iter().any(|group| !group.inside().is_empty());
    shape.kind() == Kind::Select
        && shape.is_complete()
        && !shape.is_locking()
        && !shape.tables().is_empty()
        && !is_inside
        && tally.only_value().is_some()
}

/// What the scopes around one have changed of what it reads.
#[derive(Clone, Copy)]
struct Around {
    /// The outermost of them.
    scope: u64,
    changes: u64,
}

impl Around {
    /// A scope that has ended has nothing to add: its writes are forgotten by
    /// then.
    fn of(outermost: &State, read: &Shape) -> Self {
        Self {
            scope: outermost.id(),
            changes: outermost.changes(|change| touches(change, read)),
        }
    }

    /// Whether something may have changed since.
    fn is_older_than(self, now: Self) -> bool {
        if self.scope == now.scope {
            self.changes != now.changes
        } else {
            now.changes > 0
        }
    }
}

struct Table {
    entries: Vec<Entry>,
}

struct Entry {
    /// Under test the outermost scope: tests have rows of their own.
    root: u64,
    value: u64,
    statement: Arc<Statement>,
    since: Instant,
    scopes: u64,
    elapsed: Duration,
    around: Around,
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) > WINDOW
    }
}

impl Table {
    /// Counts one more scope that ran a statement.
    fn enter(
        &mut self,
        tally: &Tally,
        root: u64,
        around: Around,
        now: Instant,
    ) -> Option<Repeated> {
        let value = tally.only_value()?;
        let elapsed = tally.slowest?;
        let fingerprint = tally.statement.fingerprint();
        let known = self.entries.iter_mut().find(|entry| {
            entry.root == root
                && entry.value == value
                && entry.statement.fingerprint() == fingerprint
        });
        if let Some(entry) = known {
            if entry.is_over(now) || entry.around.is_older_than(around) {
                (entry.since, entry.scopes, entry.elapsed) = (now, 0, Duration::ZERO);
            }
            entry.around = around;
            entry.scopes += 1;
            entry.elapsed = entry.elapsed.saturating_add(elapsed);
            return Some(Repeated {
                fingerprint,
                scopes: entry.scopes,
                elapsed: entry.elapsed,
            });
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.retain(|entry| !entry.is_over(now));
        }
        if self.entries.len() >= MAX_ENTRIES {
            let oldest = (0..)
                .zip(&self.entries)
                .min_by_key(|(_, entry)| entry.since);
            if let Some((oldest, _)) = oldest {
                self.entries.swap_remove(oldest);
            }
        }
        self.entries.push(Entry {
            root,
            value,
            statement: Arc::clone(&tally.statement),
            since: now,
            scopes: 1,
            elapsed,
            around,
        });
        None
    }

    /// Forgets what was read of the tables that a statement may have changed.
    fn forget(&mut self, change: &Shape, root: u64) {
        self.entries
            .retain(|entry| entry.root != root || !touches(change, entry.statement.shape()));
    }
}

/// Whether a change may be to what a statement reads. Schemas are left out: a
/// search path may name the same table without one.
fn touches(change: &Shape, read: &Shape) -> bool {
    if !change.is_complete() || change.kind() == Kind::Other || change.tables().is_empty() {
        return true;
    }
    let read = |table: &str| read.tables().iter().any(|it| bare(it) == bare(table));
    change.tables().iter().any(|table| read(table))
}

fn bare(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table)
}
