//! Which statement a query is, told by its Rust type: for production.
//!
//! Printing a query costs more than half of what an in-memory database needs
//! to run it. But the queries of one type mostly have one text, and the type
//! shows: a `&dyn DebugQuery` points to the methods of its type. That address
//! is a *mark* of a few nanoseconds.
//!
//! A mark alone proves nothing: all boxed queries of a table share one, all
//! `sql_query` do, and everything that goes through diesel-async's
//! `SyncConnectionWrapper`. So a mark is trusted when
//! - the texts that were read under it were one statement, several times in a
//!   row, and
//! - Diesel keeps the query in its cache of prepared statements, which says so
//!   for each text that is new to a connection: a second text under the mark
//!   does not stay unnoticed.
//!
//! A mark with two statements is never trusted again: its queries are read each
//! time. Of a trusted one every 1024th look-up is read, and so are the first
//! repeats in a scope (`adapter::record_recognised` asks for them).

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use diesel::connection::DebugQuery;
use parking_lot::RwLock;
use perfguard_core::adapter;
use perfguard_core::statement::{Class, Dialect, Statement};

/// How many readings have to agree before a mark is trusted.
const READINGS: u32 = 8;

/// Of a trusted mark each so many-th execution on a connection is read, those
/// not counted that a thread counts by itself.
const REREAD: u32 = 1_024;

/// The marks that a process remembers: queries are types in its source.
const MAX_MARKS: usize = 4_096;

/// The marks that a connection has at hand: sets of a few, so that two marks
/// of one handler do not drive each other out.
const SETS: usize = 16;
const WAYS: usize = 4;

/// The type of a query. Equal marks are one type; one type may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mark(u64);

impl Mark {
    /// The mark of no query.
    pub(crate) const NONE: Self = Self(0);

    #[inline]
    pub(crate) fn of(query: &dyn DebugQuery) -> Self {
        /// Takes a pointer's parts as they are.
        #[derive(Default)]
        struct Parts(u64);
        impl Hasher for Parts {
            fn finish(&self) -> u64 {
                self.0
            }
            fn write(&mut self, bytes: &[u8]) {
                for byte in bytes {
                    self.write_u64(u64::from(*byte));
                }
            }
            #[inline]
            fn write_u64(&mut self, part: u64) {
                self.0 = (self.0.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
            }
            #[inline]
            fn write_usize(&mut self, part: usize) {
                self.write_u64(part as u64);
            }
        }
        let pointer = std::ptr::from_ref(query);
        // The address of the value becomes 0, that of its methods stays.
        let pointer = pointer.wrapping_byte_sub(pointer.cast::<()>().addr());
        let mut parts = Parts::default();
        pointer.hash(&mut parts);
        Self(parts.finish())
    }
}

/// What is known of a mark.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) statement: Arc<Statement>,
    /// Of the raw text, to find the end of the statement by.
    pub(crate) text: u64,
    readings: AtomicU32,
    is_cached: AtomicBool,
    is_ambiguous: AtomicBool,
    /// What follows from the others.
    is_trusted: AtomicBool,
}

impl Known {
    #[inline]
    fn is_trusted(&self) -> bool {
        // Relaxed: only these flags themselves are told by them.
        self.is_trusted.load(Ordering::Relaxed)
    }

    fn judge(&self) {
        let is_trusted = self.readings.load(Ordering::Relaxed) >= READINGS
            && self.is_cached.load(Ordering::Relaxed)
            && !self.is_ambiguous.load(Ordering::Relaxed);
        self.is_trusted.store(is_trusted, Ordering::Relaxed);
    }

    fn agrees(&self, statement: &Statement) -> bool {
        let agrees = self.statement.fingerprint() == statement.fingerprint()
            && statement.shape().class() == Class::Query;
        if !agrees {
            self.is_ambiguous.store(true, Ordering::Relaxed);
            self.judge();
        }
        agrees
    }
}

/// The marks of the process.
static MARKS: RwLock<Option<HashMap<Mark, Arc<Known>>>> = RwLock::new(None);

fn look_up(mark: Mark) -> Option<Arc<Known>> {
    MARKS.read().as_ref()?.get(&mark).cloned()
}

/// What is known of a mark; `statement` where nothing is.
fn learn(mark: Mark, statement: &Arc<Statement>, text: u64) -> Option<Arc<Known>> {
    if let Some(known) = look_up(mark) {
        return Some(known);
    }
    let mut marks = MARKS.write();
    let marks = marks.get_or_insert_default();
    if let Some(known) = marks.get(&mark) {
        return Some(Arc::clone(known));
    }
    if marks.len() >= MAX_MARKS {
        return None;
    }
    let known = Arc::new(Known {
        statement: Arc::clone(statement),
        text,
        readings: AtomicU32::new(0),
        is_cached: AtomicBool::new(false),
        is_ambiguous: AtomicBool::new(false),
        is_trusted: AtomicBool::new(false),
    });
    marks.insert(mark, Arc::clone(&known));
    Some(known)
}

struct Slot {
    mark: Mark,
    known: Arc<Known>,
    uses: Cell<u32>,
}

/// The marks that one connection has met lately.
#[derive(Default)]
pub(crate) struct AtHand {
    /// The sets, one after the other.
    slots: Vec<Option<Slot>>,
}

impl AtHand {
    /// The statement of a query with this mark, if it can be trusted and need
    /// not be read this time.
    #[inline]
    pub(crate) fn recognise(&self, mark: Mark) -> Option<&Known> {
        let mut set = self.slots.get(set(mark))?.iter().flatten();
        let slot = set.find(|slot| slot.mark == mark)?;
        if !slot.known.is_trusted() {
            return None;
        }
        let uses = slot.uses.get().wrapping_add(1);
        slot.uses.set(uses);
        (uses % REREAD != 0).then_some(&slot.known)
    }

