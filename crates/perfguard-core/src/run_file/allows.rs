//! The allows that scopes met, and whether they were needed.

use super::file;
use crate::budget::Allow;
use crate::finding::Finding;
use crate::ledger::Ledger;
use crate::rules::RuleId;
use crate::scope::State;
use crate::standing::StandingAllow;

/// Notes the allows that a scope under test met, and whether they were needed.
pub(crate) fn note_allows(scope: &State, ledger: &Ledger, judged: &[Finding]) {
    let Some(run) = file::current() else { return };
    // One that has expired is not needless: its finding is there.
    let is_needed = |rule: RuleId, allow: &Allow| {
        let mut findings = judged.iter().filter(|finding| finding.rule == rule);
        findings.any(|finding| finding.allowed.is_some() || allow.is_expired())
    };
    let own = scope.budget().into_iter().flat_map(|it| it.allows());
    let inside = ledger.outside().iter().flat_map(|it| it.allows());
    // One without a place is an adapter's: nobody could remove it.
    let placed = own
        .chain(inside)
        .filter(|allow| !allow.place().0.is_empty());
    for allow in placed {
        if let Some(rule) = allow.rule_id() {
            run.note(&Noted::of(allow, is_needed(rule, allow)));
        }
    }
}

/// Notes a standing allow.
pub(crate) fn note_standing(allow: &StandingAllow, is_needed: bool) {
    if let Some(run) = file::current() {
        let (file, line) = allow.place();
        run.note(&Noted {
            rule: allow.rule(),
            reason: allow.reason(),
            file,
            line,
            is_needed,
        });
    }
}

/// An allow as a line tells of it.
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "no line is written")
)]
pub(super) struct Noted<'a> {
    pub(super) rule: &'a str,
    pub(super) reason: &'a str,
    pub(super) file: &'a str,
    pub(super) line: u32,
    pub(super) is_needed: bool,
}

impl<'a> Noted<'a> {
    fn of(allow: &'a Allow, is_needed: bool) -> Self {
        let (file, line) = allow.place();
        Self {
            rule: allow.rule(),
            reason: allow.reason(),
            file,
            line,
            is_needed,
        }
    }
}
