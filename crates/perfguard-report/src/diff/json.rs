//! For programs.

use serde_json::{Value, json};

use super::{Diff, HandlerDiff, Pair, StatementDiff};
use crate::json::{place, pretty, statement};

/// The version of what is written here.
const FORMAT: u32 = 1;

impl Diff<'_> {
    /// One object, described by `docs/reports.md`.
    #[must_use]
    pub fn json(&self) -> String {
        pretty(&json!({
            "format": FORMAT,
            "growth": self.is_growth(),
            "same": self.same,
            "handlers": self.handlers.iter().map(handler).collect::<Vec<_>>(),
        }))
    }
}

fn handler(handler: &HandlerDiff<'_>) -> Value {
    json!({
        "scope": handler.name,
        "kind": handler.kind.as_str(),
        "change": handler.change.as_str(),
        "queries": pair(handler.queries),
        "max": pair(handler.max),
        "statements": handler.statements.iter().map(changed).collect::<Vec<_>>(),
    })
}

fn changed(changed: &StatementDiff<'_>) -> Value {
    json!({
        "change": changed.change.as_str(),
        "count": pair(changed.count),
        "db": statement(changed.db),
        "code": changed.code.map(place),
    })
}

fn pair(pair: Pair) -> Value {
    json!({ "base": pair.base, "head": pair.head })
}
