//! What a scope saw, for people ([`std::fmt::Display`]) and, with feature
//! `json`, for machines (`Report::to_json`).

mod escape;
#[cfg(feature = "json")]
pub(crate) mod json;
mod sessions;
mod text;
mod timeline;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use crate::baseline;
use crate::budget::{Budget, Site};
use crate::finding::{Finding, Place};
use crate::ledger::Calls;
use crate::planned::Unexplained;
use crate::rules::{Counts, RuleId, RuleSet};
use crate::scope::{Ending, Kind};
use crate::small_tables::is_named;
use crate::statement::Statement;
use crate::traced::Traced;

pub use escape::{Escaped, escape};
#[cfg(feature = "json")]
pub use json::SCHEMA_VERSION;
pub use sessions::{Connections, Transactions};
pub use timeline::{Step, Timeline};

/// What a scope, and the scopes that ended inside it, ran and did wrong.
///
/// The same statements give the same report, byte for byte, whatever order
/// the executions of one statement arrived in. It holds no bound value and no
/// literal.
#[derive(Clone, Debug)]
pub struct Report {
    /// This scope first, then the scopes whose findings are in the report.
    scopes: Vec<ScopeSummary>,
    findings: Vec<Finding>,
    notes: Vec<Finding>,
    allowed: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(
        scope: ScopeSummary,
        findings: Vec<Finding>,
        notes: Vec<Finding>,
        allowed: Vec<Finding>,
    ) -> Self {
        Self {
            scopes: vec![scope],
            findings,
            notes,
            allowed,
        }
    }

    /// A report of nothing.
    pub(crate) fn empty(name: &str) -> Self {
        let scope = ScopeSummary {
            name: name.to_owned(),
            ..ScopeSummary::EMPTY
        };
        Self::new(scope, Vec::new(), Vec::new(), Vec::new())
    }

    /// Adds the report of a scope that ended inside this one.
    pub(crate) fn absorb(&mut self, nested: Self) {
        let offset = self.scopes.len();
        let moved = |mut finding: Finding| {
            finding.scope += offset;
            finding
        };
        self.findings.extend(nested.findings.into_iter().map(moved));
        self.notes.extend(nested.notes.into_iter().map(moved));
        self.allowed.extend(nested.allowed.into_iter().map(moved));
        self.scopes.extend(nested.scopes);
    }

