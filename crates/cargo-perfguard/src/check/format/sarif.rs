//! SARIF 2.1.0.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use perfguard_lints::{LINTS, ParseProblem, Place, Related, SourceFinding};
use serde_json::{Value, json};

use crate::check::Outcome;
use crate::check::baseline::Key;
use crate::check::format::{LEFT_OUT, level};
use crate::escape::{escape, uri};

pub(super) fn text(outcome: &Outcome) -> Result<String, String> {
    let rules: Vec<Value> = LINTS
        .iter()
        .map(|it| {
            json!({
                "id": it.name,
                "shortDescription": { "text": it.summary },
                "defaultConfiguration": { "level": "warning" },
            })
        })
        .collect();
    let findings = outcome.report.findings.iter().zip(&outcome.keys);
    let results: Vec<Value> = findings
        .map(|(finding, key)| result(finding, key))
        .collect();
    let broken: Vec<Value> = outcome.broken.iter().map(notification).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "perfguard",
                "informationUri": "https://docs.rs/perfguard",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": outcome.broken.is_empty(),
                "toolExecutionNotifications": broken,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&log)
        .map_err(|error| format!("failed to write SARIF: {error}"))?;
    Ok(text + "\n")
}

fn result(finding: &SourceFinding, key: &Key) -> Value {
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .map(|(at, it)| note(at, it))
        .collect();
    let text = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}. {}", finding.message, finding.help)
    };
    json!({
        "ruleId": finding.lint.name,
        "ruleIndex": LINTS.iter().position(|it| *it == finding.lint),
        "level": level(finding),
        "message": { "text": text },
        "locations": [{ "physicalLocation": physical(&finding.path, finding.place) }],
        "relatedLocations": related,
        "partialFingerprints": { "perfguard/v1": escape(&key.text()) },
    })
}

/// A file that was left out.
fn notification(problem: &ParseProblem) -> Value {
    json!({
        "level": "error",
        "message": { "text": format!("{}: {LEFT_OUT}", escape(&problem.message)) },
        "locations": [{ "physicalLocation": physical(&problem.path, problem.place) }],
    })
}

fn note(at: usize, related: &Related) -> Value {
    json!({
        "id": at,
        "physicalLocation": physical(&related.path, related.place),
        "message": { "text": related.message },
    })
}

fn physical(path: &str, place: Place) -> Value {
    json!({
        "artifactLocation": { "uri": uri(path), "uriBaseId": "%SRCROOT%" },
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    })
}
