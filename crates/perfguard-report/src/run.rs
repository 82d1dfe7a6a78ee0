//! Reads what the processes of a test run have left.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::escape::escape;
use crate::line::{Allow, AllowPlace, Curve, Kind, Scope, Verdict};

/// The newest format of the lines that is known here.
const FORMAT: u32 = 1;

/// What a whole run has left.
///
/// The same lines make the same run, in whatever order they stand and however
/// the files are named.
#[derive(Debug, Default)]
pub struct Run {
    /// Those that wrote a file.
    pub processes: Vec<Process>,
    /// All that were met.
    pub allows: BTreeMap<AllowPlace, Allow>,
    /// Lines that are none of ours, or were cut off.
    pub unread: u64,
}

/// What one process of a run has left.
#[derive(Debug, Default)]
pub struct Process {
    /// Of the executable, without the hash that cargo gives it.
    pub name: Option<String>,
    /// Which statements have which fingerprint, if it said so.
    pub fingerprint_version: Option<u32>,
    /// All that ended under test.
    pub scopes: Vec<Scope>,
    /// All scaling proofs.
    pub curves: Vec<Curve>,
    /// There were more scopes than a file takes.
    pub is_full: bool,
}

/// A run that cannot be read or shown.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub(crate) fn new(problem: String) -> Self {
        Self(problem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl Run {
    /// Reads all run files of a folder.
    ///
    /// # Errors
    ///
    /// If the folder or a file cannot be read, or if a line is of a format
    /// that is newer than this version of perfguard.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let failed = |path: &Path, error: std::io::Error| {
            Error(format!("cannot read {}: {error}", shown(path)))
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
            let path = entry.map_err(|error| failed(folder, error))?.path();
            if path.extension().is_some_and(|it| it == "jsonl") {
                let bytes = fs::read(&path).map_err(|error| failed(&path, error))?;
                files.push((sorted_lines(bytes), path));
            }
        }
        files.sort();
        let mut run = Self::default();
        for (lines, path) in files {
            run.add_file(&lines)
                .map_err(|problem| Error(format!("{}: {problem}", shown(&path))))?;
        }
        Ok(run)
    }

    /// Whether no process wrote anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// All scopes of all processes.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.processes.iter().flat_map(|it| &it.scopes)
    }

    /// Scopes that broke their budget where no test could fail for it.
    pub fn unclaimed(&self) -> impl Iterator<Item = &Scope> {
        self.scopes().filter(|it| it.verdict == Verdict::Unclaimed)
    }

    /// Scopes that failed in no `#[perfguard::test]`. Where all tests have
    /// passed, somebody has caught the panic, and no test has failed for them.
    pub fn swallowed(&self) -> impl Iterator<Item = &Scope> {
        self.scopes().filter(|it| {
            it.verdict == Verdict::Failed && it.inside.is_none() && it.kind != Kind::Test
        })
    }

    /// Allows that matched nothing in the whole run.
    pub fn stale(&self) -> impl Iterator<Item = (&AllowPlace, &Allow)> {
        self.allows.iter().filter(|(_, allow)| !allow.is_needed)
    }

    fn add_file(&mut self, lines: &[Vec<u8>]) -> Result<(), String> {
        let mut process = Process::default();
        let mut is_ours = false;
        for line in lines {
            is_ours |= self.add_line(line, &mut process)?;
        }
        if is_ours {
            self.processes.push(process);
        }
        Ok(())
    }

    /// Whether it tells something that is known here.
    fn add_line(&mut self, line: &[u8], process: &mut Process) -> Result<bool, String> {
        let Ok(line) = serde_json::from_slice::<Line>(line) else {
            self.unread += 1;
            return Ok(false);
        };
        if line.format > FORMAT {
            return Err(format!(
                "written in format {}, which is newer than this command: update cargo-perfguard",
                line.format
            ));
        }
        let is_read = match line.event.as_str() {
            "process" => line.told::<ProcessLine>().map(|it| {
                process.name = it.name.map(|it| without_hash(&it).to_owned());
                process.fingerprint_version = it.fingerprint_version;
            }),
            "allow" => line.told().map(|it| self.add_allow(it)),
            "scope" => line.told().map(|it| process.scopes.push(it)),
            "curve" => line.told().map(|it| process.curves.push(it)),
            "full" => {
                process.is_full = true;
                Some(())
            }
            // Of a later version that has more to tell.
            _ => return Ok(false),
        };
        self.unread += u64::from(is_read.is_none());
        Ok(is_read.is_some())
    }

    fn add_allow(&mut self, line: AllowLine) {
        let place = AllowPlace {
            file: line.code.file,
            line: line.code.line,
            rule: line.rule,
        };
        let allow = self.allows.entry(place).or_insert_with(|| Allow {
            reason: line.reason.clone(),
            is_needed: false,
        });
        allow.is_needed |= line.needed;
        if line.reason < allow.reason {
            allow.reason = line.reason;
        }
    }
}

fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

/// The order in which lines arrived says nothing: threads race.
fn sorted_lines(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines: Vec<_> = lines
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    lines.sort();
    lines
}

/// `shop-0123456789abcdef` is `shop`: the hash changes with every dependency.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => {
            stem
        }
        _ => name,
    }
}

#[derive(Deserialize)]
struct Line {
    format: u32,
    event: String,
    #[serde(flatten)]
    rest: Value,
}

impl Line {
    fn told<T: DeserializeOwned>(self) -> Option<T> {
        serde_json::from_value(self.rest).ok()
    }
}

#[derive(Deserialize)]
struct ProcessLine {
    name: Option<String>,
    fingerprint_version: Option<u32>,
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::{Error, Run};

    fn allow(rule: &str, line: u32, needed: bool) -> String {
        format!(
            r#"{{"format":1,"event":"allow","rule":"{rule}","reason":"known","code":{{"file":"src/a.rs","line":{line}}},"needed":{needed}}}"#
        )
    }

    fn read(files: &[&[String]]) -> Result<Run, Error> {
        let folder = tempfile::tempdir().unwrap();
        for (number, lines) in files.iter().enumerate() {
            let path = folder.path().join(format!("{number}.jsonl"));
            std::fs::write(path, lines.join("\n")).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
        Run::read(folder.path())
    }

    #[test]
    fn a_failure_outside_of_a_collecting_test_may_be_swallowed() {
        let scope = |number: u64, inside: &str, kind: &str, verdict: &str| {
            format!(
                r#"{{"format":1,"event":"scope","number":{number},"inside":{inside},"kind":"{kind}","verdict":"{verdict}","scope":{{"scope":"a{number}","queries":1}}}}"#
            )
        };
        let run = read(&[&[
            scope(1, "null", "function", "failed"),
            scope(2, "4", "function", "failed"),
            scope(3, "null", "function", "passed"),
            scope(4, "null", "test", "failed"),
            scope(5, "null", "request", "unclaimed"),
        ]])
        .unwrap();
        let swallowed: Vec<_> = run.swallowed().map(|it| it.number).collect();
        assert_eq!((swallowed, run.unread), (vec![1], 0));
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
        assert_eq!((run.processes.len(), run.unread), (2, 0));
    }

    #[test]
    fn what_is_not_known_is_left_out_and_what_is_newer_is_refused() {
        let run = read(&[&[
            r#"{"format":1,"event":"weather"}"#.to_owned(),
            r#"{"format":1,"event":"allow","rule":"n-pl"#.to_owned(),
            r#"{"format":1,"event":"scope","number":"three"}"#.to_owned(),
        ]])
        .unwrap();
        assert!(run.is_empty());
        assert_eq!((run.unread, run.allows.len()), (2, 0));
        let error = read(&[&[r#"{"format":2,"event":"process"}"#.to_owned()]]).unwrap_err();
        assert!(error.to_string().contains("format 2"), "{error}");
        assert!(Run::read("no/such/folder".as_ref()).is_err());
    }

    #[test]
    fn what_a_scope_does_not_tell_is_unknown() {
        let line = r#"{"format":1,"event":"scope","number":1,"kind":"cron","verdict":"odd","scope":{"scope":"a","queries":2}}"#;
        let run = read(&[&[line.to_owned()]]).unwrap();
        let scope = run.scopes().next().unwrap();
        assert_eq!(scope.ran.rows, None);
        assert_eq!(scope.kind, crate::line::Kind::Unknown);
        assert_eq!(scope.verdict, crate::line::Verdict::Unknown);
        assert_eq!(scope.test, None);
    }

    #[test]
    fn an_executable_is_known_without_its_hash() {
        let line = |name: &str| format!(r#"{{"format":1,"event":"process","name":"{name}"}}"#);
        for (name, shown) in [
            ("shop-0123456789abcdef", "shop"),
            ("shop-api", "shop-api"),
            ("rust_out", "rust_out"),
        ] {
            let run = read(&[&[line(name)]]).unwrap();
            let process = run.processes.first().unwrap();
            assert_eq!(process.name.as_deref(), Some(shown));
        }
    }
}
