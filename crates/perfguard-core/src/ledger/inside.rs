//! What scopes that ended inside one have said, and what it need not say again.

use std::collections::HashMap;

use super::{Group, Ledger, MAX_INSIDE};
use crate::callsite::SiteId;
use crate::report::Report;
use crate::rules::{RuleId, RuleSet};
use crate::statement::Fingerprint;

/// Reports of nested scopes that a scope keeps.
const MAX_NESTED: usize = 64;

/// How many of them may have nothing to say, if those are kept.
const MAX_SILENT: usize = 32;
/// Statements that nested scopes have reported.
const MAX_CLAIMS: usize = 1_024;

/// What scopes that ended inside one have said.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside {
    nested: Vec<Report>,
    keeps_silent: bool,
    /// What they have reported: rule, statement, scope.
    claims: HashMap<(RuleId, Fingerprint, u64), u64>,
    /// Their findings that were not handed up.
    found: u64,
    /// Those that say what they are, and the rules that they need not mind.
    excused: Vec<(u64, RuleSet)>,
}

impl Ledger {
    /// Also keeps reports that have nothing to say, some of them.
    pub(crate) fn keep_silent(&mut self) {
        self.inside.keeps_silent = true;
    }

    /// Keeps the report of the scope `below` that ended inside this one.
    pub(crate) fn nest(&mut self, report: Report, below: Option<u64>) {
        self.claim(&report, below);
        let is_silent = report.has_nothing_to_say();
        if is_silent && (!self.inside.keeps_silent || self.inside.nested.len() >= MAX_SILENT) {
            return;
        }
        if self.inside.nested.len() < MAX_NESTED {
            self.inside.nested.push(report);
        } else {
            self.details_dropped += 1;
        }
    }

    /// Notes what the scope `below`, which ended inside this one, has already
    /// reported.
    pub(crate) fn claim(&mut self, report: &Report, below: Option<u64>) {
        self.tell_outside(|it| it.claim(report, below));
        let Some(below) = below else { return };
        let excused = report.scope().excused;
        if !excused.is_empty() && self.inside.excused.len() < MAX_INSIDE {
            self.inside.excused.push((below, excused));
        }
        let planned = report.scope().planned.iter().flatten();
        let allowed = planned.filter(|it| it.allowed.is_some());
        for finding in report.findings_and_allowed().chain(allowed) {
            if let Some(statement) = finding.statement() {
                let claim = (finding.rule, statement.fingerprint(), below);
                if self.inside.claims.len() < MAX_CLAIMS || self.inside.claims.contains_key(&claim)
                {
                    *self.inside.claims.entry(claim).or_default() += finding.count;
                }
            }
        }
    }

    /// Notes what was found in a scope inside this one whose report went
    /// elsewhere.
    pub(crate) fn note_found_inside(&mut self, findings: usize) {
        self.inside.found += findings as u64;
    }

    /// How much that was.
    pub(crate) fn found_inside(&self) -> u64 {
        self.inside.found
    }

    /// How many executions of a statement, from one place or from all, scopes
    /// inside this one have already reported under `rule`, or need not.
    pub(crate) fn claimed(
        &self,
        rule: RuleId,
        fingerprint: Fingerprint,
        site: Option<SiteId>,
    ) -> u64 {
        let groups = self.tallies.get(&fingerprint).map(|tally| &tally.groups);
        groups
            .into_iter()
            .flatten()
            .filter(|group| site.is_none() || group.is_at(site))
            .flat_map(Group::inside)
            .map(|(below, count)| {
                let mut excused = self.inside.excused.iter();
                if excused.any(|(scope, rules)| scope == below && rules.has(rule)) {
                    return *count;
                }
                let claim = self.inside.claims.get(&(rule, fingerprint, *below));
                claim.map_or(0, |claimed| *claimed.min(count))
            })
            .sum()
    }

    pub(crate) fn take_nested(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.inside.nested)
    }
}