    /// How many statements ran in the scope, in the scopes inside it too.
    ///
    /// Transaction control, savepoints, pool pings, catalog look-ups and the
    /// set-up of connections are no statements of the handler and not counted.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.scope().queries
    }

    /// How many of the [`queries`](Self::queries) read, and change nothing;
    /// `None` in production, where that is not counted.
    #[must_use]
    pub fn reads(&self) -> Option<u64> {
        self.scope().counts.as_ref().map(|counts| counts.reads)
    }

    /// How many of the [`queries`](Self::queries) write: INSERT, UPDATE, DELETE
    /// and what is like them; `None` in production.
    #[must_use]
    pub fn writes(&self) -> Option<u64> {
        self.scope().counts.as_ref().map(|counts| counts.writes)
    }

    /// How many of the [`queries`](Self::queries) read or write a table, at any
    /// depth, named with or without its schema; `None` in production.
    ///
    /// Beyond 256 different statements in a scope nobody knows their tables:
    /// they are among the queries and not among these.
    #[must_use]
    pub fn queries_on(&self, table: &str) -> Option<u64> {
        let tables = &self.scope().counts.as_ref()?.tables;
        let such = tables.iter().filter(|(known, _)| is_named(known, table));
        Some(such.map(|(_, count)| count).sum())
    }

    /// The statements, a line each with how often it ran, in the order of
    /// their texts: for inline snapshots, as `insta` has them.
    ///
    /// ```
    /// let (_, report) = perfguard_core::generated::observe_sync(|| ());
    /// assert_eq!(report.summary(), "");
    /// ```
    ///
    /// The texts are canonical: the same whatever values are bound or written
    /// in them. In production only the most frequent ones are kept.
    #[must_use]
    pub fn summary(&self) -> String {
        if let Some(traced) = &self.scope().traced {
            return baseline::summary(traced);
        }
        let mut lines: Vec<_> = self.scope().statements.iter().collect();
        lines.sort_by_key(|line| line.statement.text());
        let lines = lines
            .iter()
            .map(|it| format!("{} {}\n", it.count, escape(it.statement.text())));
        lines.collect()
    }

    /// The statements of the scope, for people: how often each ran, and where.
    pub(crate) fn listed(&self) -> impl Display {
        text::Listed(self.scope())
    }

    /// True if a scope inside this one has a finding.
    pub(crate) fn is_violated_inside(&self) -> bool {
        self.findings.iter().any(|finding| finding.scope > 0)
    }

    /// How many rows its reads returned; `None` if that is unknown for any.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.scope().rows
    }

    /// How many rows came from the database for its reads, where a driver
    /// fetches more than the application takes; `None` if that is unknown for
    /// any. Equal to [`rows`](Self::rows) where nobody tells the difference.
    #[must_use]
    pub fn rows_transferred(&self) -> Option<u64> {
        self.scope().rows_transferred
    }

    /// How many rows its writes changed; `None` if that is unknown for any.
    #[must_use]
    pub fn rows_affected(&self) -> Option<u64> {
        self.scope().rows_affected
    }

    /// The time that its statements took, all together; `None` if that is
    /// unknown for any. Those that ran at once count one by one.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.scope().elapsed
    }

    /// What is known of its connections; `None` if no driver told of any.
    ///
    /// Diesel tells of those that it establishes on the thread or task that
    /// asks; r2d2 makes its own on other threads, in no scope. SeaORM tells of
    /// none. Other drivers: [`adapter::Connection`](crate::adapter::Connection).
    #[must_use]
    pub fn connections(&self) -> Option<Connections> {
        self.scope().connections
    }

    /// What is known of its transactions; `None` if no driver told of any, nor
    /// of statements on a connection that would tell.
    ///
    /// Diesel tells, and guarded connections of SeaORM from
    /// the first transaction on.
    #[must_use]
    pub fn transactions(&self) -> Option<Transactions> {
        self.scope().transactions
    }

    /// When its statements ran, one by one; `None` where no sink [wants
    /// timelines](crate::sink::Sink::wants_timeline), and for a scope inside
    /// another one, whose statements are in the timeline of the outermost.
    #[must_use]
    pub fn timeline(&self) -> Option<&Timeline> {
        self.scope().timeline.as_deref()
    }

    /// How many outgoing calls were made in the scope, in the scopes inside it
    /// too: those marked by [`call`](crate::call), and client spans where a
    /// layer tells of them.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.scope().calls.count
    }

    /// How many of the [`calls`](Self::calls) had this name; 0 also for a name
    /// beyond the 64 different ones that a scope keeps.
    #[must_use]
    pub fn calls_of(&self, name: &str) -> u64 {
        let names = &self.scope().calls.names;
        let known = names.iter().find(|(known, _)| *known == name);
        known.map_or(0, |(_, count)| *count)
    }

    /// The time in which at least one outgoing call was in flight: those that
    /// ran at once count once, and those that did not end in the scope do not
    /// count. `None` if there were more than the 256 whose times are kept.
    #[must_use]
    pub fn call_time(&self) -> Option<Duration> {
        self.scope().calls.elapsed
    }

    /// How many statements a guarded connection refused to send: see
    /// [`Limits`](crate::Limits). They are not among the
    /// [`queries`](Self::queries).
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.scope().refused
    }

    /// How many details were dropped because the scope had more of them than it
    /// keeps: values to compare, places, statements, reports of scopes inside.
    /// All numbers are exact all the same.
    #[must_use]
    pub fn details_dropped(&self) -> u64 {
        self.scope().details_dropped
    }

    /// What fails a test and is worth a warning, the most telling first; of
    /// this scope, then of the scopes that ended inside it.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What is worth knowing and fails nothing.
    #[must_use]
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }

    /// What was found and is allowed, each with its reason.
    #[must_use]
    pub fn allowed(&self) -> &[Finding] {
        &self.allowed
    }

    /// The scope's name: for an annotated function its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.scope().name
    }

    /// Where the annotated function stands: file and line.
    #[must_use]
    pub fn place(&self) -> Option<(&str, u32)> {
        let site = self.scope().site?;
        Some((site.file(), site.line()))
    }

    /// The status code that a request behind a layer was answered with; `None`
    /// of anything else, and of one whose client left before it was answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.scope().status
    }

    /// True if there is anything to fail for.
    pub(crate) fn is_violated(&self) -> bool {
        !self.findings.is_empty()
    }

    pub(crate) fn has_nothing_to_say(&self) -> bool {
        self.findings_and_allowed().next().is_none()
            && self.scopes.iter().all(|scope| scope.unexplained.is_empty())
    }

    pub(crate) fn findings_and_allowed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().chain(&self.notes).chain(&self.allowed)
    }

    pub(crate) fn scope(&self) -> &ScopeSummary {
        const NONE: &ScopeSummary = &ScopeSummary::EMPTY;
        self.scopes.first().unwrap_or(NONE)
    }

    /// This scope first, then those that ended inside it.
    pub(crate) fn scopes(&self) -> &[ScopeSummary] {
        &self.scopes
    }

    pub(crate) fn most_frequent(&self) -> Option<&Statement> {
        let most = self.scope().statements.first()?;
        Some(&most.statement)
    }

    /// True if a place that the report would show has no line.
    fn lacks_lines(&self) -> bool {
        let shows_statements = |scope: usize| {
            let mut findings = self.findings.iter();
            findings.any(|it| it.scope == scope && it.rule == RuleId::QueryBudget)
        };
        let listed = self.scopes.iter().enumerate();
        let listed = listed
            .filter(|(index, _)| shows_statements(*index))
            .flat_map(|(_, scope)| &scope.statements)
            .map(|statement| &statement.place);
        let found = self.findings.iter().map(|finding| &finding.place);
        found.chain(listed).any(Place::lacks_line)
    }

    /// True if this scope itself has broken its budget, or the rules.
    pub(crate) fn is_violated_itself(&self) -> bool {
        self.findings.iter().any(|finding| finding.scope == 0)
    }

    /// One line for a log.
    pub(crate) fn headline(&self) -> String {
        text::headline(self, self.findings.first())
    }

    /// The same, about one of its findings.
    pub(crate) fn headline_of(&self, finding: &Finding) -> String {
        text::headline(self, Some(finding))
    }
}

