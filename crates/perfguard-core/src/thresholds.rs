//! From when on rules speak, and how loud, by what a scope does.

use std::time::Duration;

use crate::rules::{self, Level, RuleId};

/// What a scope does: [`Thresholds`] and levels may differ by it.
///
/// `docs/rules/README.md` has what each rule does in each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// A scope that was opened by hand, and a budgeted function with
    /// `profile = "job"`: it may read whole tables and take its time.
    Job,
    /// A budgeted function in production.
    Production,
    /// A request behind a layer, unless the budget that this gave it says
    /// otherwise.
    Request,
    /// A budgeted function under test.
    Test,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Job, Self::Production, Self::Request, Self::Test];

    /// The name in files: `job`, `production`, `request`, `test`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Production => "production",
            Self::Request => "request",
            Self::Test => "test",
        }
    }
}

/// From when on rules speak, and how loud. What is not said here is as
/// `docs/rules/README.md` has it.
///
/// ```
/// use std::time::Duration;
///
/// use perfguard_core::rules::Level;
/// use perfguard_core::{Profile, Settings, Thresholds};
///
/// let export = Thresholds::new()
///     .slow_query(Duration::from_secs(30))
///     .level("buffered-export", Level::Error);
/// let settings = Settings::new().profile(Profile::Job, export);
/// # drop(settings);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "thresholds do nothing until they are set and installed"]
pub struct Thresholds {
    repeats: Option<u64>,
    page: Option<u64>,
    page_cap: Option<u64>,
    slow_query: Option<Duration>,
    long_transaction: Option<Duration>,
    transaction_statements: Option<u64>,
    blocking_poll: Option<Duration>,
    levels: Vec<(RuleId, Level)>,
    /// The first rule that does not exist.
    unknown: Option<String>,
}

impl Thresholds {
    /// Nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many executions of one statement are a loop, or a duplicate:
    /// `n-plus-one`, `repeated-write`, `duplicate-query`, `inlined-literals`.
    /// At least 2.
    pub fn repeats(mut self, repeats: u64) -> Self {
        self.repeats = Some(repeats.max(2));
        self
    }

    /// How many rows a page has: `missing-pagination`, `unbounded-result`,
    /// `wide-select`, `in-memory-page`.
    pub fn page(mut self, rows: u64) -> Self {
        self.page = Some(rows);
        self
    }

    /// The largest LIMIT that still passes for a page: `missing-pagination`.
    pub fn page_cap(mut self, rows: u64) -> Self {
        self.page_cap = Some(rows);
        self
    }

    /// See [`Settings::slow_query`](crate::Settings::slow_query).
    pub fn slow_query(mut self, limit: Duration) -> Self {
        self.slow_query = Some(limit);
        self
    }

    /// See [`Settings::long_transaction`](crate::Settings::long_transaction).
    pub fn long_transaction(mut self, limit: Duration) -> Self {
        self.long_transaction = Some(limit);
        self
    }

    /// The most statements that one transaction runs: `long-transaction`. No
    /// number is published that fits all, and so none holds by itself.
    pub fn transaction_statements(mut self, statements: u64) -> Self {
        self.transaction_statements = Some(statements);
        self
    }

    /// See [`Settings::blocking_poll`](crate::Settings::blocking_poll).
    pub fn blocking_poll(mut self, limit: Duration) -> Self {
        self.blocking_poll = Some(limit);
        self
    }

    /// The most that the findings of a rule weigh. What a rule itself calls
    /// uncertain stays a note.
    pub fn level(mut self, rule: impl AsRef<str>, level: Level) -> Self {
        match RuleId::of(rule.as_ref()) {
            Some(rule) => {
                self.levels.retain(|(known, _)| *known != rule);
                self.levels.push((rule, level));
            }
            None => {
                self.unknown.get_or_insert_with(|| rule.as_ref().to_owned());
            }
        }
        self
    }

    /// The first rule that was named and does not exist.
    pub(crate) fn unknown(&self) -> Option<&str> {
        self.unknown.as_deref()
    }

