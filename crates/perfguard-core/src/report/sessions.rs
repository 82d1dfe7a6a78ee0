//! What a report says of connections and transactions.

use std::time::Duration;

/// The connections of a scope: see [`Report::connections`](crate::Report::connections).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    pub(crate) established: u64,
    pub(crate) establish_time: Option<Duration>,
    pub(crate) most_held: Option<u64>,
}

impl Connections {
    /// How many were established in the scope.
    #[must_use]
    pub fn established(&self) -> u64 {
        self.established
    }

    /// The time that it took to establish them, all together; `None` if there
    /// were none or if it is unknown for any.
    #[must_use]
    pub fn establish_time(&self) -> Option<Duration> {
        self.establish_time
    }

    /// The most connections that were held at once, of those taken in the
    /// scope; `None` if no driver told when one was taken.
    #[must_use]
    pub fn most_held(&self) -> Option<u64> {
        self.most_held
    }
}

/// The transactions that began in a scope: see
/// [`Report::transactions`](crate::Report::transactions).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transactions {
    pub(crate) count: u64,
    pub(crate) committed: u64,
    pub(crate) rolled_back: u64,
    pub(crate) most_statements: u64,
    pub(crate) longest: Option<Duration>,
}

impl Transactions {
    /// How many began. Savepoints are parts of one.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many were committed.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// How many were rolled back, or left open by a connection that closed.
    #[must_use]
    pub fn rolled_back(&self) -> u64 {
        self.rolled_back
    }

    /// How many were still open when the scope ended, or ended unseen.
    #[must_use]
    pub fn open(&self) -> u64 {
        let ended = self.committed.saturating_add(self.rolled_back);
        self.count.saturating_sub(ended)
    }

    /// How many statements ran in the one with the most of them.
    #[must_use]
    pub fn most_statements(&self) -> u64 {
        self.most_statements
    }

    /// How long the longest took from its beginning to its end; `None` if the
    /// end of none was seen.
    #[must_use]
    pub fn longest(&self) -> Option<Duration> {
        self.longest
    }
}
