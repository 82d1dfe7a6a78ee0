//! For programs.

use serde_json::{Value, json};

use crate::escape::ascii;
use crate::line::{Curve, Executed, Finding, Place, Statement, Verdict};
use crate::spread::Spread;
use crate::summary::{Found, Handler, Summary};

/// The version of what [`json`] writes.
const FORMAT: u32 = 1;

/// One object, described by `docs/reports.md`. Names are as they are: it is
/// for programs.
#[must_use]
pub fn json(summary: &Summary<'_>) -> String {
    let run = summary.run;
    let stale = run.stale().map(|(place, allow)| {
        json!({
            "rule": place.rule,
            "reason": allow.reason,
            "code": { "code.file.path": place.file, "code.line.number": place.line },
        })
    });
    pretty(&json!({
        "format": FORMAT,
        "processes": run.processes.len(),
        "full": summary.full(),
        "unread": run.unread,
        "tests": summary.tests,
        "unclaimed": run.unclaimed().count(),
        "handlers": summary.handlers.iter().map(handler).collect::<Vec<_>>(),
        "curves": summary.curves.iter().map(|it| curve(it)).collect::<Vec<_>>(),
        "allows": run.allows.len(),
        "stale_allows": stale.collect::<Vec<_>>(),
    }))
}

/// JSON that may be shown on a terminal.
pub(crate) fn pretty(value: &Value) -> String {
    ascii(&format!("{value:#}")) + "\n"
}

fn handler(handler: &Handler<'_>) -> Value {
    let verdicts = [
        Verdict::Unclaimed,
        Verdict::Failed,
        Verdict::Observed,
        Verdict::Passed,
        Verdict::Unknown,
    ];
    let verdicts = verdicts.map(|it| (it.as_str().to_owned(), handler.count(it).into()));
    let list = |found: &[Found<'_>]| found.iter().map(finding).collect::<Vec<_>>();
    json!({
        "scope": handler.name,
        "kind": handler.kind.as_str(),
        "code": handler.code.map(place),
        "verdict": handler.verdict().as_str(),
        "runs": handler.runs.len(),
        "verdicts": serde_json::Map::from_iter(verdicts),
        "tests": handler.tests(),
        "max": handler.max,
        "queries": spread(handler.queries()),
        "rows": spread(handler.rows()),
        "elapsed_seconds": spread(handler.elapsed()),
        "statements": handler.statements().into_iter().map(executed).collect::<Vec<_>>(),
        "statements_unlisted": handler.unlisted(),
        "unexplained": handler.unexplained().into_iter().map(|it| json!({
            "db.query.text": it.text,
            "reason": it.reason,
        })).collect::<Vec<_>>(),
        "findings": list(&handler.findings),
        "notes": list(&handler.notes),
        "allowed": list(&handler.allowed),
    })
}

/// The run in which it ran the most.
fn executed(executed: &Executed) -> Value {
    json!({
        "count": executed.count,
        "rows": executed.rows,
        "elapsed_seconds": executed.elapsed_seconds,
        "db": statement(&executed.db),
        "places": executed.places.iter().map(|it| json!({
            "count": it.count,
            "code": it.code.as_ref().map(place),
        })).collect::<Vec<_>>(),
    })
}

fn spread<T: Copy + PartialEq + Into<Value>>(spread: Spread<T>) -> Value {
    json!({
        "min": spread.known.map(|(least, _)| least.into()),
        "max": spread.known.map(|(_, most)| most.into()),
        "unknown": spread.unknown,
    })
}

fn finding(found: &Found<'_>) -> Value {
    let Finding {
        rule,
        severity,
        count,
        at_least,
        distinct_binds,
        distinct_binds_at_least,
        db,
        code,
        source,
        explanation,
        fix,
        page,
        reason,
        proof,
    } = found.finding;
    json!({
        "rule": rule,
        "severity": severity,
        "runs": found.runs,
        "count": count,
        "at_least": at_least,
        "distinct_binds": distinct_binds,
        "distinct_binds_at_least": distinct_binds_at_least,
        "db": db.as_ref().map(statement),
        "code": code.as_ref().map(place),
        "source": source.as_ref().map(|it| json!({
            "db": statement(&it.db),
            "rows": it.rows,
            "code": it.code.as_ref().map(place),
        })),
        "explanation": explanation,
        "fix": fix,
        "page": page,
        "reason": reason,
        "proof": proof.as_ref().map(|it| json!({
            "create": it.create,
            "before": it.before,
            "after": it.after,
            "cost_before": it.cost_before,
            "cost_after": it.cost_after,
        })),
    })
}

fn curve(curve: &Curve) -> Value {
    json!({
        "name": curve.name,
        "test": curve.test,
        "verdict": curve.verdict.as_str(),
        "allowed": curve.allowed,
        "points": curve.points.iter().map(|it| json!({
            "n": it.n,
            "queries": it.queries,
            "rows": it.rows,
            "elapsed_seconds": it.elapsed_seconds,
        })).collect::<Vec<_>>(),
        "statements": curve.statements.iter().map(|it| json!({
            "db": statement(&it.db),
            "counts": it.counts,
        })).collect::<Vec<_>>(),
    })
}

pub(crate) fn statement(statement: &Statement) -> Value {
    json!({
        "db.query.text": statement.text,
        "db.query.summary": statement.summary,
        "db.system.name": statement.system,
        "fingerprint": statement.fingerprint,
    })
}

pub(crate) fn place(place: &Place) -> Value {
    json!({
        "code.file.path": place.file,
        "code.line.number": place.line,
        "code.function.name": place.function,
    })
}
