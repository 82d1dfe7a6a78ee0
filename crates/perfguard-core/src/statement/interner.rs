//! A bounded cache from raw SQL to its statement.
//!
//! An ORM sends the same few texts over and over; reading each anew would cost
//! more than everything else that happens to a query here. What makes texts
//! differ without end (inlined values, `IN` lists of any length) must not make
//! the cache grow, so it has a bound on both its entries and their bytes. A
//! shard that is full is emptied: the texts in use are back after one miss
//! each, and no hit has to keep an order of use.
//!
//! A text is known by a hash of 64 bits, as a statement is by its fingerprint:
//! the cache keeps none of them, with the values in it. The hash is keyed with a
//! secret of the cache, so that nobody can choose texts that it confuses.
//!
//! No thread ever waits for another one here. Who finds a shard busy reads the
//! text as if it were not in there, which takes a few microseconds and, unlike
//! a lock, no longer when more threads do the same.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

use parking_lot::RwLock;
use twox_hash::XxHash3_64;

use super::fingerprinter::Language;
use super::token::TokenKind;
use super::{Class, Dialect, Fingerprint, Kind, Options, Statement};
use crate::identity::IdentityMap;

const SHARDS: usize = 16;

/// Of all shards together: 4096.
const ENTRIES_PER_SHARD: usize = 256;

/// Of all shards together: 8 MiB.
const BYTES_PER_SHARD: usize = 512 * 1024;

/// A longer text is read each time. It is rarely sent twice.
const LONGEST_TEXT: usize = 10 * 1024;

/// A statement and what tells apart the texts that share it.
#[derive(Clone)]
pub(crate) struct Interned {
    pub(crate) statement: Arc<Statement>,
    /// The fingerprint, if it is a read without values in its text: all that
    /// has to be known to count it once more.
    plain_read: Option<Fingerprint>,
    /// A hash of the literals in the raw text, or 0 if it has none. `id = 1`
    /// and `id = 2` are one statement but differ here. The hash is keyed: it
    /// means nothing outside of this process, and values cannot be guessed
    /// from it.
    pub(crate) literals: u64,
    /// Whether a bind is written `$1`, as PostgreSQL alone has them.
    pub(crate) has_numbered_binds: bool,
}

/// What a raw text in one dialect is known by in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextKey(u64);

/// A bounded cache from raw SQL to its statement.
///
/// It holds the statements of at most 4096 texts, and at most 8 MiB of them;
/// a text above 10 KiB is read each time. Threads may share it: none of them
/// waits for another.
///
/// ```
/// use std::sync::Arc;
/// use perfguard_core::statement::{Dialect, Interner};
///
/// let interner = Interner::new();
/// let first = interner.intern("SELECT 1", Dialect::Sqlite);
/// let second = interner.intern("SELECT 1", Dialect::Sqlite);
/// assert!(Arc::ptr_eq(&first, &second));
/// ```
pub struct Interner {
    shards: [Line; SHARDS],
    /// Keys the hash of raw texts.
    secret: Box<Secret>,
    literals: RandomState,
    options: Options,
}

/// As long as the one that XXH3 has if it is given none.
type Secret = [u8; 192];

/// A shard on cache lines of its own: threads that use different ones do not
/// get in each other's way.
#[derive(Default)]
#[repr(align(128))]
struct Line(RwLock<Shard>);

#[derive(Default)]
struct Shard {
    entries: IdentityMap<u64, Interned>,
    bytes: usize,
}

