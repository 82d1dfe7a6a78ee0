//! A run in which everything that others write tries to be a script.

mod list;

use std::fs;

use perfguard_report::Run;
use serde_json::json;

use list::{PAYLOADS, SCRIPT};

/// Each payload in each place that holds text.
pub(crate) fn run() -> Run {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let text = payload.replace('X', SCRIPT);
        let db = json!({
            "db.query.text": text, "db.query.summary": text,
            "db.system.name": text, "fingerprint": text,
        });
        let code = json!({
            "code.file.path": text, "code.line.number": 3, "code.function.name": text,
        });
        let finding = json!({
            "rule": text, "severity": "error", "count": 4, "db": db, "code": code,
            "source": { "db": db, "rows": 4, "code": code },
            "explanation": text, "fix": text, "page": text, "reason": text,
            "proof": { "create": text, "before": [text], "after": [text, text] },
        });
        let statement = json!({
            "count": 4, "db": db, "first": 1, "rows": 4, "elapsed_seconds": 0.1,
            "places": [{ "count": 4, "first": 1, "code": code }],
        });
        lines.push(json!({
            "format": 1, "event": "scope", "number": number, "kind": "function",
            "test": text, "verdict": "failed",
            "scope": {
                "scope": text, "queries": 4, "max": 1, "code": code, "statements": [statement],
                "unexplained": [{ "db.query.text": text, "reason": text }],
            },
            "findings": [finding], "notes": [finding], "allowed": [finding],
        }));
        lines.push(json!({
            "format": 1, "event": "curve", "name": text, "test": text, "verdict": "failed",
            "allowed": 0, "points": [{ "n": 1, "queries": 1 }, { "n": 2, "queries": 2 }],
            "statements": [{ "db": db, "counts": [1, 2] }],
        }));
        lines.push(json!({
            "format": 1, "event": "allow", "rule": text, "reason": text,
            "code": { "file": text, "line": number }, "needed": false,
        }));
    }
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    fs::write(folder.path().join("1.jsonl"), lines.join("\n")).unwrap();
    let run = Run::read(folder.path()).unwrap();
    assert_eq!(run.unread, 0);
    run
}
