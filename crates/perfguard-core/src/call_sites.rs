//! Of which statements the call site is read.

use std::ops::RangeInclusive;

/// Of which statements the call site is read.
///
/// Reading the stack takes microseconds and a lock of the process. Under test
/// every statement is worth that. In production it is done for the third and
/// the fifth execution of a statement in a scope: what runs once or twice costs
/// nothing, and a place that is met twice in one scope is a loop. Executions
/// that were not read belong to the place that all those that were share, and
/// the report says how many those are; if there are several places, counts are
/// "at least".
///
/// Where no call site of a repeated statement was read, a report says so, and
/// `n-plus-one` stays silent: two lines cannot be told from a loop. A driver
/// that names places by a [`CallSiteKey`](crate::adapter::CallSiteKey) needs no
/// reading.
///
/// ```
/// use perfguard_core::{CallSites, Settings};
///
/// Settings::new().call_sites(CallSites::new().repeats(5..=8)).install()?;
/// # Ok::<(), perfguard_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSites {
    is_off: bool,
    /// The first and the last that are read in production, if not a few.
    repeats: Option<(u64, u64)>,
}

/// Those that are read in production.
const FEW: [u64; 2] = [3, 5];

impl Default for CallSites {
    fn default() -> Self {
        Self::new()
    }
}

impl CallSites {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            is_off: false,
            repeats: None,
        }
    }

    /// Of none, neither under test nor in production.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            is_off: true,
            ..Self::new()
        }
    }

    /// Reads all of these executions of a statement in a scope in production,
    /// counted from 1. An empty range reads none there.
    #[must_use]
    pub const fn repeats(self, repeats: RangeInclusive<u64>) -> Self {
        Self {
            repeats: Some((*repeats.start(), *repeats.end())),
            ..self
        }
    }

    /// True for an execution that is read: all of them under test.
    pub(crate) fn are_read(self, is_exact: bool, repeat: impl FnOnce() -> u64) -> bool {
        let is_repeat = |repeat| match self.repeats {
            Some((first, last)) => (first..=last).contains(&repeat),
            None => FEW.contains(&repeat),
        };
        !self.is_off && (is_exact || is_repeat(repeat()))
    }
}

#[cfg(test)]
mod tests {
    use super::CallSites;

    fn read(sites: CallSites, is_exact: bool) -> Vec<u64> {
        (1..=20)
            .filter(|n| sites.are_read(is_exact, || *n))
            .collect()
    }

    #[test]
    fn a_test_reads_all_and_production_a_few_repeats() {
        let all: Vec<_> = (1..=20).collect();
        assert_eq!(read(CallSites::new(), true), all);
        assert_eq!(read(CallSites::new(), false), [3, 5]);
        let early = CallSites::new().repeats(1..=2);
        assert_eq!(read(early, false), [1, 2]);
        assert_eq!(read(early, true), all);
    }

    #[test]
    fn it_can_be_off_everywhere_or_in_production() {
        assert!(read(CallSites::off(), true).is_empty());
        assert!(read(CallSites::off(), false).is_empty());
        #[expect(clippy::reversed_empty_ranges, reason = "how none is said")]
        let tests_only = CallSites::new().repeats(1..=0);
        assert!(read(tests_only, false).is_empty());
        assert_eq!(read(tests_only, true).len(), 20);
    }
}
