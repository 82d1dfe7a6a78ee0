//! What each rule does where: one table.
//!
//! `docs/rules/README.md` has the same table, with the reason and the source
//! of each threshold, and a test keeps the two in step.

use super::{Facts, RuleId};
use crate::finding::{Finding, Severity};
use crate::thresholds::Profile;

/// The most that the findings of a rule may weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Fails a test, and is worth a warning in production.
    Error,
    /// Said in a report, and nothing more.
    Note,
    /// Not looked for.
    Off,
}

use Level::{Error, Note, Off};

/// The levels of one rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    /// In a budgeted function under test, and in `testing::observe`.
    pub(crate) test: Level,
    /// In a budgeted function in production.
    pub(crate) production: Level,
    /// In a scope that was opened by hand, `Scope::new`, and in a budgeted
    /// function with `profile = "job"`: a job reads whole tables because that
    /// is its work.
    pub(crate) job: Level,
    /// In a request behind the layer: only what is wrong anywhere. Where the
    /// layer gave it a budget, the numbers of that hold too.
    pub(crate) request: Level,
}

impl RuleId {
    /// What a rule does where. A rule that needs facts which a test rarely
    /// has, or that may be wrong about what the user wants, is a note.
    pub(crate) const fn levels(self) -> Levels {
        let (test, production, job, request) = match self {
            Self::BlockingPoll => (Note, Error, Off, Error),
            Self::BufferedExport => (Error, Error, Off, Off),
            Self::CacheCandidate => (Note, Error, Off, Off),
            Self::ConnectionPerRequest => (Error, Error, Off, Error),
            Self::DuplicateQuery => (Error, Error, Error, Off),
            Self::InMemoryPage => (Note, Off, Off, Off),
            Self::InlinedLiterals => (Error, Error, Error, Off),
            Self::LeadingWildcard => (Note, Off, Off, Off),
            Self::LongTransaction => (Note, Error, Note, Off),
            Self::MissingIndex => (Error, Off, Note, Off),
            Self::MissingPagination => (Error, Error, Off, Off),
            Self::NotConnected => (Error, Off, Error, Off),
            Self::NPlusOne => (Error, Error, Error, Error),
            Self::QueryBudget => (Error, Error, Error, Off),
            Self::RepeatedWrite => (Error, Error, Error, Error),
            Self::RowBudget => (Error, Error, Error, Off),
            Self::SequentialCalls => (Note, Error, Note, Off),
            Self::SequentialQueries => (Note, Off, Off, Off),
            Self::SlowQuery => (Note, Error, Note, Off),
            Self::SmallData => (Note, Off, Off, Off),
            Self::TimeBudget => (Note, Error, Error, Off),
            Self::UnboundedResult => (Error, Error, Note, Off),
            Self::UnfilteredWrite => (Error, Error, Note, Off),
            Self::UnstablePagination => (Error, Error, Note, Off),
            Self::WideSelect => (Note, Off, Off, Off),
        };
        Levels {
            test,
            production,
            job,
            request,
        }
    }

    /// The level that holds in the scope that the facts are of.
    pub(super) fn level(self, facts: &Facts<'_>) -> Level {
        // A test's own statements are its set-up, of which it may state a number.
        let Some(profile) = facts.profile else {
            let is_stated = self.is_budget() || self == Self::NotConnected;
            let is_asked_for = self == Self::MissingIndex && facts.is_explained;
            return if is_asked_for || (is_stated && facts.budget.is_some()) {
                Error
            } else {
                Off
            };
        };
        if let Some(level) = facts.policy.level(self) {
            return level;
        }
        let levels = self.levels();
        let level = match profile {
            // Of a request with a budget of its own: what that states.
            Profile::Request if self.is_budget() && facts.budget.is_some() => levels.production,
            Profile::Job => levels.job,
            Profile::Production => levels.production,
            Profile::Request => levels.request,
            Profile::Test => levels.test,
        };
        // The machine of a test makes times as much as the code does.
        let is_lowered = facts.is_exact && level == Error && levels.test == Note;
        if is_lowered { Note } else { level }
    }
}

/// Lowers findings to the levels that hold here, and drops what is off.
pub(super) fn apply(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    findings.retain_mut(|finding| match finding.rule.level(facts) {
        Error => true,
        Note => {
            finding.severity = Severity::Note;
            true
        }
        Off => false,
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged, noted, read, run, took};
    use crate::budget::{Budget, Site};
    use crate::thresholds::Profile;

    static JOB: Site = Site::new(file!(), line!(), Budget::new(2).profile(Profile::Job));
    const POSTS: &str = "SELECT id FROM posts";

    #[test]
    fn a_function_that_is_a_job_may_read_all_and_take_its_time_in_a_test_too() {
        let report = judged(&JOB, || {
            took(POSTS, 1, 900);
            read("SELECT id FROM tags ORDER BY id", 1, 50_000);
        });
        assert!(!report.is_violated(), "{report}");
        assert_eq!(noted(&report, "unbounded-result").len(), 2);
        assert_eq!(noted(&report, "slow-query"), [1]);
    }

    #[test]
    fn a_job_keeps_its_budget_and_runs_no_loops() {
        let report = judged(&JOB, || {
            for id in super::super::testing::opaque(1..=3) {
                run("SELECT id FROM posts WHERE author_id = $1 AND id = $2", id);
            }
        });
        assert_eq!(found(&report, "query-budget"), [3]);
        assert_eq!(found(&report, "n-plus-one"), [3]);
    }
}
