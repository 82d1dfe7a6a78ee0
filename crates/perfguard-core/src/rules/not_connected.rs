//! `not-connected`: a budgeted scope under test saw nothing, for a reason that
//! is not the handler's.
//!
//! Silence would look like success. Fires when no adapter is installed, when
//! no connection was made since, or when queries ran in no scope while this
//! one was open. An early return that needs no query stays silent, and
//! `allow_empty` (or `max = 0`) says that none is expected. Where the scope did
//! see statements, others in no scope are a note.

use super::{Facts, RuleId};
use crate::adapter::Silence;
use crate::finding::{Finding, Severity};

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let Some(silence) = &facts.silence else {
        return;
    };
    if facts.queries > 0 {
        if let Silence::Unattributed(count) = silence {
            let mut note = Finding::new(RuleId::NotConnected, Severity::Note, *count);
            note.explanation = Some(format!(
                "{count} statements ran in no scope while this one was open: if they are this function's, carry the scope with `perfguard::in_current_scope(..)`"
            ));
            findings.push(note);
        }
        return;
    }
    if facts.budget.is_none_or(|budget| budget.allows_empty()) {
        return;
    }
    let (count, explanation, fix) = match silence {
        Silence::NoAdapter => (
            0,
            "no statement was seen, and no ORM is connected to perfguard".to_owned(),
            "call `perfguard::diesel::install()?` before the first connection is made, or `perfguard::sea_orm::install(&mut db)` before the connection is cloned, or add `perfguard::sqlx::layer()` to the subscriber, also in tests",
        ),
        Silence::NoConnection(adapters) => (
            0,
            format!(
                "no statement was seen: {} is connected to perfguard, but no connection was made since",
                adapters.join(" and ")
            ),
            "connect perfguard before the connection or the pool is made; connections that exist already are not seen, and a mock or proxy connection of SeaORM only in `perfguard::sea_orm::Guarded`",
        ),
        Silence::Unattributed(count) => (
            *count,
            format!(
                "no statement was seen in this scope, but {count} ran in no scope while it was open"
            ),
            "`spawn`, `spawn_blocking` and threads do not carry the scope: pass them `perfguard::in_current_scope(..)`, as in `spawn_blocking(perfguard::in_current_scope(move || ..))`",
        ),
    };
    let mut finding = Finding::new(RuleId::NotConnected, Severity::Error, count);
    finding.explanation = Some(explanation);
    finding.fix = format!("{fix}; a handler that may run no statement says `allow_empty`");
    findings.push(finding);
}
