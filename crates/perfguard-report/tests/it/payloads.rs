//! A run in which everything that others write tries to be a script.

use std::fs;

use perfguard_report::Run;
use serde_json::json;

/// What each of them would do: a title shows whether one has run.
const SCRIPT: &str = "document.title='owned'";

/// Ways in which text has become script elsewhere.
const PAYLOADS: [&str; 42] = [
    "<script>X</script>",
    "</script><script>X</script>",
    "<SCRIPT>X</SCRIPT>",
    "<script >X</script\t>",
    "<scr<script>ipt>X</scr</script>ipt>",
    "<script src=\"data:text/javascript,X\"></script>",
    "<script type=module>X</script>",
    "<img src=x onerror=\"X\">",
    "<img src=x onerror=X>",
    "<img src=`x`onerror=X>",
    "<img/src/onerror=X>",
    "\"><img src=x onerror=X>",
    "'><img src=x onerror=X>",
    "\" onmouseover=\"X\" autofocus onfocus=\"X\" x=\"",
    "' onfocus='X' autofocus '",
    "<svg onload=X>",
    "<svg><script>X</script></svg>",
    "</svg><svg onload=X>",
    "<svg><animate onbegin=X attributeName=x dur=1s>",
    "<svg><a xlink:href=\"javascript:X\"><text y=20>x</text></a></svg>",
    "<math><mtext><script>X</script></mtext></math>",
    "<body onload=X>",
    "<iframe srcdoc=\"<script>parent.X</script>\"></iframe>",
    "<iframe src=\"javascript:parent.X\"></iframe>",
    "<object data=\"javascript:X\"></object>",
    "<embed src=\"javascript:X\">",
    "<details open ontoggle=X>",
    "<video><source onerror=X></video>",
    "<input autofocus onfocus=X>",
    "<style>@import 'javascript:X'</style>",
    "</style><script>X</script>",
    "</title><script>X</script>",
    "</textarea><script>X</script>",
    "--><script>X</script>",
    "]]><script>X</script>",
    "<!--><script>X</script>-->",
    "<meta http-equiv=refresh content=\"0;url=javascript:X\">",
    "<base href=\"javascript:X//\">",
    "<link rel=stylesheet href=\"javascript:X\">",
    "javascript:X//",
    "data:text/html,<script>X</script>",
    "&lt;script&gt;X&lt;/script&gt;&#60;script&#62;X&#60;/script&#62;",
];

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
