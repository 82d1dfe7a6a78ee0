//! From a scope that has ended to its report.

use std::sync::Arc;

use crate::budget::Budget;
use crate::costly::{self, Repeated};
use crate::echo;
use crate::finding::{Finding, Place, Severity};
use crate::ledger::{Ledger, Tally};
use crate::planned::{self, Desk};
use crate::report::{CallSummary, Report, ScopeSummary, StatementCount, Timeline};
use crate::rules::{self, Counts, Facts};
use crate::run_file;
use crate::scope::{Ending, Kind, Mode, Preview, RequestState, State};
use crate::standing::{self, StandingAllow};
use crate::traced::Traced;

/// Different statements that a report lists.
const MAX_LISTED: usize = 16;

/// A scope that has ended, and what the rules say of it.
pub(crate) struct Concluded<'a> {
    scope: &'a Arc<State>,
    ending: Ending,
    ledger: Box<Ledger>,
    /// The reports of the scopes that ended inside it.
    nested: Vec<Report>,
    costly: Vec<Repeated>,
    is_under_test: bool,
    judged: Vec<Finding>,
}

impl<'a> Concluded<'a> {
    /// Ends `scope` and applies the rules.
    pub(crate) fn of(scope: &'a Arc<State>, ending: Ending) -> Self {
        let mut ledger = scope.close();
        echo::look_for_silence(&ledger);
        let nested = ledger.take_nested();
        if scope.is_exact() {
            ledger.join_places();
        }
        let is_under_test = scope.site().is_some() && ending == Ending::Completed;
        // In production one table for all; a test is alone with its rows.
        let outermost = scope.outermost();
        let root = if scope.is_any_exact() {
            outermost.id()
        } else {
            0
        };
        let is_counted = scope.kind() == Kind::Handler && ending == Ending::Completed;
        let tallies = ledger.tallies();
        let costly = costly::note(&tallies, root, outermost, is_counted);
        let facts = facts_about(scope, &ledger, tallies, &costly, is_under_test);
        let judged = judge(&facts, scope, is_under_test, |allow| {
            if scope.is_exact() {
                run_file::note_standing(allow, true);
            }
        });
        Self {
            scope,
            ending,
            ledger,
            nested,
            costly,
            is_under_test,
            judged,
        }
    }

    /// True if there is nothing to tell in production but numbers.
    pub(crate) fn is_silent(&self) -> bool {
        // A function that says what it is tells the scopes around it.
        let budget = self.scope.judged_budget();
        let says_what_it_is = budget.and_then(Budget::own_profile).is_some();
        self.scope.mode() == Mode::Warn
            && self.judged.is_empty()
            && self.nested.is_empty()
            && !says_what_it_is
    }

