//! The rules: one file each, a ledger in, findings out.
//!
//! A rule is pure. It needs certain facts; where one is unknown it does not
//! fire, or says so in its finding. Each rule has cases that must fire and
//! look-alikes that must not, and would rather miss than cry wolf.

mod blocking_poll;
mod buffered_export;
mod cache_candidate;
mod connection_per_request;
mod duplicate_query;
mod expansion;
mod fix;
mod in_memory_page;
mod inlined_literals;
mod leading_wildcard;
mod levels;
mod long_transaction;
mod missing_index;
mod missing_pagination;
mod n_plus_one;
mod not_connected;
mod pages;
mod query_budget;
mod repeated_write;
mod repeats;
mod row_budget;
mod sequence;
mod sequential_calls;
mod sequential_queries;
mod set;
mod slow_query;
mod small_data;
mod source;
mod sum;
#[cfg(test)]
mod testing;
mod time_budget;
mod unbounded_result;
mod unfiltered_write;
mod unstable_pagination;
mod wide_select;

use crate::adapter::Silence;
use crate::budget::{Allow, Budget};
use crate::costly::Repeated;
use crate::finding::{Finding, Place, Severity};
use crate::ledger::{Group, Ledger, Tally};
use crate::report::escape;
use crate::scope::Kind;
use crate::small_tables::SmallTables;
use crate::thresholds::{Policy, Profile};

pub(crate) use blocking_poll::HELD;
pub(crate) use expansion::expanded;
pub use levels::Level;
pub(crate) use missing_index::{may_search, take_candidates};
pub(crate) use query_budget::Counts;
pub(crate) use repeats::unplaced;
pub(crate) use set::RuleSet;

/// The ids of all rules, as reports and files write them.
pub const IDS: &[&str] = &[
    RuleId::BlockingPoll.as_str(),
    RuleId::BufferedExport.as_str(),
    RuleId::CacheCandidate.as_str(),
    RuleId::ConnectionPerRequest.as_str(),
    RuleId::DuplicateQuery.as_str(),
    RuleId::InMemoryPage.as_str(),
    RuleId::InlinedLiterals.as_str(),
    RuleId::LeadingWildcard.as_str(),
    RuleId::LongTransaction.as_str(),
    RuleId::MissingIndex.as_str(),
    RuleId::MissingPagination.as_str(),
    RuleId::NPlusOne.as_str(),
    RuleId::NotConnected.as_str(),
    RuleId::QueryBudget.as_str(),
    RuleId::RepeatedWrite.as_str(),
    RuleId::RowBudget.as_str(),
    RuleId::SequentialCalls.as_str(),
    RuleId::SequentialQueries.as_str(),
    RuleId::SlowQuery.as_str(),
    RuleId::SmallData.as_str(),
    RuleId::TimeBudget.as_str(),
    RuleId::UnboundedResult.as_str(),
    RuleId::UnfilteredWrite.as_str(),
    RuleId::UnstablePagination.as_str(),
    RuleId::WideSelect.as_str(),
];

/// The ids of the rules that can be allowed.
pub(crate) fn allowable_ids() -> impl Iterator<Item = &'static str> {
    IDS.iter()
        .copied()
        .filter(|id| RuleId::allowable(id).is_some())
}

/// Why findings of a rule that was named so cannot be allowed, and what can.
pub(crate) fn why_not_allowable(id: &str) -> String {
    let written = escape(id);
    if RuleId::of(id).is_some() {
        return format!("`{written}` is a budget: raise `max`, or what else it says, instead");
    }
    let meant = id.replace('_', "-");
    if RuleId::allowable(&meant).is_some() {
        return format!("there is no rule `{written}`: write `{meant}`");
    }
    let known: Vec<_> = allowable_ids().collect();
    format!(
        "`{written}` cannot be allowed: expected one of {}",
        known.join(", ")
    )
}

