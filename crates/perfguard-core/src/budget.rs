//! What an attribute states about a function, as constants.

use std::time::Duration;

use crate::day::Day;
use crate::limits::Limits;
use crate::rules::RuleId;
use crate::thresholds::Profile;

/// How many statements a scope may run, and what else they may cost.
///
/// `#[query_budget(max = 3, max_rows = 100)]` writes one of these as a constant
/// beside the function; a layer takes one for the routes that have no
/// attribute.
///
/// ```
/// use std::time::Duration;
///
/// use perfguard_core::Budget;
///
/// const ROUTE: Budget = Budget::new(20).writes(3).rows(1_000).time(Duration::from_millis(200));
/// assert_eq!(ROUTE.max(), 20);
/// ```
///
/// Transaction control, savepoints, pool pings, catalog look-ups and the set-up
/// of connections count nowhere. Rows and times count where a driver tells
/// them: where some are unknown, a note says so.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    max: u64,
    allows: &'static [Allow],
    allow_empty: bool,
    limits: Limits,
    profile: Option<Profile>,
    scales: Option<f64>,
    pub(crate) max_reads: Option<u64>,
    pub(crate) max_writes: Option<u64>,
    pub(crate) max_of_tables: &'static [(&'static str, u64)],
    pub(crate) max_calls: Option<u64>,
    pub(crate) max_rows: Option<u64>,
    pub(crate) max_time: Option<Duration>,
}

impl Budget {
    /// What stands for no largest number of statements.
    pub(crate) const UNLIMITED: u64 = u64::MAX;

    /// A budget that no number of statements breaks: for limits of another
    /// kind alone.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self::new(Self::UNLIMITED)
    }

    /// A budget of at most `max` statements.
    #[must_use]
    pub const fn new(max: u64) -> Self {
        Self {
            max,
            allows: &[],
            allow_empty: false,
            limits: Limits::new(),
            profile: None,
            scales: None,
            max_reads: None,
            max_writes: None,
            max_of_tables: &[],
            max_calls: None,
            max_rows: None,
            max_time: None,
        }
    }

    /// The same budget with at most `max` statements that read.
    #[must_use]
    pub const fn reads(self, max: u64) -> Self {
        Self {
            max_reads: Some(max),
            ..self
        }
    }

    /// The same budget with at most `max` statements that write.
    #[must_use]
    pub const fn writes(self, max: u64) -> Self {
        Self {
            max_writes: Some(max),
            ..self
        }
    }

    /// The same budget with at most so many statements on each of these tables,
    /// named with or without their schema.
    #[must_use]
    pub const fn tables(self, max: &'static [(&'static str, u64)]) -> Self {
        Self {
            max_of_tables: max,
            ..self
        }
    }

    /// The same budget with at most `max` outgoing calls.
    #[must_use]
    pub const fn calls(self, max: u64) -> Self {
        Self {
            max_calls: Some(max),
            ..self
        }
    }

    /// The same budget with at most `max` rows read, by all statements.
    #[must_use]
    pub const fn rows(self, max: u64) -> Self {
        Self {
            max_rows: Some(max),
            ..self
        }
    }

    /// The same budget with at most `max` of time, for all statements and for
    /// waiting for outgoing calls.
    #[must_use]
    pub const fn time(self, max: Duration) -> Self {
        Self {
            max_time: Some(max),
            ..self
        }
    }

    /// The same budget with findings that are known and accepted.
    #[doc(hidden)]
    #[must_use]
    pub const fn allow(self, allows: &'static [Allow]) -> Self {
        Self { allows, ..self }
    }

    /// The same budget for a function that may run no statement at all.
    #[doc(hidden)]
    #[must_use]
    pub const fn allow_empty(self) -> Self {
        Self {
            allow_empty: true,
            ..self
        }
    }

    /// The same budget with limits that guarded connections enforce.
    #[doc(hidden)]
    #[must_use]
    pub const fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same budget for a function that is judged as what it is, wherever
    /// it runs.
    ///
    /// Of a request only its numbers are judged, and the rules for requests;
    /// with [`Profile::Production`] it is held to those of an annotated
    /// function.
    #[must_use]
    pub const fn profile(self, profile: Profile) -> Self {
        Self {
            profile: Some(profile),
            ..self
        }
    }

    /// The same budget for a function whose number of statements grows by
    /// `slope` at most with each item more: 0 for a constant number.
    #[doc(hidden)]
    #[must_use]
    pub const fn scales_by(self, slope: f64) -> Self {
        Self {
            scales: Some(slope),
            ..self
        }
    }

    /// How many statements each item more may cost, if that is stated.
    pub(crate) const fn scales(&self) -> Option<f64> {
        self.scales
    }

    /// As what it is judged, if not as where it runs.
    pub(crate) const fn own_profile(&self) -> Option<Profile> {
        self.profile
    }

    /// What guarded connections enforce.
    #[doc(hidden)]
    #[must_use]
    pub const fn hard_limits(&self) -> Limits {
        self.limits
    }

    /// The largest number of statements, transaction control not counted.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// True if the scope is expected to run no statement, at least sometimes.
    #[doc(hidden)]
    #[must_use]
    pub const fn allows_empty(&self) -> bool {
        self.allow_empty || self.max == 0
    }

    /// What is known and accepted.
    pub(crate) const fn allows(&self) -> &'static [Allow] {
        self.allows
    }

    /// The allow of `rule`, if there is one.
    pub(crate) fn allow_of(&self, rule: RuleId) -> Option<Allow> {
        let mut allows = self.allows.iter();
        allows.find(|allow| allow.rule == rule.as_str()).copied()
    }
}

