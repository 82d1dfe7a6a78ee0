//! In production Diesel's statements are recognised by their type: the same
//! is found, and what was not read is said.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// What each scenario of the program says, by name.
fn run(enforcement: &str) -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_identification"))
        .env("PERFGUARD", enforcement)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let said: Value = serde_json::from_str(line).unwrap();
            (said["name"].as_str().unwrap().to_owned(), said)
        })
        .collect()
}

#[test]
fn what_is_recognised_gives_the_findings_of_what_is_read() {
    let (read, recognised) = (run("fail"), run("warn"));
    assert_eq!(read.len(), recognised.len());
    assert!(read.len() > 8);
    for (name, read) in &read {
        if name == "allocations" {
            continue;
        }
        let recognised = &recognised[name];
        assert_eq!(read["queries"], recognised["queries"], "{name}");
        assert_eq!(read["statements"], recognised["statements"], "{name}");
        let in_one = |said: &Value| said["in_one_transaction"].as_u64().unwrap();
        assert_eq!(in_one(read), in_one(recognised), "{name}");
        let findings = |said: &Value| said["findings"].as_array().unwrap().clone();
        let (read, recognised) = (findings(read), findings(recognised));
        assert_eq!(read.len(), recognised.len(), "{name}: {recognised:#?}");
        for (read, recognised) in read.iter().zip(&recognised) {
            for field in ["rule", "statement"] {
                assert_eq!(read[field], recognised[field], "{name}");
            }
            // A place is captured from the third execution on.
            let is_placed = read["rule"] == "n-plus-one" || !recognised["line"].is_null();
            assert!(!is_placed || read["line"] == recognised["line"], "{name}");
            for (field, at_least) in [
                ("count", "at_least"),
                ("distinct_binds", "distinct_binds_at_least"),
            ] {
                assert_ne!(read[at_least], true, "{name}: a test reads everything");
                if recognised[at_least] == true {
                    assert!(recognised[field].as_u64() <= read[field].as_u64(), "{name}");
                } else {
                    assert_eq!(recognised[field], read[field], "{name}");
                }
            }
        }
    }
    let loops = &recognised["a long loop"]["findings"][0];
    assert_eq!(
        (&loops["rule"], &loops["count"]),
        (&"n-plus-one".into(), &150.into())
    );
    assert_eq!(loops["distinct_binds_at_least"], true);
}

#[test]
fn a_recognised_statement_allocates_nothing() {
    assert_eq!(run("warn")["allocations"]["more"], 0);
}
