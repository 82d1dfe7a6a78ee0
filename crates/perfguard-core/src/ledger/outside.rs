//! What ran outside the allows of a scope.
//!
//! From the first statement on that is allowed something, the ledger keeps a
//! second one for that rule, of all but what is covered. A rule that finds
//! nothing in it has found only what is allowed.

use super::{Execution, Ledger};
use crate::budget::Allow;
use crate::identity::IdentitySet;
use crate::rules::{RuleId, RuleSet};
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
    /// Further allows of this rule: for who asks which of them are needed.
    further: Vec<Allow>,
}

/// Further allows of one rule that a scope remembers.
const MAX_FURTHER: usize = 16;

impl Outside {
    /// All allows of the rule that have begun.
    pub(crate) fn allows(&self) -> impl Iterator<Item = &Allow> {
        std::iter::once(&self.allow).chain(&self.further)
    }

    fn remember(&mut self, allow: &Allow) {
        if self.further.len() < MAX_FURTHER && !self.allows().any(|known| known == allow) {
            self.further.push(*allow);
        }
    }
}

/// The rules that an execution was allowed to break.
pub(super) fn allowed(allows: &[Allow]) -> RuleSet {
    allows.iter().filter_map(Allow::holding_rule).collect()
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
                    let expired = std::mem::replace(&mut known.allow, *allow);
                    known.remember(&expired);
                }
                Some(known) => known.remember(allow),
                None => {
                    let mut ledger = Self {
                        outside: Vec::new(),
                        steps: None,
                        ..self.clone()
                    };
                    drop(ledger.take_nested());
                    self.outside.push(Outside {
                        allow: *allow,
                        rule,
                        ledger: Box::new(ledger),
                        covered: IdentitySet::default(),
                        further: Vec::new(),
                    });
                }
            }
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn record_outside(&mut self, execution: &Execution<'_>) {
        self.begin_allows(execution.allows);
        let allowed = allowed(execution.allows);
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
