//! The identity of bound values.

use std::fmt::{self, Write};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use crate::query::Binds;

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
