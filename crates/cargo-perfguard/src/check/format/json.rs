//! Messages as cargo prints those of rustc, one a line: what reads these reads ours.
//!
//! <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>

use perfguard_lints::{Place, Related, SourceFinding};
use serde_json::{Value, json};

use crate::check::Outcome;
use crate::check::format::{Texts, level};
use crate::escape::{ascii, escape};

pub(super) fn text(outcome: &Outcome) -> Result<String, String> {
    let texts = Texts::of(outcome);
    let mut lines = Vec::new();
    for finding in &outcome.report.findings {
        lines.push(message(finding, outcome, &texts));
    }
    let success = outcome.broken.is_empty();
    lines.push(json!({ "reason": "build-finished", "success": success }));
    let lines = lines.iter().map(|it| {
        let line =
            serde_json::to_string(it).map_err(|error| format!("failed to write JSON: {error}"))?;
        Ok(ascii(&line) + "\n")
    });
    lines.collect()
}

fn message(finding: &SourceFinding, outcome: &Outcome, texts: &Texts) -> Value {
    let source = outcome.sources.iter().find(|it| it.shown == finding.path);
    let number = source.map(|it| it.package);
    let package = number.and_then(|it| outcome.members.package(it));
    let mut children: Vec<Value> = finding.related.iter().map(|it| note(it, texts)).collect();
    if !finding.help.is_empty() {
        children.push(child("help", &finding.help, Vec::new()));
    }
    json!({
        "reason": "compiler-message",
        "package_id": package.map(|it| &it.id),
        "manifest_path": package.map(|it| &it.manifest_path),
        "target": number.and_then(|it| outcome.members.target(it)),
        "message": {
            "$message_type": "diagnostic",
            "message": finding.message,
            "code": { "code": format!("perfguard::{}", finding.lint.name), "explanation": null },
            "level": level(finding),
            "spans": [span(&finding.path, finding.place, "", texts)],
            "children": children,
            "rendered": rendered(finding),
        },
    })
}

fn note(related: &Related, texts: &Texts) -> Value {
    let span = span(&related.path, related.place, &related.message, texts);
    child("note", &related.message, vec![span])
}

fn child(level: &str, message: &str, spans: Vec<Value>) -> Value {
    json!({
        "message": message,
        "code": null,
        "level": level,
        "spans": spans,
        "children": [],
        "rendered": null,
    })
}

fn span(path: &str, place: Place, label: &str, texts: &Texts) -> Value {
    let text = texts.get(path).lines().nth(place.line.saturating_sub(1));
    let is_one_line = place.line == place.end_line;
    json!({
        "file_name": path,
        "byte_start": place.start,
        "byte_end": place.end,
        "line_start": place.line,
        "line_end": place.end_line,
        "column_start": place.column,
        "column_end": place.end_column,
        "is_primary": true,
        "text": text.filter(|_| is_one_line).map(|it| json!([{
            "text": it,
            "highlight_start": place.column,
            "highlight_end": place.end_column,
        }])).unwrap_or_else(|| json!([])),
        "label": (!label.is_empty()).then_some(label),
        "suggested_replacement": null,
        "suggestion_applicability": null,
        "expansion": null,
    })
}

/// In one line, for those that print nothing else.
fn rendered(finding: &SourceFinding) -> String {
    let (level, lint, message) = (level(finding), finding.lint.name, &finding.message);
    let (path, place) = (escape(&finding.path), finding.place);
    let mut text = format!("{level}[perfguard::{lint}]: {message}\n --> {path}:{place}\n");
    for related in &finding.related {
        text += &format!(
            "note: {}\n --> {}:{}\n",
            related.message,
            escape(&related.path),
            related.place
        );
    }
    if !finding.help.is_empty() {
        text += &format!("help: {}\n", finding.help);
    }
    text + "\n"
}
