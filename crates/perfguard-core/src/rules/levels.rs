//! What each rule does where: one table.
//!
//! `docs/rules/README.md` has the same table, with the reason and the source
//! of each threshold, and a test keeps the two in step.

use super::{Facts, RuleId};
use crate::finding::{Finding, Severity};
use crate::scope::Kind;

/// The most that the findings of a rule may weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
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
    /// In a scope that was opened by hand, `Scope::new`: a job reads whole
    /// tables because that is its work.
    pub(crate) job: Level,
    /// In a request that nobody gave a budget, behind the layer: only what is
    /// wrong anywhere.
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
            Self::MissingPagination => (Error, Error, Off, Off),
            Self::NotConnected => (Error, Off, Off, Off),
            Self::NPlusOne => (Error, Error, Error, Error),
            Self::QueryBudget => (Error, Error, Off, Off),
            Self::RepeatedWrite => (Error, Error, Error, Error),
            Self::RowBudget => (Error, Error, Off, Off),
            Self::SequentialCalls => (Note, Error, Note, Off),
            Self::SequentialQueries => (Note, Off, Off, Off),
            Self::SlowQuery => (Note, Error, Note, Off),
            Self::SmallData => (Note, Off, Off, Off),
            Self::TimeBudget => (Note, Error, Off, Off),
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
        let levels = self.levels();
        match facts.kind {
            Kind::Handler | Kind::Observe if facts.is_exact => levels.test,
            Kind::Handler | Kind::Observe => levels.production,
            Kind::Request => levels.request,
            // A test's own statements are its set-up.
            Kind::Test => Off,
            Kind::User => levels.job,
        }
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
