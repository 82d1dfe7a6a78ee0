use std::fmt;

use twox_hash::XxHash3_64;

/// The version of the rules that make a canonical text of an SQL text.
///
/// Fingerprints can only be compared within one version: a file that stores
/// them stores this number as well.
pub const RULE_SET_VERSION: u32 = 1;

/// The identity of a statement: the XXH3-64 hash of its canonical text.
///
/// XXH3 has a frozen specification, so a fingerprint is the same on every
/// machine and in every release with the same [`RULE_SET_VERSION`]. It is shown
/// as 16 hexadecimal digits.
///
/// ```
/// # use perfguard_core::statement::{Dialect, Statement};
/// let one = Statement::new("SELECT * FROM posts WHERE id = 1", Dialect::Sqlite);
/// let two = Statement::new("select * from posts where id=2;", Dialect::Sqlite);
/// assert_eq!(one.fingerprint(), two.fingerprint());
/// assert_eq!(one.fingerprint().to_string().len(), 16);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of no statement.
    pub(crate) const NONE: Self = Self(0);

    pub(super) fn of(canonical: &[u8]) -> Self {
        Self(XxHash3_64::oneshot(canonical))
    }

    /// The fingerprint as a number.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