/// Why a level cannot be set for a rule that was named so.
pub(crate) fn no_such_rule(id: &str) -> String {
    format!(
        "there is no rule `{}`: expected one of {}",
        escape(id),
        IDS.join(", ")
    )
}

/// How many rows a page has, where nobody says otherwise: the page size that
/// public HTTP APIs allow at most (GitHub's and Stripe's `per_page`/`limit` of
/// 100).
pub const PAGE: u64 = 100;

/// The largest literal LIMIT that still passes for a page: ten pages at once.
pub const PAGE_CAP: u64 = 1_000;

/// Repeats that count in production: see `Facts::threshold`.
const REPEATS: u64 = 5;

/// Repeats that count under test.
const REPEATS_UNDER_TEST: u64 = 2;

/// The id of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RuleId {
    // In the order of a report: what explains most comes first.
    NotConnected,
    NPlusOne,
    RepeatedWrite,
    DuplicateQuery,
    InlinedLiterals,
    UnfilteredWrite,
    UnboundedResult,
    MissingPagination,
    InMemoryPage,
    BufferedExport,
    UnstablePagination,
    WideSelect,
    LeadingWildcard,
    MissingIndex,
    SlowQuery,
    BlockingPoll,
    SequentialCalls,
    SequentialQueries,
    CacheCandidate,
    LongTransaction,
    ConnectionPerRequest,
    SmallData,
    QueryBudget,
    RowBudget,
    TimeBudget,
}

impl RuleId {
    /// True for what the attribute states as a number: it is raised, and not
    /// allowed.
    pub(crate) const fn is_budget(self) -> bool {
        matches!(self, Self::QueryBudget | Self::RowBudget | Self::TimeBudget)
    }

    /// The rule of this id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        let mut rules = RULES.iter().map(|(rule, _)| *rule);
        rules.find(|rule| rule.as_str() == id)
    }

    /// The rule of this id, if findings of it can be allowed.
    pub(crate) fn allowable(id: &str) -> Option<Self> {
        Self::of(id).filter(|rule| !rule.is_budget())
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BlockingPoll => "blocking-poll",
            Self::BufferedExport => "buffered-export",
            Self::CacheCandidate => "cache-candidate",
            Self::ConnectionPerRequest => "connection-per-request",
            Self::DuplicateQuery => "duplicate-query",
            Self::InMemoryPage => "in-memory-page",
            Self::InlinedLiterals => "inlined-literals",
            Self::LeadingWildcard => "leading-wildcard",
            Self::LongTransaction => "long-transaction",
            Self::MissingIndex => "missing-index",
            Self::MissingPagination => "missing-pagination",
            Self::NPlusOne => "n-plus-one",
            Self::NotConnected => "not-connected",
            Self::QueryBudget => "query-budget",
            Self::RepeatedWrite => "repeated-write",
            Self::RowBudget => "row-budget",
            Self::SequentialCalls => "sequential-calls",
            Self::SequentialQueries => "sequential-queries",
            Self::SlowQuery => "slow-query",
            Self::SmallData => "small-data",
            Self::TimeBudget => "time-budget",
            Self::UnboundedResult => "unbounded-result",
            Self::UnfilteredWrite => "unfiltered-write",
            Self::UnstablePagination => "unstable-pagination",
            Self::WideSelect => "wide-select",
        }
    }
}

/// What the rules may look at.
pub(crate) struct Facts<'a> {
    pub(crate) ledger: &'a Ledger,
    /// Its statements, in the order of their first execution.
    pub(crate) tallies: Vec<&'a Tally>,
    pub(crate) kind: Kind,
    /// Under test: every statement was placed, and thresholds are low.
    pub(crate) is_exact: bool,
    pub(crate) budget: Option<&'a Budget>,
    /// Statements, an ORM's expansions of one call counted as one.
    pub(crate) queries: u64,
    /// What the scope does; `None` for a test's own statements.
    pub(crate) profile: Option<Profile>,
    /// What the application says of that.
    pub(crate) policy: Policy<'a>,
    /// How many items the function answered, if its type tells.
    pub(crate) answered: Option<u64>,
    /// Statements of the scope that cost much, again.
    pub(crate) costly: &'a [Repeated],
    /// Tables that may be read as a whole.
    pub(crate) small: &'a SmallTables,
    /// A test wants the plans of its own statements.
    pub(crate) is_explained: bool,
    pub(crate) silence: Option<Silence>,
}

