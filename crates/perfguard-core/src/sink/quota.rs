//! Which warnings are written, and which are only counted.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::rules::RuleId;

/// Pairs of a scope's name and a rule that are told apart: two hundred routes
/// with five rules each. Where it is full, the one that was written longest ago
/// goes, with what was suppressed of it.
const MAX_KNOWN: usize = 1_024;

/// What was written when, of the whole process.
pub(super) static QUOTA: Mutex<Quota> = Mutex::new(Quota::new());

/// One warning per interval of each rule in scopes of one name.
#[derive(Debug)]
pub(super) struct Quota {
    known: Option<HashMap<(u64, RuleId), Written>>,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    last: Instant,
    suppressed: u64,
}

impl Quota {
    const fn new() -> Self {
        Self { known: None }
    }

    /// How many warnings of a rule were suppressed since the last one, if it
    /// is time for one; else counts one more.
    pub(super) fn ask(
        &mut self,
        scope: u64,
        rule: RuleId,
        interval: Duration,
        now: Instant,
    ) -> Option<u64> {
        if interval.is_zero() {
            return Some(0);
        }
        let known = self.known.get_or_insert_default();
        if let Some(written) = known.get_mut(&(scope, rule)) {
            if now.saturating_duration_since(written.last) < interval {
                written.suppressed += 1;
                return None;
            }
            written.last = now;
            return Some(std::mem::take(&mut written.suppressed));
        }
        if known.len() >= MAX_KNOWN {
            let oldest = known.iter().min_by_key(|(_, written)| written.last);
            if let Some(oldest) = oldest.map(|(pair, _)| *pair) {
                known.remove(&oldest);
            }
        }
        let written = Written {
            last: now,
            suppressed: 0,
        };
        known.insert((scope, rule), written);
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{MAX_KNOWN, Quota};
    use crate::rules::RuleId::{NPlusOne, QueryBudget};

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn one_in_an_interval_and_the_next_one_says_how_many_were_not() {
        let mut quota = Quota::new();
        let start = Instant::now();
        let mut ask = |rule, after| quota.ask(1, rule, MINUTE, start + Duration::from_secs(after));
        assert_eq!(ask(NPlusOne, 0), Some(0));
        assert_eq!(ask(NPlusOne, 1), None);
        assert_eq!(ask(QueryBudget, 1), Some(0));
        assert_eq!(ask(NPlusOne, 59), None);
        assert_eq!(ask(NPlusOne, 60), Some(2));
        assert_eq!(ask(NPlusOne, 61), None);
        assert_eq!(quota.ask(2, NPlusOne, MINUTE, start), Some(0));
    }

    #[test]
    fn without_an_interval_each_is_written_and_nothing_kept() {
        let mut quota = Quota::new();
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(quota.ask(1, NPlusOne, Duration::ZERO, now), Some(0));
        }
        assert!(quota.known.is_none());
    }

    #[test]
    fn it_is_bounded_and_forgets_the_oldest() {
        let mut quota = Quota::new();
        let start = Instant::now();
        for scope in 0..MAX_KNOWN as u64 + 1 {
            let now = start + Duration::from_millis(scope);
            assert_eq!(quota.ask(scope, NPlusOne, MINUTE, now), Some(0));
        }
        assert_eq!(quota.known.as_ref().map(|it| it.len()), Some(MAX_KNOWN));
        let now = start + Duration::from_secs(3);
        assert_eq!(quota.ask(MAX_KNOWN as u64, NPlusOne, MINUTE, now), None);
        assert_eq!(quota.ask(0, NPlusOne, MINUTE, now), Some(0));
    }
}
