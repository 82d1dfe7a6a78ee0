//! Reads what the processes of a test run have left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The newest format of the lines that is known here.
const FORMAT: u32 = 1;

/// A line of a run file: `docs/run-files.md`.
#[derive(Deserialize)]
struct Line {
    format: u32,
    event: String,
    #[serde(flatten)]
    rest: serde_json::Value,
}

#[derive(Deserialize)]
struct AllowLine {
    rule: String,
    reason: String,
    code: Code,
    needed: bool,
}

#[derive(Deserialize)]
struct Code {
    file: String,
    line: u32,
}

/// Where an allow is written, and of which rule: what makes it one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllowPlace {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) rule: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    pub(crate) reason: String,
    /// Some process of the run had a finding that it let pass.
    pub(crate) is_needed: bool,
}

/// What a whole run has left.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) processes: u64,
    pub(crate) allows: BTreeMap<AllowPlace, Allow>,
    /// Lines that are none of ours, or were cut off.
    pub(crate) unread: u64,
}

impl Run {
    /// Reads all run files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut run = Self::default();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|it| it == "jsonl") {
                let text = fs::read_to_string(&path)
                    .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                for line in text.lines() {
                    run.add(line)
                        .map_err(|error| format!("{}: {error}", path.display()))?;
                }
            }
        }
        Ok(run)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            self.unread += 1;
            return Ok(());
        };
        if line.format > FORMAT {
            return Err(format!(
                "written in format {}, which is newer than this command: update cargo-perfguard",
                line.format
            ));
        }
        match line.event.as_str() {
            "process" => self.processes += 1,
            "allow" => match serde_json::from_value(line.rest) {
                Ok(allow) => self.add_allow(allow),
                Err(_) => self.unread += 1,
            },
            // Of a later version that has more to tell.
            _ => {}
        }
        Ok(())
    }

    fn add_allow(&mut self, line: AllowLine) {
        let place = AllowPlace {
            file: line.code.file,
            line: line.code.line,
            rule: line.rule,
        };
        let allow = self.allows.entry(place).or_insert(Allow {
            reason: line.reason,
            is_needed: false,
        });
        allow.is_needed |= line.needed;
    }

    /// Allows that matched nothing in the whole run.
    pub(crate) fn stale(&self) -> impl Iterator<Item = (&AllowPlace, &Allow)> {
        self.allows.iter().filter(|(_, allow)| !allow.is_needed)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::Run;

    fn allow(rule: &str, line: u32, needed: bool) -> String {
        format!(
            r#"{{"format":1,"event":"allow","rule":"{rule}","reason":"known","code":{{"file":"src/a.rs","line":{line}}},"needed":{needed}}}"#
        )
    }

    fn read(files: &[&[String]]) -> Result<Run, String> {
        let folder = tempfile::tempdir().unwrap();
        for (number, lines) in files.iter().enumerate() {
            let path = folder.path().join(format!("{number}.jsonl"));
            std::fs::write(path, lines.join("\n")).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
        Run::read(folder.path())
    }

    #[test]
    fn an_allow_is_stale_if_no_process_needed_it() {
        let process = r#"{"format":1,"event":"process","name":"it"}"#.to_owned();
        let run = read(&[
            &[
                process.clone(),
                allow("n-plus-one", 3, false),
                allow("n-plus-one", 9, false),
                allow("wide-select", 3, false),
            ],
            &[
                process,
                allow("n-plus-one", 3, false),
                allow("n-plus-one", 3, true),
            ],
        ])
        .unwrap();
        let stale: Vec<_> = run
            .stale()
            .map(|(place, _)| (place.rule.as_str(), place.line))
            .collect();
        assert_eq!(stale, [("wide-select", 3), ("n-plus-one", 9)]);
        assert_eq!((run.processes, run.unread), (2, 0));
    }

    #[test]
    fn what_is_not_known_is_left_out_and_what_is_newer_is_refused() {
        let run = read(&[&[
            r#"{"format":1,"event":"weather"}"#.to_owned(),
            r#"{"format":1,"event":"allow","rule":"n-pl"#.to_owned(),
        ]])
        .unwrap();
        assert_eq!((run.processes, run.unread, run.allows.len()), (0, 1, 0));
        let error = read(&[&[r#"{"format":2,"event":"process"}"#.to_owned()]]).unwrap_err();
        assert!(error.contains("format 2"), "{error}");
        assert!(Run::read("no/such/folder".as_ref()).is_err());
    }
}
