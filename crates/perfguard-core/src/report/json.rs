//! The report for machines.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Report, ScopeSummary};
use crate::callsite::CallSite;
use crate::finding::{Finding, Source};
use crate::planned::Proof;
use crate::scope::Ending;
use crate::statement::{RULE_SET_VERSION, Statement};

/// The version of the JSON that [`Report::to_json`] writes.
///
/// A report is an object with `format` (this version), `fingerprint_version`,
/// `scopes` (this one first, each with `scope`, `queries`, `rows`,
/// `rows_transferred`, `rows_affected`, `elapsed_seconds`, `connections`
/// (`established`, `establish_seconds`, `most_held`), `transactions` (`count`,
/// `committed`, `rolled_back`, `open`, `most_statements`, `longest_seconds`),
/// `calls` (`count`, `seconds`, `names`, each with `name` and `count`),
/// `refused`, `unplaced` (statements that ran again from places that nobody
/// read), `max`, `code`, `ending`, `details_dropped`, `unexplained` (statements
/// whose plans were wanted in vain, each with text and `reason`),
/// `statements`), and
/// `findings`, `notes` and `allowed`, each finding with `rule`, `severity`,
/// `count`, `at_least`, `distinct_binds` and `distinct_binds_at_least` (true
/// where not all were looked at), `scope` (an index into `scopes`), `db` (text, summary and
/// fingerprint), `code` (file and line), `source`, `explanation`, `fix`,
/// `page` (a path in perfguard's repository), `reason`, `proof` (of a missing
/// index: `create`, the plans `before` and `after` as lines, `cost_before` and
/// `cost_after` in the database's unit). What is unknown is `null`.
pub const SCHEMA_VERSION: u32 = 1;

impl Report {
    /// The report as one JSON object, described by [`SCHEMA_VERSION`].
    #[must_use]
    pub fn to_json(&self) -> String {
        let list = |findings: &[Finding]| findings.iter().map(finding).collect::<Vec<_>>();
        json!({
            "format": SCHEMA_VERSION,
            "fingerprint_version": RULE_SET_VERSION,
            "scopes": self.scopes.iter().map(scope).collect::<Vec<_>>(),
            "findings": list(&self.findings),
            "notes": list(&self.notes),
            "allowed": list(&self.allowed),
        })
        .to_string()
    }
}

/// The findings of a report's own scope, and of no other.
pub(crate) fn own(findings: &[Finding]) -> Vec<Value> {
    let own = findings.iter().filter(|finding| finding.scope == 0);
    own.map(finding).collect()
}

fn scope(scope: &ScopeSummary) -> Value {
    let statements = scope.statements.iter().map(|count| {
        json!({
            "count": count.count,
            "db": statement(&count.statement),
        })
    });
    scope_with(scope, statements.collect(), scope.unlisted)
}

/// A scope with its statements, and how many of them are not listed.
pub(crate) fn scope_with(scope: &ScopeSummary, statements: Vec<Value>, unlisted: u64) -> Value {
    json!({
        "scope": scope.name,
        "queries": scope.queries,
        "rows": scope.rows,
        "rows_transferred": scope.rows_transferred,
        "rows_affected": scope.rows_affected,
        "elapsed_seconds": seconds(scope.elapsed),
        "connections": scope.connections.map(|connections| json!({
            "established": connections.established(),
            "establish_seconds": seconds(connections.establish_time()),
            "most_held": connections.most_held(),
        })),
        "transactions": scope.transactions.map(|transactions| json!({
            "count": transactions.count(),
            "committed": transactions.committed(),
            "rolled_back": transactions.rolled_back(),
            "open": transactions.open(),
            "most_statements": transactions.most_statements(),
            "longest_seconds": seconds(transactions.longest()),
        })),
        "calls": {
            "count": scope.calls.count,
            "seconds": seconds(scope.calls.elapsed),
            "names": scope.calls.names.iter().map(|(name, count)| json!({
                "name": name,
                "count": count,
            })).collect::<Vec<_>>(),
        },
        "refused": scope.refused,
        "unplaced": scope.unplaced,
        "max": scope.max(),
        "code": scope.site.map(|site| json!({
            "code.file.path": site.file(),
            "code.line.number": site.line(),
        })),
        "status": scope.status,
        "ending": match scope.ending {
            Ending::Cancelled => "cancelled",
            Ending::Completed => "completed",
            Ending::Panicked => "panicked",
        },
        "details_dropped": scope.details_dropped,
        "unexplained": scope.unexplained.iter().map(|it| json!({
            "db.query.text": it.statement(),
            "reason": it.reason(),
        })).collect::<Vec<_>>(),
        "statements": statements,
        "statements_unlisted": unlisted,
    })
}

pub(crate) fn seconds(time: Option<Duration>) -> Value {
    json!(time.map(|time| time.as_secs_f64()))
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule(),
        "severity": finding.severity().as_str(),
        "count": finding.count(),
        "at_least": finding.at_least,
        "distinct_binds": finding.distinct_binds.map(|binds| binds.count),
        "distinct_binds_at_least": finding.distinct_binds.is_some_and(|binds| binds.at_least),
        "scope": finding.scope,
        "db": finding.statement().map(statement),
        "code": finding.call_site().map(code),
        "source": finding.source().map(source),
        "explanation": finding.explanation,
        "fix": finding.fix(),
        "page": finding.page(),
        "reason": finding.allowed(),
        "proof": finding.proof.as_deref().map(proof),
    })
}

fn proof(proof: &Proof) -> Value {
    json!({
        "create": proof.create,
        "before": proof.before,
        "after": proof.after,
        "cost_before": proof.costs.map(|(before, _)| before),
        "cost_after": proof.costs.map(|(_, after)| after),
    })
}

fn source(source: &Source) -> Value {
    json!({
        "db": statement(source.statement()),
        "rows": source.rows(),
        "code": source.call_site().map(code),
    })
}

pub(crate) fn statement(statement: &Statement) -> Value {
    json!({
        "db.query.text": statement.text(),
        "db.query.summary": statement.summary(),
        "db.system.name": statement.dialect().system_name(),
        "fingerprint": statement.fingerprint().to_string(),
    })
}

pub(crate) fn code(site: &CallSite) -> Value {
    json!({
        "code.file.path": site.file(),
        "code.line.number": site.line(),
        "code.function.name": site.function(),
    })
}