/// What is known of one scope.
#[derive(Clone, Debug)]
pub(crate) struct ScopeSummary {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) site: Option<&'static Site>,
    /// False of a test that is about a part of itself.
    pub(crate) is_held_to_it: bool,
    /// What a request was held to where no annotated function ran.
    pub(crate) own_budget: Option<Arc<Budget>>,
    /// The status code that a request was answered with.
    pub(crate) status: Option<u16>,
    pub(crate) ending: Ending,
    /// Rules that it need not mind.
    pub(crate) excused: RuleSet,
    pub(crate) queries: u64,
    /// How many of them are of each kind, under test.
    pub(crate) counts: Option<Counts>,
    pub(crate) rows: Option<u64>,
    pub(crate) rows_transferred: Option<u64>,
    pub(crate) rows_affected: Option<u64>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) connections: Option<Connections>,
    pub(crate) transactions: Option<Transactions>,
    pub(crate) calls: CallSummary,
    pub(crate) refused: u64,
    /// Different statements that ran again from places that nobody read.
    pub(crate) unplaced: u64,
    pub(crate) details_dropped: u64,
    pub(crate) statements: Vec<StatementCount>,
    /// Different statements beyond those listed.
    pub(crate) unlisted: u64,
    /// All of them, under test.
    pub(crate) traced: Option<Traced>,
    pub(crate) timeline: Option<Box<Timeline>>,
    /// Those whose plans may be looked at, under test.
    pub(crate) planned: Option<Vec<Finding>>,
    /// Those whose plans were wanted in vain.
    pub(crate) unexplained: Vec<Unexplained>,
}

impl ScopeSummary {
    const EMPTY: Self = Self {
        name: String::new(),
        kind: Kind::User,
        site: None,
        is_held_to_it: true,
        own_budget: None,
        status: None,
        ending: Ending::Completed,
        excused: RuleSet::EMPTY,
        queries: 0,
        counts: None,
        rows: Some(0),
        rows_transferred: Some(0),
        rows_affected: Some(0),
        elapsed: Some(Duration::ZERO),
        connections: None,
        transactions: None,
        calls: CallSummary::NONE,
        refused: 0,
        unplaced: 0,
        details_dropped: 0,
        statements: Vec::new(),
        unlisted: 0,
        traced: None,
        timeline: None,
        planned: None,
        unexplained: Vec::new(),
    };

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True for the scope of the annotated function of this name, its path, or
    /// the end of one.
    pub(crate) fn is_of(&self, function: &str) -> bool {
        let is_end = |path: &str| {
            let before = path.strip_suffix(function);
            before.is_some_and(|before| before.is_empty() || before.ends_with("::"))
        };
        let path = self.site.and_then(Site::path);
        // As it is written, without the lifetimes that its type leaves out.
        let name = self.name.replace("<'_>", "");
        self.kind == Kind::Handler && (is_end(&name) || path.is_some_and(is_end))
    }

    pub(crate) fn file(&self) -> Option<&'static str> {
        self.site.map(Site::file)
    }

    pub(crate) fn line(&self) -> Option<u32> {
        self.site.map(Site::line)
    }

    pub(crate) fn max(&self) -> Option<u64> {
        let budget = self.budget().filter(|_| self.is_held_to_it);
        let max = budget.map(Budget::max);
        max.filter(|max| *max != Budget::UNLIMITED)
    }

    pub(crate) fn max_calls(&self) -> Option<u64> {
        self.budget()?.max_calls
    }

    /// What it states, or was given.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        let annotated = self.site.map(Site::budget);
        annotated.or(self.own_budget.as_deref())
    }
}

/// The outgoing calls of a scope.
#[derive(Clone, Debug)]
pub(crate) struct CallSummary {
    pub(crate) count: u64,
    /// Most frequent first.
    pub(crate) names: Vec<(&'static str, u64)>,
    pub(crate) elapsed: Option<Duration>,
}

impl CallSummary {
    const NONE: Self = Self {
        count: 0,
        names: Vec::new(),
        elapsed: Some(Duration::ZERO),
    };

    pub(crate) fn of(calls: &Calls) -> Self {
        Self {
            count: calls.count(),
            names: calls.names(),
            elapsed: calls.is_whole().then(|| calls.elapsed_so_far()),
        }
    }
}

/// A statement of a scope, and how often it ran.
#[derive(Clone, Debug)]
pub(crate) struct StatementCount {
    pub(crate) statement: Arc<Statement>,
    pub(crate) count: u64,
    pub(crate) place: Place,
}
