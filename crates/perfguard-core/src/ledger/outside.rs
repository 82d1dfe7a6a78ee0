//! What ran outside the allows of a scope.
//!
//! From the first statement on that is allowed something, the ledger keeps a
//! second one for that rule, of all but what is covered. A rule that finds
//! nothing in it has found only what is allowed.

use super::{Execution, Ledger};
use crate::budget::Allow;
use crate::identity::IdentitySet;
use crate::rules::RuleId;
use crate::statement::Fingerprint;

/// What ran outside the allows of one rule.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    /// The first allow of this rule: its reason is the one that is told.
    pub(crate) allow: Allow,
    pub(crate) rule: RuleId,
    pub(crate) ledger: Box<Ledger>,
    /// Statements that were covered: a second source may tell of them from a
    /// place where nobody knows that.
    pub(super) covered: IdentitySet<Fingerprint>,
}

/// The rules that an execution was allowed to break: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules(u32);

impl Rules {
    pub(super) fn of(allows: &[Allow]) -> Self {
        let rules = allows.iter().filter_map(Allow::holding_rule);
        Self(rules.fold(0, |all, rule| all | 1 << rule as u32))
    }

    pub(super) fn has(self, rule: RuleId) -> bool {
        self.0 & 1 << rule as u32 != 0
    }
}

impl Ledger {
    /// Opens the second ledgers of these allows, where there are none yet.
    pub(crate) fn begin_allows(&mut self, allows: &[Allow]) {
        for allow in allows {
            let Some(rule) = allow.rule_id() else {
                continue;
            };
            // An expired one is kept for the report to say so.
            let known = self.outside.iter_mut().find(|it| it.rule == rule);
            match known {
                Some(known) if known.allow.is_expired() && !allow.is_expired() => {
                    known.allow = *allow;
                }
                Some(_) => {}
                None => {
                    let ledger = Self {
                        outside: Vec::new(),
                        nested: Vec::new(),
                        ..self.clone()
                    };
                    self.outside.push(Outside {
                        allow: *allow,
                        rule,
                        ledger: Box::new(ledger),
                        covered: IdentitySet::default(),
                    });
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn record_outside(&mut self, execution: &Execution<'_>) {
        self.begin_allows(execution.allows);
        let allowed = Rules::of(execution.allows);
        for outside in &mut self.outside {
            if allowed.has(outside.rule) {
                outside.covered.insert(execution.statement.fingerprint());
            } else {
                outside.ledger.record_here(execution);
            }
        }
    }

    /// Tells the second ledgers what is not about one statement.
    #[inline]
    pub(super) fn tell_outside(&mut self, tell: impl Fn(&mut Self)) {
        for outside in &mut self.outside {
            tell(&mut outside.ledger);
        }
    }

    /// What ran outside the allows of each rule that had one.
    pub(crate) fn outside(&self) -> &[Outside] {
        &self.outside
    }
}
