//! A sum over all statements, beside the limit that the attribute states.
//!
//! What is unknown of some statements is not in it: it is over its limit only
//! if the others are too much by themselves, and else nobody can tell, which is
//! said in a note.

use super::RuleId;
use crate::finding::{Finding, Severity};

pub(super) struct Sum {
    pub(super) rule: RuleId,
    pub(super) count: u64,
    pub(super) is_over: bool,
    /// Nothing is unknown.
    pub(super) is_whole: bool,
    /// The sum and its limit, and what is said where nobody can tell.
    pub(super) over: String,
    pub(super) blind: String,
    pub(super) fix: &'static str,
}

impl Sum {
    pub(super) fn finding(self) -> Option<Finding> {
        if !self.is_over && self.is_whole {
            return None;
        }
        let severity = if self.is_over {
            Severity::Error
        } else {
            Severity::Note
        };
        let mut finding = Finding::new(self.rule, severity, self.count);
        finding.at_least = !self.is_whole;
        let at_least = if self.is_whole { "" } else { "at least " };
        finding.explanation = Some(if self.is_over {
            format!("{at_least}{}", self.over)
        } else {
            self.blind
        });
        if self.is_over {
            finding.fix = self.fix.to_owned();
        }
        Some(finding)
    }
}