impl Facts<'_> {
    /// How many repeats count, where the application does not say: two in a
    /// test, which runs on little data (as prosopite, django-zeal and QuickPerf
    /// have it); five in production (as Sentry, Scout and perf-sentinel have it).
    fn threshold(&self) -> u64 {
        let default = if self.is_exact {
            REPEATS_UNDER_TEST
        } else {
            REPEATS
        };
        self.policy.repeats().unwrap_or(default)
    }
}

/// What finds the findings of a rule.
type Judge = fn(&Facts<'_>, &mut Vec<Finding>);

const RULES: &[(RuleId, Judge)] = &[
    (RuleId::BlockingPoll, blocking_poll::judge),
    (RuleId::BufferedExport, buffered_export::judge),
    (RuleId::CacheCandidate, cache_candidate::judge),
    (RuleId::ConnectionPerRequest, connection_per_request::judge),
    (RuleId::DuplicateQuery, duplicate_query::judge),
    (RuleId::InMemoryPage, in_memory_page::judge),
    (RuleId::InlinedLiterals, inlined_literals::judge),
    (RuleId::LeadingWildcard, leading_wildcard::judge),
    (RuleId::LongTransaction, long_transaction::judge),
    (RuleId::MissingIndex, missing_index::judge),
    (RuleId::MissingPagination, missing_pagination::judge),
    (RuleId::NPlusOne, n_plus_one::judge),
    (RuleId::NotConnected, not_connected::judge),
    (RuleId::QueryBudget, query_budget::judge),
    (RuleId::RepeatedWrite, repeated_write::judge),
    (RuleId::RowBudget, row_budget::judge),
    (RuleId::SequentialCalls, sequential_calls::judge),
    (RuleId::SequentialQueries, sequential_queries::judge),
    (RuleId::SlowQuery, slow_query::judge),
    (RuleId::SmallData, small_data::judge),
    (RuleId::TimeBudget, time_budget::judge),
    (RuleId::UnboundedResult, unbounded_result::judge),
    (RuleId::UnfilteredWrite, unfiltered_write::judge),
    (RuleId::UnstablePagination, unstable_pagination::judge),
    (RuleId::WideSelect, wide_select::judge),
];

/// The rules that a function need not mind because it says what it is: they
/// are not an outer scope's to find either.
pub(crate) fn excused(facts: &Facts<'_>) -> RuleSet {
    let says = facts.budget.and_then(Budget::own_profile).is_some();
    let rules = RULES.iter().map(|(rule, _)| *rule).filter(|_| says);
    rules
        .filter(|rule| rule.level(facts) != Level::Error)
        .collect()
}

/// Applies every rule that fits the scope, in the order of a report.
pub(crate) fn judge(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (rule, judge) in RULES {
        if rule.level(facts) != Level::Off {
            judge(facts, &mut findings);
        }
    }
    levels::apply(facts, &mut findings);
    findings.retain(|finding| !is_claimed(facts, finding));
    leave_out_needless_notes(&mut findings);
    for finding in &mut findings {
        let allow = facts.budget.and_then(|it| it.allow_of(finding.rule));
        if let Some(allow) = allow {
            apply_allow(finding, &allow);
        }
    }
    sort(&mut findings, facts.is_exact);
    findings
}

/// Lets a finding pass, or says that it would have passed some days ago.
fn apply_allow(finding: &mut Finding, allow: &Allow) {
    match allow.expires().filter(|_| allow.is_expired()) {
        None => finding.allowed = Some(allow.reason().into()),
        Some(last) => finding.note_expired(last, allow.place()),
    }
}

/// Lets pass what no longer is a finding where the statements are left out
/// that an allow of its rule covers; of the rest only that counts.
///
/// `judge` gives the findings of what ran outside the allows of one rule.
pub(crate) fn allow_inside(
    findings: &mut Vec<Finding>,
    ledger: &Ledger,
    is_exact: bool,
    judge: impl Fn(&Ledger) -> Vec<Finding>,
) {
    if ledger.outside().is_empty() {
        return;
    }
    for outside in ledger.outside() {
        let is_found = |it: &Finding| it.rule == outside.rule && it.allowed.is_none();
        if !findings.iter().any(is_found) {
            continue;
        }
        if outside.allow.is_expired() {
            let found = findings.iter_mut().filter(|it| is_found(it));
            // Which of them it was meant for nobody knows any more.
            found.for_each(|it| apply_allow(it, &outside.allow));
            continue;
        }
        let mut left = judge(&outside.ledger);
        left.retain(is_found);
        for finding in findings.iter_mut().filter(|it| is_found(it)) {
            let key = |it: &Finding| (it.statement().map(|it| it.fingerprint()), it.site);
            let known = key(finding);
            match left.iter().position(|it| key(it) == known) {
                Some(index) => *finding = left.swap_remove(index),
                None => apply_allow(finding, &outside.allow),
            }
        }
        findings.append(&mut left);
    }
    sort(findings, is_exact);
}

/// Whatever order statements arrived in, the report is the same. Under test
/// two places of one statement are told apart by their lines.
fn sort(findings: &mut [Finding], is_exact: bool) {
    let key = |finding: &Finding| {
        let text = finding.statement().map(|it| it.text().to_owned());
        let place = Some(&finding.place).filter(|_| is_exact);
        let site = place.and_then(Place::call_site);
        let line = site.map(|site| (site.file().to_owned(), site.line()));
        (finding.rule, std::cmp::Reverse(finding.count), text, line)
    };
    findings.sort_by_cached_key(key);
}

/// How many rows a statement may return needs no note beside what makes it an
/// error. Other notes say something of their own.
fn leave_out_needless_notes(findings: &mut Vec<Finding>) {
    let fingerprint = |finding: &Finding| finding.statement().map(|it| it.fingerprint());
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        // What a plan may say of a statement says nothing of its rows.
        .filter(|finding| finding.rule != RuleId::MissingIndex)
        .filter_map(fingerprint)
        .collect();
    findings.retain(|finding| {
        let is_about_rows = matches!(
            finding.rule,
            RuleId::MissingPagination | RuleId::UnboundedResult
        );
        finding.severity == Severity::Error
            || !is_about_rows
            || fingerprint(finding).is_none_or(|statement| !errors.contains(&statement))
    });
}

/// True if scopes inside this one have already reported it, or so much of it
/// that the rest would not be a finding.
fn is_claimed(facts: &Facts<'_>, finding: &Finding) -> bool {
    let least = match finding.rule {
        RuleId::DuplicateQuery | RuleId::NPlusOne | RuleId::RepeatedWrite => facts.threshold(),
        _ => 1,
    };
    finding.statement.as_ref().is_some_and(|statement| {
        let claimed = facts
            .ledger
            .claimed(finding.rule, statement.fingerprint(), finding.site);
        claimed > 0 && finding.count.saturating_sub(claimed) < least
    })
}

/// A finding about all executions of a statement.
fn about(rule: RuleId, severity: Severity, tally: &Tally) -> Finding {
    let mut finding = Finding::new(rule, severity, tally.count());
    finding.statement = Some(tally.statement.clone());
    finding.orm = tally.orm;
    finding.place = main_place(tally);
    finding
}

/// The place of the group that ran most of a statement.
fn main_place(tally: &Tally) -> Place {
    let group = tally
        .groups
        .iter()
        .min_by_key(|group: &&Group| (std::cmp::Reverse(group.count), group.first));
    Place::new(group.and_then(|group| group.chain.clone()))
}