    /// The report, with those of the scopes that ended inside it.
    pub(crate) fn into_report(self) -> Report {
        let Self {
            scope,
            ending,
            mut ledger,
            nested,
            costly,
            is_under_test,
            mut judged,
        } = self;
        let timeline = Timeline::take(&mut ledger);
        let facts = facts_of(scope, &ledger, &costly, is_under_test);
        if scope.is_exact() {
            run_file::note_allows(scope, &ledger, &judged);
        }
        let planned = rules::take_candidates(&mut judged);
        let (seen, unexplained) = planned::of_scope(scope, &planned);
        judged.extend(seen);
        let queries = facts.queries;
        let (mut findings, mut notes, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
        for finding in judged {
            match (&finding.allowed, finding.severity) {
                (Some(_), _) => allowed.push(finding),
                (None, Severity::Error) => findings.push(finding),
                (None, Severity::Note) => notes.push(finding),
            }
        }
        let mut statements: Vec<_> = facts
            .tallies
            .iter()
            .map(|tally| StatementCount {
                statement: tally.statement.clone(),
                count: tally.count(),
                place: Place::new(tally.groups.first().and_then(|group| group.chain.clone())),
            })
            .collect();
        statements.sort_by(|one, other| {
            (other.count, one.statement.text()).cmp(&(one.count, other.statement.text()))
        });
        let listed = statements.len().min(MAX_LISTED);
        let unlisted = statements.split_off(listed).len() as u64;
        let summary = ScopeSummary {
            name: scope.name().to_owned(),
            kind: scope.kind(),
            site: scope.site(),
            is_held_to_it: facts.budget.is_some(),
            own_budget: scope.request().and_then(RequestState::budget).cloned(),
            status: scope.request().and_then(RequestState::status),
            ending,
            excused: rules::excused(&facts),
            queries,
            counts: scope.is_exact().then(|| Counts::of(&facts.tallies)),
            rows: ledger.rows(),
            rows_transferred: ledger.rows_transferred(),
            rows_affected: ledger.rows_affected(),
            elapsed: ledger.elapsed(),
            connections: ledger.connections(),
            transactions: ledger.transactions(),
            calls: CallSummary::of(ledger.calls()),
            refused: ledger.refused(),
            unplaced: rules::unplaced(&facts),
            details_dropped: ledger.details_dropped(),
            statements,
            unlisted,
            traced: scope.is_exact().then(|| Traced::of(&facts.tallies)),
            timeline: timeline.map(Box::new),
            planned: scope.is_exact().then_some(planned),
            unexplained,
        };
        let mut report = Report::new(summary, findings, notes, allowed);
        for nested in nested {
            report.absorb(nested);
        }
        report
    }
}

/// What a report of `scope` would say if it ended now: looked at in a copy.
pub(crate) fn preview(scope: &Arc<State>) -> Preview {
    let mut ledger = scope.snapshot();
    let nested = ledger.take_nested();
    if scope.is_exact() {
        ledger.join_places();
    }
    let facts = facts_of(scope, &ledger, &[], false);
    let mut judged = judge(&facts, scope, false, |_| {});
    // Nobody looks at plans before the scope has ended.
    drop(rules::take_candidates(&mut judged));
    let is_broken = |it: &&Finding| it.allowed.is_none() && it.severity == Severity::Error;
    let inside: usize = nested.iter().map(|report| report.findings().len()).sum();
    Preview {
        findings: (judged.iter().filter(is_broken).count() + inside) as u64 + ledger.found_inside(),
        queries: facts.queries,
        rows: ledger.rows(),
        elapsed: ledger.elapsed(),
        fails: false,
    }
}

/// What the rules find; calls `matched` for each standing allow that let
/// something pass.
fn judge<'a>(
    facts: &Facts<'_>,
    scope: &'a Arc<State>,
    is_under_test: bool,
    matched: impl FnMut(&'a StandingAllow),
) -> Vec<Finding> {
    let mut judged = rules::judge(facts);
    rules::allow_inside(&mut judged, facts.ledger, scope.is_exact(), |outside| {
        rules::judge(&facts_of(scope, outside, facts.costly, is_under_test))
    });
    let standing = scope.settings().standing_allows();
    standing::apply(standing, scope, &mut judged, matched);
    judged
}

fn facts_of<'a>(
    scope: &'a Arc<State>,
    ledger: &'a Ledger,
    costly: &'a [Repeated],
    is_under_test: bool,
) -> Facts<'a> {
    facts_about(scope, ledger, ledger.tallies(), costly, is_under_test)
}

fn facts_about<'a>(
    scope: &'a Arc<State>,
    ledger: &'a Ledger,
    tallies: Vec<&'a Tally>,
    costly: &'a [Repeated],
    is_under_test: bool,
) -> Facts<'a> {
    let queries = ledger
        .executions()
        .saturating_sub(rules::expanded(&tallies));
    Facts {
        ledger,
        tallies,
        kind: scope.kind(),
        is_exact: scope.is_exact(),
        budget: scope.judged_budget(),
        queries,
        profile: scope.profile(),
        policy: scope.policy(),
        answered: scope.answered(),
        costly,
        small: scope.settings().small(),
        is_explained: scope.desk().is_some_and(Desk::is_of_the_test_itself),
        silence: scope
            .liveness()
            .filter(|_| is_under_test && !scope.may_be_empty())
            .and_then(|liveness| liveness.silence(ledger.is_connected())),
    }
}
