//! Tables whose keys are hashes already.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map from a key that is a hash.
pub(crate) type IdentityMap<K, V> = HashMap<K, V, BuildHasherDefault<Itself>>;

/// A set of keys that are hashes.
pub(crate) type IdentitySet<K> = HashSet<K, BuildHasherDefault<Itself>>;

/// The hash of a number that is a hash: itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
