//! SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::escape::{escape, uri};
use crate::json::pretty;
use crate::line::Place;
use crate::rules::RULES;
use crate::summary::{Found, Handler, Summary};
use crate::words::{self, Part};

/// As many results as GitHub shows of a run; the worst stand first.
const MAX_RESULTS: usize = 5_000;

/// A log with a result for each finding, note and allowed finding.
#[must_use]
pub fn sarif(summary: &Summary<'_>) -> String {
    let rules = Rules::of(summary);
    let mut results = Vec::new();
    for handler in &summary.handlers {
        results.extend(handler.findings.iter().map(|it| (0, handler, it)));
        results.extend(handler.notes.iter().map(|it| (1, handler, it)));
        results.extend(handler.allowed.iter().map(|it| (2, handler, it)));
    }
    results.sort_by_key(|(rank, ..)| *rank);
    let hidden = results.len().saturating_sub(MAX_RESULTS);
    let results = results.into_iter().take(MAX_RESULTS);
    let results: Vec<Value> = results
        .map(|(_, handler, found)| result(&rules, handler, found))
        .collect();
    let mut gaps = words::gaps(summary);
    if hidden > 0 {
        gaps.push(format!("results that are left out: {hidden}"));
    }
    let unexplained = summary.unexplained();
    gaps.extend(unexplained.map(|(handler, it)| {
        let text = format!(
            "{}: not explained: {}: {}",
            handler.name, it.reason, it.text
        );
        escape(&text)
    }));
    let gaps: Vec<Value> = gaps
        .into_iter()
        .map(|it| json!({ "level": "warning", "message": { "text": it } }))
        .collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "perfguard",
                "informationUri": "https://docs.rs/perfguard",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.metadata(),
            } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": gaps,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

/// The rules by their ids, each with its place in the list.
struct Rules<'a>(BTreeMap<&'a str, Option<&'a str>>);

impl<'a> Rules<'a> {
    /// Those that are known here, and those of a later version.
    fn of(summary: &Summary<'a>) -> Self {
        let known = RULES.map(|(id, claim)| (id, Some(claim)));
        let mut rules = BTreeMap::from(known);
        for handler in &summary.handlers {
            for found in [&handler.findings, &handler.notes, &handler.allowed] {
                for found in found {
                    rules.entry(&found.finding.rule).or_insert(None);
                }
            }
        }
        Self(rules)
    }

    fn metadata(&self) -> Vec<Value> {
        let rules = self.0.iter();
        rules
            .map(|(id, claim)| {
                let id = escape(id);
                let claim = claim.map_or_else(|| id.clone(), str::to_owned);
                json!({
                    "id": id,
                    "shortDescription": { "text": claim },
                    "help": { "text": format!("{claim} See docs/rules/{id}.md in perfguard's repository.") },
                    "defaultConfiguration": { "level": "error" },
                    "properties": { "tags": ["performance", "database"] },
                })
            })
            .collect()
    }

    fn index(&self, rule: &str) -> Option<usize> {
        self.0.keys().position(|it| *it == rule)
    }
}

fn result(rules: &Rules<'_>, handler: &Handler<'_>, found: &Found<'_>) -> Value {
    let finding = found.finding;
    let fingerprint = finding.db.as_ref().map(|it| it.fingerprint.as_str());
    // Neither a line nor a count: an edit above it leaves the result what it is.
    let identity = [&finding.rule, handler.name, fingerprint.unwrap_or_default()];
    let suppressions = finding
        .reason
        .as_ref()
        .map(|reason| json!([{ "kind": "inSource", "justification": escape(reason) }]));
    let mut result = json!({
        "ruleId": escape(&finding.rule),
        "ruleIndex": rules.index(&finding.rule),
        "level": if finding.severity == "note" { "note" } else { "error" },
        "message": { "text": message(handler, found) },
        "locations": [location(handler, found)],
        "relatedLocations": related(found).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "perfguard/v1": escape(&identity.join("|")) },
    });
    if let (Some(suppressions), Some(result)) = (suppressions, result.as_object_mut()) {
        result.insert("suppressions".to_owned(), suppressions);
    }
    result
}

fn message(handler: &Handler<'_>, found: &Found<'_>) -> String {
    let claim = words::claim(found.finding);
    let mut lines = vec![escape(&format!("{}: {claim}", handler.name))];
    let detail = words::detail(found.finding);
    let detail = detail.into_iter().filter(|(part, _)| *part != Part::Place);
    lines.extend(detail.map(|(_, line)| escape(&line)));
    lines.join("\n")
}

/// Where to look. A log in which one result has no place is refused as a whole:
/// where there is none, it is the workspace.
fn location(handler: &Handler<'_>, found: &Found<'_>) -> Value {
    let workspace = Place {
        file: "Cargo.toml".to_owned(),
        line: 1,
        function: None,
    };
    let place = handler.place_of(found).unwrap_or(&workspace);
    json!({ "physicalLocation": physical(place) })
}

/// The query that the repeats came from.
fn related(found: &Found<'_>) -> Option<Value> {
    let source = found.finding.source.as_ref()?;
    let place = source.code.as_ref().filter(|it| it.is_relative())?;
    Some(json!({
        "id": 0,
        "physicalLocation": physical(place),
        "message": { "text": escape(&words::cause(source)) },
    }))
}

fn physical(place: &Place) -> Value {
    let file = json!({ "uri": uri(&place.file), "uriBaseId": "%SRCROOT%" });
    match place.line {
        0 => json!({ "artifactLocation": file }),
        line => json!({ "artifactLocation": file, "region": { "startLine": line } }),
    }
}
