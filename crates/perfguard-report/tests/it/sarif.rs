//! What GitHub and the standard want of a log.

use std::collections::BTreeSet;

use perfguard_report::{Run, Summary, sarif};
use serde_json::Value;

use crate::{payloads, run};

fn log(run: &Run) -> Value {
    serde_json::from_str(&sarif(&Summary::of(run))).unwrap()
}

fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value
        .pointer(path)
        .unwrap_or_else(|| panic!("no {path} in {value:#}"))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path)
        .as_str()
        .unwrap_or_else(|| panic!("{path} is no text"))
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path)
        .as_array()
        .unwrap_or_else(|| panic!("{path} is no list"))
}

#[test]
fn a_log_has_what_the_standard_wants() {
    for run in [run("blog"), run("hostile"), payloads::run(), Run::default()] {
        let log = log(&run);
        assert_eq!(text(&log, "/version"), "2.1.0");
        assert!(text(&log, "/$schema").ends_with("sarif-2.1.0.json"));
        let [run] = list(&log, "/runs") else {
            panic!("one run")
        };
        assert_eq!(text(run, "/tool/driver/name"), "perfguard");
        let rules = list(run, "/tool/driver/rules");
        let ids: BTreeSet<&str> = rules.iter().map(|it| text(it, "/id")).collect();
        assert_eq!(ids.len(), rules.len(), "each rule once");
        for rule in rules {
            assert_ne!(text(rule, "/shortDescription/text"), "");
        }
        for result in list(run, "/results") {
            let index = at(result, "/ruleIndex").as_u64().unwrap();
            let rule = rules.get(usize::try_from(index).unwrap()).unwrap();
            assert_eq!(text(rule, "/id"), text(result, "/ruleId"));
            assert!(matches!(text(result, "/level"), "error" | "note"));
            assert_ne!(text(result, "/message/text"), "");
            assert_ne!(text(result, "/partialFingerprints/perfguard~1v1"), "");
            let locations = list(result, "/locations");
            assert_eq!(locations.len(), 1, "GitHub refuses a log without");
            for location in locations.iter().chain(list(result, "/relatedLocations")) {
                let location = at(location, "/physicalLocation");
                let uri = text(location, "/artifactLocation/uri");
                assert_eq!(text(location, "/artifactLocation/uriBaseId"), "%SRCROOT%");
                assert!(
                    !uri.starts_with('/') && !uri.contains([':', ' ', '<']),
                    "{uri}"
                );
                assert!(at(location, "/region/startLine").as_u64() > Some(0));
            }
        }
    }
}

#[test]
fn a_result_is_the_same_after_an_edit_above_it() {
    let before = log(&run("blog"));
    let moved = |value: &mut Value| {
        if let Some(line) = value
            .pointer("/code/code.line.number")
            .and_then(Value::as_u64)
        {
            *value.pointer_mut("/code/code.line.number").unwrap() = (line + 7).into();
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let runs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs/blog");
    for file in std::fs::read_dir(runs).unwrap() {
        let file = file.unwrap();
        let lines = std::fs::read_to_string(file.path()).unwrap();
        let lines = lines.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let findings = line.pointer_mut("/findings").and_then(Value::as_array_mut);
            findings.into_iter().flatten().for_each(moved);
            line.to_string()
        });
        let lines: Vec<String> = lines.collect();
        std::fs::write(folder.path().join(file.file_name()), lines.join("\n")).unwrap();
    }
    let after = log(&Run::read(folder.path()).unwrap());
    assert_ne!(before, after);
    let identities = |log: &Value| -> Vec<String> {
        let results = list(log, "/runs/0/results").iter();
        results
            .map(|it| at(it, "/partialFingerprints").to_string())
            .collect()
    };
    assert_eq!(identities(&before), identities(&after));
}

#[test]
fn what_is_allowed_is_suppressed_with_its_reason() {
    let log = log(&run("blog"));
    let results = list(&log, "/runs/0/results");
    let suppressed: Vec<&str> = results
        .iter()
        .filter_map(|it| it.pointer("/suppressions/0/justification")?.as_str())
        .collect();
    assert_eq!(suppressed, ["a post has at most ten tags"]);
}
