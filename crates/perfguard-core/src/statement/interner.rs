//! A bounded, process-wide cache from raw SQL to its statement.
//!
//! An ORM sends the same few texts over and over; reading each anew would cost
//! more than everything else that happens to a query here. What makes texts
//! differ without end (inlined values, `IN` lists of any length) must not make
//! the cache grow, so it has a bound on both its entries and their bytes. A
//! shard that is full is emptied: the texts in use are back after one miss
//! each, and no hit has to keep an order of use.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use twox_hash::XxHash3_64;

use super::{Dialect, Statement};

const SHARDS: usize = 16;

/// Of all shards together: 4096.
const ENTRIES_PER_SHARD: usize = 256;

/// Of all shards together: 8 MiB of raw text.
const BYTES_PER_SHARD: usize = 512 * 1024;

/// A longer text is read each time. It is rarely sent twice.
const LONGEST_TEXT: usize = 10 * 1024;

static INTERNER: LazyLock<Interner> = LazyLock::new(Interner::new);

/// A statement and what tells apart the texts that share it.
#[derive(Clone, Debug)]
pub(crate) struct Interned {
    pub(crate) statement: Arc<Statement>,
    /// A hash of the literals in the raw text, or 0 if it has none. `id = 1`
    /// and `id = 2` are one statement but differ here. The hash is keyed: it
    /// means nothing outside of this process, and values cannot be guessed
    /// from it.
    pub(crate) literals: u64,
}

/// The statement of `sql`, shared with all that have asked for the same text.
pub(crate) fn intern(sql: &str, dialect: Dialect) -> Interned {
    INTERNER.intern(sql, dialect)
}

pub(super) struct Interner {
    shards: [Mutex<Shard>; SHARDS],
    /// Keys the hash of raw texts, so that nobody can aim at one bucket.
    seed: u64,
    literals: RandomState,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<u64, Entry>,
    bytes: usize,
}

struct Entry {
    raw: Box<str>,
    dialect: Dialect,
    interned: Interned,
}

impl Interner {
    pub(super) fn new() -> Self {
        let literals = RandomState::new();
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            seed: literals.hash_one("seed"),
            literals,
        }
    }

    pub(super) fn intern(&self, sql: &str, dialect: Dialect) -> Interned {
        if sql.len() > LONGEST_TEXT {
            return self.read(sql, dialect);
        }
        let hash = XxHash3_64::oneshot_with_seed(self.seed ^ dialect as u64, sql.as_bytes());
        let Some(shard) = self.shards.get(hash as usize % SHARDS) else {
            return self.read(sql, dialect);
        };
        // The lock is held for a look-up or an insertion, never while a text
        // is read or entries are dropped. Two threads may read one text at
        // once; the later one takes the entry of the earlier.
        if let Some(interned) = shard.lock().get(hash, sql, dialect) {
            return interned;
        }
        let entry = Entry {
            raw: sql.into(),
            dialect,
            interned: self.read(sql, dialect),
        };
        let (interned, dropped) = shard.lock().insert(hash, entry);
        drop(dropped);
        interned
    }

    fn read(&self, sql: &str, dialect: Dialect) -> Interned {
        let mut hasher = self.literals.build_hasher();
        let (statement, any) = Statement::with_literals(sql, dialect, &mut hasher);
        Interned {
            statement: Arc::new(statement),
            literals: if any { hasher.finish().max(1) } else { 0 },
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(entries, bytes), shard| {
            let shard = shard.lock();
            (entries + shard.entries.len(), bytes + shard.bytes)
        })
    }
}

impl Shard {
    fn get(&self, hash: u64, sql: &str, dialect: Dialect) -> Option<Interned> {
        let entry = self.entries.get(&hash)?;
        (entry.dialect == dialect && *entry.raw == *sql).then(|| entry.interned.clone())
    }

    /// Adds an entry unless there is one of the same text. Returns the
    /// entries that had to go, for the caller to drop after the lock.
    fn insert(&mut self, hash: u64, entry: Entry) -> (Interned, Vec<Entry>) {
        if let Some(interned) = self.get(hash, &entry.raw, entry.dialect) {
            return (interned, vec![entry]);
        }
        let mut dropped = Vec::new();
        let is_full = self.entries.len() >= ENTRIES_PER_SHARD
            || self.bytes + entry.raw.len() > BYTES_PER_SHARD;
        if is_full {
            dropped.extend(self.entries.drain().map(|(_, entry)| entry));
            self.bytes = 0;
        }
        let interned = entry.interned.clone();
        self.bytes += entry.raw.len();
        if let Some(other) = self.entries.insert(hash, entry) {
            self.bytes -= other.raw.len();
            dropped.push(other);
        }
        (interned, dropped)
    }
}