    /// Takes note of a query that was read.
    pub(crate) fn read(&mut self, mark: Mark, sql: &str, dialect: Dialect, text: u64) {
        let statement = adapter::statement(sql, dialect);
        let Some(known) = learn(mark, &statement, text) else {
            return;
        };
        if known.agrees(&statement) {
            let readings = known.readings.load(Ordering::Relaxed);
            known
                .readings
                .store(readings.saturating_add(1), Ordering::Relaxed);
            known.judge();
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SETS * WAYS, || None);
        }
        let Some(set) = self.slots.get_mut(set(mark)) else {
            return;
        };
        let is_mark = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| slot.mark == mark);
        if set.iter().any(is_mark) {
            return;
        }
        // The new one comes first, the oldest goes.
        set.rotate_right(1);
        if let Some(first) = set.first_mut() {
            *first = Some(Slot {
                mark,
                known,
                uses: Cell::new(0),
            });
        }
    }
}

/// Takes note of a text that Diesel will keep prepared on a connection, and
/// that is new there.
pub(crate) fn note_cached(mark: Mark, sql: &str, dialect: Dialect, text: u64) {
    if mark == Mark::NONE {
        return;
    }
    let statement = adapter::statement(sql, dialect);
    if let Some(known) = learn(mark, &statement, text)
        && known.agrees(&statement)
    {
        known.is_cached.store(true, Ordering::Relaxed);
        known.judge();
    }
}

/// Where the set of a mark lies.
#[inline]
fn set(mark: Mark) -> std::ops::Range<usize> {
    let start = (mark.0 >> 32) as usize % SETS * WAYS;
    start..start + WAYS
}

#[cfg(test)]
mod tests {
    use std::fmt::{Display, Formatter, Result};

    use diesel::connection::DebugQuery;
    use perfguard_core::statement::Dialect;

    use super::{AtHand, Mark, READINGS, REREAD, SETS, note_cached};

    macro_rules! query {
        ($name:ident) => {
            #[derive(Debug)]
            struct $name(u64);
            impl Display for $name {
                fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                    write!(f, "{}", self.0)
                }
            }
            impl DebugQuery for $name {}
        };
    }

    query!(One);
    query!(Other);

    #[test]
    fn a_mark_is_the_type_and_not_the_value() {
        let (first, second) = (One(1), One(2));
        assert_eq!(Mark::of(&first), Mark::of(&second));
        assert_ne!(Mark::of(&first), Mark::of(&Other(1)));
        assert_ne!(Mark::of(&first), Mark::NONE);
    }

    fn read(at_hand: &mut AtHand, mark: Mark, sql: &str, times: u32) {
        (0..times).for_each(|_| at_hand.read(mark, sql, Dialect::Sqlite, 7));
    }

    #[test]
    fn a_mark_is_trusted_after_equal_readings_of_a_prepared_statement() {
        let mark = Mark(0x1_0000_0001);
        let mut at_hand = AtHand::default();
        read(&mut at_hand, mark, "SELECT a FROM t WHERE id = ?", READINGS);
        assert!(at_hand.recognise(mark).is_none(), "nobody prepared it");
        note_cached(mark, "SELECT a FROM t WHERE id = ?", Dialect::Sqlite, 7);
        let known = at_hand.recognise(mark);
        let summary = known.map(|known| known.statement.summary());
        assert_eq!(summary, Some("SELECT t"));
        let read = (0..REREAD)
            .filter(|_| at_hand.recognise(mark).is_none())
            .count();
        assert_eq!(read, 1, "now and then it is read all the same");
    }

    #[test]
    fn a_mark_with_two_statements_is_read_for_ever() {
        let mark = Mark(0x2_0000_0002);
        let mut at_hand = AtHand::default();
        let (list, filtered) = ("SELECT a FROM t", "SELECT a FROM t WHERE b = ?");
        read(&mut at_hand, mark, list, READINGS);
        note_cached(mark, list, Dialect::Sqlite, 7);
        assert!(at_hand.recognise(mark).is_some());
        // Another text that Diesel prepares under the same type.
        note_cached(mark, filtered, Dialect::Sqlite, 8);
        assert!(at_hand.recognise(mark).is_none());
        read(&mut at_hand, mark, list, 2 * READINGS);
        assert!(at_hand.recognise(mark).is_none());
    }

    #[test]
    fn marks_of_one_set_stand_beside_each_other() {
        let marks = [1, 2, 3, 4].map(|low| Mark((SETS as u64) << 32 | low));
        let mut at_hand = AtHand::default();
        for mark in marks {
            let sql = "SELECT a FROM beside WHERE id = ?";
            read(&mut at_hand, mark, sql, READINGS);
            note_cached(mark, sql, Dialect::Sqlite, 7);
        }
        for mark in marks {
            assert!(at_hand.recognise(mark).is_some());
        }
    }

    #[test]
    fn lists_of_any_length_are_one_statement() {
        let mark = Mark(0x3_0000_0003);
        let mut at_hand = AtHand::default();
        read(&mut at_hand, mark, "SELECT a FROM t WHERE id IN (?)", 4);
        read(&mut at_hand, mark, "SELECT a FROM t WHERE id IN (?, ?)", 4);
        note_cached(
            mark,
            "SELECT a FROM t WHERE id IN (?, ?, ?)",
            Dialect::Sqlite,
            7,
        );
        assert!(at_hand.recognise(mark).is_some());
    }
}
