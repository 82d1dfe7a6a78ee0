//! Tables whose keys are hashes already.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map from a key that is a hash.
pub(crate) type IdentityMap<K, V> = HashMap<K, V, BuildHasherDefault<Itself>>;

/// A set of keys that are hashes.
pub(crate) type IdentitySet<K> = HashSet<K, BuildHasherDefault<Itself>>;

/// A map from a number that is a hash, whose first entry takes no memory of its
/// own: most statements of a request run once.
#[derive(Clone, Debug)]
pub(crate) struct FewMap<V> {
    first: Option<(u64, V)>,
    more: IdentityMap<u64, V>,
}

/// A set of such numbers.
pub(crate) type FewSet = FewMap<()>;

impl<V> Default for FewMap<V> {
    fn default() -> Self {
        Self {
            first: None,
            more: IdentityMap::default(),
        }
    }
}

impl<V: Default> FewMap<V> {
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    pub(crate) fn contains(&self, key: u64) -> bool {
        let is_first = self.first.as_ref().is_some_and(|(first, _)| *first == key);
        is_first || self.more.contains_key(&key)
    }

    pub(crate) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        match &mut self.first {
            Some((first, value)) if *first == key => Some(value),
            _ => self.more.get_mut(&key),
        }
    }

    /// The value of a key, which is entered if it is not there.
    pub(crate) fn entry(&mut self, key: u64) -> &mut V {
        let (first, value) = self.first.get_or_insert_with(|| (key, V::default()));
        if *first == key {
            return value;
        }
        self.more.entry(key).or_default()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = u64> {
        let first = self.first.iter().map(|(key, _)| *key);
        first.chain(self.more.keys().copied())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        let first = self.first.iter().map(|(_, value)| value);
        first.chain(self.more.values())
    }
}

impl FewSet {
    pub(crate) fn insert(&mut self, key: u64) {
        self.entry(key);
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        other.keys().for_each(|key| self.insert(key));
    }

    /// How many numbers are in this set, in the other one, or in both.
    pub(crate) fn union_len(&self, other: &Self) -> usize {
        self.len() + other.keys().filter(|key| !self.contains(*key)).count()
    }
}

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

#[cfg(test)]
mod tests {
    use super::{FewMap, FewSet};

    #[test]
    fn a_few_are_as_many_as_were_entered() {
        let mut counts = FewMap::<u64>::default();
        for key in [7, 8, 7, 9, 8, 7] {
            *counts.entry(key) += 1;
        }
        let of = |key: u64| counts.clone().get_mut(key).map(|count| *count);
        assert_eq!([7, 8, 9, 10].map(of), [Some(3), Some(2), Some(1), None]);
        assert_eq!((counts.len(), counts.values().sum()), (3, 6_u64));
        let mut keys: Vec<_> = counts.keys().collect();
        keys.sort_unstable();
        assert_eq!(keys, [7, 8, 9]);
    }

    #[test]
    fn what_is_in_two_sets_counts_once() {
        let of = |keys: &[u64]| {
            let mut set = FewSet::default();
            keys.iter().for_each(|key| set.insert(*key));
            set
        };
        let (one, other) = (of(&[1, 2, 3]), of(&[3, 1, 4]));
        assert_eq!((one.union_len(&other), other.union_len(&one)), (4, 4));
        assert_eq!(one.union_len(&FewSet::default()), 3);
        assert!(one.contains(1) && one.contains(3) && !one.contains(4));
    }
}
