//! Executions of one recognised read that were counted beside the ledger.

use std::time::Duration;

use crate::query::Completion;

/// A run of executions of one recognised read with nothing in between, to be
/// entered at once: see [`Ledger::enter_run`](super::Ledger::enter_run).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    pub(crate) count: u64,
    /// Those whose rows are known, and their rows.
    pub(crate) with_rows: u64,
    pub(crate) rows: u64,
    pub(crate) rows_transferred: u64,
    /// The most rows of one of them that were in memory at once.
    pub(crate) most_collected: Option<u64>,
    /// Those whose time is known, and their time.
    pub(crate) with_elapsed: u64,
    pub(crate) elapsed: Duration,
    pub(crate) slowest: Option<Duration>,
}

impl Run {
    /// True if there is nothing to enter.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.with_rows == 0 && self.with_elapsed == 0
    }

    /// Adds what became known of an execution that did not fail.
    #[inline]
    pub(crate) fn complete(&mut self, completion: &Completion) {
        if let Some(elapsed) = completion.elapsed {
            self.with_elapsed += 1;
            self.elapsed = self.elapsed.saturating_add(elapsed);
            self.slowest = self.slowest.max(completion.elapsed);
        }
        if let Some(rows) = completion.rows {
            self.with_rows += 1;
            self.rows = self.rows.saturating_add(rows);
            let transferred = completion.rows_transferred.unwrap_or(rows);
            self.rows_transferred = self.rows_transferred.saturating_add(transferred);
            if completion.is_collected {
                self.most_collected = self.most_collected.max(Some(rows));
            }
        }
    }
}
