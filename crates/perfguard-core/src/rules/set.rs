//! A set of rules.

use super::RuleId;

/// A bit for each rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSet(u32);

impl RuleSet {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn has(self, rule: RuleId) -> bool {
        self.0 & 1 << rule as u32 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

impl FromIterator<RuleId> for RuleSet {
    fn from_iter<I: IntoIterator<Item = RuleId>>(rules: I) -> Self {
        Self(
            rules
                .into_iter()
                .fold(0, |all, rule| all | 1 << rule as u32),
        )
    }
}