impl Interner {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(Options::new())
    }

    /// An empty cache that reads texts with these options.
    #[must_use]
    pub fn with_options(options: Options) -> Self {
        let literals = RandomState::new();
        let mut secret = [0; size_of::<Secret>()];
        for (at, bytes) in secret.chunks_mut(size_of::<u64>()).enumerate() {
            bytes.copy_from_slice(&literals.hash_one(("secret", at)).to_le_bytes());
        }
        Self {
            shards: std::array::from_fn(|_| Line::default()),
            secret: Box::new(secret),
            literals,
            options,
        }
    }

    /// The statement of `sql`, shared with all that have asked for the same
    /// text.
    pub fn intern(&self, sql: &str, dialect: Dialect) -> Arc<Statement> {
        self.intern_with_literals(sql, dialect).statement
    }

    /// How many texts the cache knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sum(|shard| shard.entries.len())
    }

    /// Whether the cache knows no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the statements in the cache take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sum(|shard| shard.bytes)
    }

    fn sum(&self, of: impl Fn(&Shard) -> usize) -> usize {
        self.shards
            .iter()
            .map(|Line(shard)| of(&shard.read()))
            .sum()
    }

    /// What a text is known by; `None` for one that is read each time.
    #[inline]
    pub(crate) fn key(&self, sql: &str, dialect: Dialect) -> Option<TextKey> {
        if sql.len() > LONGEST_TEXT {
            return None;
        }
        let hash = XxHash3_64::oneshot_with_secret(&*self.secret, sql.as_bytes()).ok()?;
        Some(TextKey(hash.wrapping_add(dialect as u64)))
    }

    /// The fingerprint of a text that is known already, if it is a read without
    /// values in it.
    pub(crate) fn plain_read(&self, key: TextKey) -> Option<Fingerprint> {
        let Line(shard) = self.shard(key)?;
        shard.try_read()?.entries.get(&key.0)?.plain_read
    }

    /// Where a text belongs: a table goes by the lowest and the highest bits.
    #[inline]
    fn shard(&self, key: TextKey) -> Option<&Line> {
        self.shards.get((key.0 >> 32) as usize % SHARDS)
    }

    /// As [`intern`](Self::intern), with what tells apart texts that share a
    /// statement.
    pub(crate) fn intern_with_literals(&self, sql: &str, dialect: Dialect) -> Interned {
        let key = self.key(sql, dialect);
        let found = key.and_then(|key| Some((self.shard(key)?, key.0)));
        let Some((Line(shard), key)) = found else {
            return self.read_anew(sql, dialect);
        };
        // A lock is held for a look-up or an insertion, never while a text is
        // read or entries are dropped. Two threads may read one text at once;
        // the later one takes the entry of the earlier.
        if let Some(shard) = shard.try_read()
            && let Some(interned) = shard.entries.get(&key)
        {
            return interned.clone();
        }
        let interned = self.read_anew(sql, dialect);
        let Some(mut shard) = shard.try_write() else {
            return interned;
        };
        let (interned, dropped) = shard.insert(key, interned);
        drop(shard);
        drop(dropped);
        interned
    }

    fn read_anew(&self, sql: &str, dialect: Dialect) -> Interned {
        let language = Language {
            dialect,
            options: self.options,
        };
        let (statement, tokens) = Statement::with_tokens(sql, language);
        let mut any = false;
        let mut has_numbered_binds = false;
        let mut hasher = self.literals.build_hasher();
        for token in &tokens.list {
            if token.kind == TokenKind::Literal {
                any = true;
                (token.negative, token.text).hash(&mut hasher);
            }
            has_numbered_binds |= token.kind == TokenKind::Bind
                && matches!(token.text.as_bytes(), [b'$', b'0'..=b'9', ..]);
        }
        let shape = statement.shape();
        let is_read = shape.class() == Class::Query && shape.kind() == Kind::Select;
        Interned {
            plain_read: (is_read && !any).then(|| statement.fingerprint()),
            statement: Arc::new(statement),
            literals: if any { hasher.finish().max(1) } else { 0 },
            has_numbered_binds,
        }
    }
}

impl Default for Interner {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Interner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interner")
            .field("len", &self.len())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

impl Shard {
    /// Adds an entry unless there is one of the same text. Returns the
    /// entries that had to go, for the caller to drop after the lock.
    fn insert(&mut self, key: u64, new: Interned) -> (Interned, Vec<Interned>) {
        if let Some(interned) = self.entries.get(&key) {
            return (interned.clone(), vec![new]);
        }
        let mut dropped = Vec::new();
        let is_full =
            self.entries.len() >= ENTRIES_PER_SHARD || self.bytes + new.bytes() > BYTES_PER_SHARD;
        if is_full {
            dropped.extend(self.entries.drain().map(|(_, interned)| interned));
            self.bytes = 0;
        }
        self.bytes += new.bytes();
        self.entries.insert(key, new.clone());
        (new, dropped)
    }
}

impl Interned {
    fn bytes(&self) -> usize {
        size_of::<(u64, Self)>() + self.statement.bytes()
    }
}
