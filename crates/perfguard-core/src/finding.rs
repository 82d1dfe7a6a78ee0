//! What a rule has to say about a scope.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::callsite::{CallSite, Chain, SiteId};
use crate::day::Day;
use crate::planned::Proof;
use crate::query::Orm;
use crate::rules::RuleId;
use crate::statement::Statement;

/// One violation of one rule, or a note.
#[derive(Clone, Debug)]
pub struct Finding {
    pub(crate) rule: RuleId,
    pub(crate) severity: Severity,
    pub(crate) count: u64,
    /// The count is a lower bound: some call sites were not captured.
    pub(crate) at_least: bool,
    /// How many different bind values the executions had, if known.
    pub(crate) distinct_binds: Option<DistinctBinds>,
    pub(crate) statement: Option<Arc<Statement>>,
    pub(crate) orm: Orm,
    pub(crate) place: Place,
    /// The call site, where the finding is about one of them only.
    pub(crate) site: Option<SiteId>,
    pub(crate) source: Option<Source>,
    pub(crate) explanation: Option<String>,
    pub(crate) fix: String,
    /// The index that was tried out, where one is missing.
    pub(crate) proof: Option<Box<Proof>>,
    pub(crate) allowed: Option<Cow<'static, str>>,
    /// Which scope of the report it was found in: an index into its list.
    pub(crate) scope: usize,
}

impl Finding {
    pub(crate) fn new(rule: RuleId, severity: Severity, count: u64) -> Self {
        Self {
            rule,
            severity,
            count,
            at_least: false,
            distinct_binds: None,
            statement: None,
            orm: Orm::Other,
            place: Place::default(),
            site: None,
            source: None,
            explanation: None,
            fix: String::new(),
            proof: None,
            allowed: None,
            scope: 0,
        }
    }

    /// Says that an allow of it has expired.
    pub(crate) fn note_expired(&mut self, last: Day, (file, line): (&str, u32)) {
        let expired = if file.is_empty() {
            format!("it was allowed until {last}, which is over")
        } else {
            format!("it was allowed until {last}, which is over ({file}:{line})")
        };
        self.explanation = Some(match self.explanation.take() {
            Some(explanation) => format!("{explanation}; {expired}"),
            None => expired,
        });
    }

    /// The rule's id, in kebab-case: `n-plus-one`.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.rule.as_str()
    }

    /// Whether it fails a test, or is a note.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// How many executions the finding is about.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many different bind values they had; `None` if that is unknown,
    /// also where not all of them were looked at.
    #[must_use]
    pub fn distinct_binds(&self) -> Option<u64> {
        let exact = self.distinct_binds.filter(|binds| !binds.at_least);
        exact.map(|binds| binds.count)
    }

    /// The statement; `None` where the finding is about the whole scope.
    #[must_use]
    pub fn statement(&self) -> Option<&Statement> {
        self.statement.as_deref()
    }

    /// The place in the user's code that ran the statement.
    ///
    /// Resolved when first asked for, which reads debug information: 0.1 to 1
    /// second for the first address of a process, microseconds afterwards.
    /// `None` if the site was not captured, if the build has no line tables, or
    /// if the driver gave no line with its
    /// [`CallSiteKey`](crate::adapter::CallSiteKey).
    #[must_use]
    pub fn call_site(&self) -> Option<&CallSite> {
        self.place.call_site()
    }

    /// The query that caused the repeats, if one is known.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// The page about the rule, as a path in perfguard's repository:
    /// `docs/rules/n-plus-one.md`.
    #[must_use]
    pub fn page(&self) -> String {
        self.rule.page()
    }

    /// What else there is to say: which limit was broken, what is unknown, an
    /// allow that has expired.
    #[must_use]
    pub fn explanation(&self) -> Option<&str> {
        self.explanation.as_deref()
    }

    /// What to do about it, in the words of the ORM that wrote the statement.
    #[must_use]
    pub fn fix(&self) -> &str {
        &self.fix
    }

    /// The reason why it was allowed, if it was.
    #[must_use]
    pub fn allowed(&self) -> Option<&str> {
        self.allowed.as_deref()
    }
}

/// How many different bind values executions had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DistinctBinds {
    pub(crate) count: u64,
    /// Not all of them were looked at, or kept.
    pub(crate) at_least: bool,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Severity {
    /// Fails a test, and is worth a warning in production.
    Error,
    /// Said in a report, and nothing more.
    Note,
}

impl Severity {
    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
        }
    }
}

/// The query that the repeats came from.
#[derive(Clone, Debug)]
pub struct Source {
    pub(crate) statement: Arc<Statement>,
    pub(crate) rows: Option<u64>,
    pub(crate) place: Place,
}

impl Source {
    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// How many rows it returned, if that number explains the repeats.
    ///
    /// `None` where rows are unknown: the source then is the read that came
    /// before the first repeat.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    /// The place in the user's code that ran it, as
    /// [`Finding::call_site`] gives it.
    #[must_use]
    pub fn call_site(&self) -> Option<&CallSite> {
        self.place.call_site()
    }
}

/// A captured chain, resolved when somebody looks at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    chain: Option<Chain>,
    resolved: OnceLock<Option<CallSite>>,
}

impl Place {
    pub(crate) fn new(chain: Option<Chain>) -> Self {
        Self {
            chain,
            resolved: OnceLock::new(),
        }
    }

    pub(crate) fn call_site(&self) -> Option<&CallSite> {
        self.resolved
            .get_or_init(|| self.chain.as_ref()?.resolve())
            .as_ref()
    }

    /// True if it was read from the stack and debug information is missing.
    pub(crate) fn lacks_line(&self) -> bool {
        self.call_site().is_none() && self.chain.as_ref().is_some_and(Chain::lacks_lines)
    }
}