    /// Takes over what `more` says.
    pub(crate) fn with(&mut self, more: Self) {
        self.repeats = more.repeats.or(self.repeats);
        self.page = more.page.or(self.page);
        self.page_cap = more.page_cap.or(self.page_cap);
        self.slow_query = more.slow_query.or(self.slow_query);
        self.long_transaction = more.long_transaction.or(self.long_transaction);
        self.transaction_statements = more.transaction_statements.or(self.transaction_statements);
        self.blocking_poll = more.blocking_poll.or(self.blocking_poll);
        for (rule, level) in more.levels {
            self.levels.retain(|(known, _)| *known != rule);
            self.levels.push((rule, level));
        }
        self.unknown = self.unknown.take().or(more.unknown);
    }
}

/// The thresholds that hold in a scope: those of its profile, then those of
/// all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy<'a> {
    pub(crate) own: Option<&'a Thresholds>,
    pub(crate) all: Option<&'a Thresholds>,
}

impl<'a> Policy<'a> {
    fn first<T>(self, said: impl Fn(&'a Thresholds) -> Option<T>) -> Option<T> {
        [self.own, self.all].into_iter().flatten().find_map(said)
    }

    pub(crate) fn repeats(self) -> Option<u64> {
        self.first(|it| it.repeats)
    }

    pub(crate) fn page(self) -> u64 {
        self.first(|it| it.page).unwrap_or(rules::PAGE)
    }

    pub(crate) fn page_cap(self) -> u64 {
        self.first(|it| it.page_cap).unwrap_or(rules::PAGE_CAP)
    }

    /// What was said of slow queries.
    pub(crate) fn slow(self) -> Option<Duration> {
        self.first(|it| it.slow_query)
    }

    /// What was said of long transactions.
    pub(crate) fn long(self) -> Option<Duration> {
        self.first(|it| it.long_transaction)
    }

    /// The most statements of one transaction, if that was said.
    pub(crate) fn transaction_statements(self) -> Option<u64> {
        self.first(|it| it.transaction_statements)
    }

    /// From when on a poll is too long.
    pub(crate) fn held(self) -> Duration {
        self.first(|it| it.blocking_poll).unwrap_or(rules::HELD)
    }

    /// What was said of a rule's findings.
    pub(crate) fn level(self, rule: RuleId) -> Option<Level> {
        self.first(|it| {
            let said = it.levels.iter().find(|(known, _)| *known == rule);
            said.map(|(_, level)| *level)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Policy, Thresholds};
    use crate::rules::{Level, RuleId};

    #[test]
    fn a_profile_wins_over_what_is_said_for_all() {
        let all = Thresholds::new()
            .page(50)
            .slow_query(Duration::from_secs(1))
            .level("slow-query", Level::Off);
        let own = Thresholds::new()
            .slow_query(Duration::from_secs(30))
            .level("slow-query", Level::Error);
        let policy = Policy {
            own: Some(&own),
            all: Some(&all),
        };
        assert_eq!(policy.page(), 50);
        assert_eq!(policy.page_cap(), 1_000);
        assert_eq!(policy.slow(), Some(Duration::from_secs(30)));
        assert_eq!(policy.level(RuleId::SlowQuery), Some(Level::Error));
        assert_eq!(policy.level(RuleId::NPlusOne), None);
    }

    #[test]
    fn what_is_said_later_wins_and_the_rest_stays() {
        let mut said = Thresholds::new()
            .page(50)
            .repeats(0)
            .level("n-plus-one", Level::Off);
        said.with(
            Thresholds::new()
                .page(60)
                .level("n-plus-one", Level::Note)
                .level("n-plus-two", Level::Off),
        );
        let policy = Policy {
            own: Some(&said),
            all: None,
        };
        assert_eq!((policy.page(), policy.repeats()), (60, Some(2)));
        assert_eq!(policy.level(RuleId::NPlusOne), Some(Level::Note));
        assert_eq!(said.unknown(), Some("n-plus-two"));
    }
}