/// One accepted rule, with the reason that its author gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow {
    rule: &'static str,
    reason: &'static str,
    expires: Option<Day>,
    file: &'static str,
    line: u32,
}

impl Allow {
    /// Accepts findings of `rule` (its kebab-case id).
    #[must_use]
    pub const fn new(rule: &'static str, reason: &'static str) -> Self {
        Self {
            rule,
            reason,
            expires: None,
            file: "",
            line: 0,
        }
    }

    /// The same, up to and with a day (in UTC).
    #[must_use]
    pub const fn until(self, year: u16, month: u8, day: u8) -> Self {
        Self {
            expires: Some(Day { year, month, day }),
            ..self
        }
    }

    /// The same, with the place that it is written at.
    #[must_use]
    pub const fn at(self, file: &'static str, line: u32) -> Self {
        Self { file, line, ..self }
    }

    /// The rule as it is written.
    pub(crate) const fn rule(&self) -> &'static str {
        self.rule
    }

    /// The file and the line that it is written in.
    pub(crate) const fn place(&self) -> (&'static str, u32) {
        (self.file, self.line)
    }

    /// The reason that its author gave.
    pub(crate) const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The last day on which it holds.
    pub(crate) const fn expires(&self) -> Option<Day> {
        self.expires
    }

    /// True if its last day is over.
    pub(crate) fn is_expired(&self) -> bool {
        self.expires.is_some_and(|last| last < Day::today())
    }

    /// The rule, if there is one of this name that can be allowed.
    pub(crate) fn rule_id(&self) -> Option<RuleId> {
        RuleId::allowable(self.rule)
    }

    /// The rule, while the allow has not expired.
    pub(crate) fn holding_rule(&self) -> Option<RuleId> {
        self.rule_id().filter(|_| !self.is_expired())
    }
}

/// An annotated function: where it stands and what it may do.
#[derive(Debug)]
pub struct Site {
    file: &'static str,
    line: u32,
    path: &'static str,
    budget: Budget,
}

impl Site {
    /// The place of the function's name, as `file!()` and `line!()` give it.
    #[must_use]
    pub const fn new(file: &'static str, line: u32, budget: Budget) -> Self {
        Self {
            file,
            line,
            path: "",
            budget,
        }
    }

    /// The same, with the path of its function: a scope's name may be another.
    #[must_use]
    pub const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The path of the function, if it is known.
    pub(crate) fn path(&self) -> Option<&'static str> {
        (!self.path.is_empty()).then_some(self.path)
    }

    /// The source file, as the compiler was given it.
    #[must_use]
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// What the attribute states.
    #[must_use]
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }
}
