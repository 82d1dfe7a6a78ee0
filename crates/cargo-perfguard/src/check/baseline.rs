//! Findings that are known.
//!
//! The file has a line that says its format, then one finding a line, sorted: two branches that
//! add findings rarely touch the same line. A finding is known by what does not move when lines
//! are added above it: its file, its function, its lint, what is called, and which one of several
//! alike it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use perfguard_lints::SourceFinding;
use serde::{Deserialize, Serialize};

use crate::escape::escape;

/// The newest format that is known here.
const FORMAT: u32 = 1;

/// What a finding is known by.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Key {
    pub(crate) path: String,
    pub(crate) function: String,
    pub(crate) lint: String,
    pub(crate) callee: String,
    /// From 1, in the order of the source.
    pub(crate) ordinal: u32,
}

impl Key {
    /// The same in one text, for tools that compare texts.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&(
            &self.lint,
            &self.path,
            &self.function,
            &self.callee,
            self.ordinal,
        ))
        .unwrap_or_default()
    }
}

/// The keys of findings, in the same order.
pub(crate) fn keys(findings: &[SourceFinding]) -> Vec<Key> {
    let mut counts: BTreeMap<(&str, &str, &str, &str), u32> = BTreeMap::new();
    findings
        .iter()
        .map(|it| {
            let ordinal = counts
                .entry((&it.path, &it.function, it.lint.name, &it.callee))
                .or_default();
            *ordinal += 1;
            Key {
                path: it.path.clone(),
                function: it.function.clone(),
                lint: it.lint.name.to_owned(),
                callee: it.callee.clone(),
                ordinal: *ordinal,
            }
        })
        .collect()
}

#[derive(Deserialize, Serialize)]
struct Head {
    perfguard_baseline: u32,
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<BTreeSet<Key>, String> {
    let name = escape(&path.to_string_lossy());
    let text = fs::read_to_string(path).map_err(|error| {
        format!("failed to read the baseline {name}: {error}; `--update-baseline` writes it")
    })?;
    parse(&text).map_err(|(line, problem)| {
        format!("the baseline {name} cannot be used: line {line}: {problem}")
    })
}

fn parse(text: &str) -> Result<BTreeSet<Key>, (usize, String)> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let head = lines
        .next()
        .map(|(_, line)| serde_json::from_str::<Head>(line));
    let Some(Ok(head)) = head else {
        return Err((
            1,
            "it does not begin as the baseline of perfguard".to_owned(),
        ));
    };
    if head.perfguard_baseline > FORMAT {
        return Err((
            1,
            format!(
                "it has format {}, which is newer than this command: update cargo-perfguard",
                head.perfguard_baseline
            ),
        ));
    }
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|_| {
                let problem = if is_conflict(line) {
                    "it has a conflict of a merge: keep the lines of both sides"
                } else {
                    "it is no finding"
                };
                (at, problem.to_owned())
            })
        })
        .collect()
}

/// Whether a merge has left a line that belongs to neither side.
pub(crate) fn is_conflict(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|it| line.starts_with(it))
}

/// Writes a file, in one step: whoever reads it meets the old or the new one.
pub(crate) fn write(path: &Path, keys: &BTreeSet<Key>) -> Result<(), String> {
    let head = Head {
        perfguard_baseline: FORMAT,
    };
    let failed = |error: &dyn std::fmt::Display| {
        format!(
            "failed to write the baseline {}: {error}",
            escape(&path.to_string_lossy())
        )
    };
    let mut text = serde_json::to_string(&head).map_err(|error| failed(&error))?;
    text.push('\n');
    for key in keys {
        text += &serde_json::to_string(key).map_err(|error| failed(&error))?;
        text.push('\n');
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(".perfguard")
        .tempfile_in(folder);
    let file = file.map_err(|error| failed(&error))?;
    fs::write(file.path(), text).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use std::collections::BTreeSet;

    use super::{Key, parse, read, write};

    fn key(path: &str, ordinal: u32) -> Key {
        Key {
            path: path.to_owned(),
            function: "Post::author".to_owned(),
            lint: "query_in_loop".to_owned(),
            callee: "load".to_owned(),
            ordinal,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known");
        let keys = BTreeSet::from([
            key("src/b.rs", 1),
            key("src/a\n\".rs", 2),
            key("src/a\n\".rs", 1),
        ]);
        write(&path, &keys).unwrap();
        assert_eq!(read(&path).unwrap(), keys);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "one finding a line");
        assert!(lines.get(1..).unwrap().is_sorted());
    }

    #[test]
    fn what_cannot_be_used_is_named_with_its_line() {
        let head = "{\"perfguard_baseline\":1}\n";
        for (text, line, part) in [
            (String::new(), 1, "does not begin"),
            ("{}".to_owned(), 1, "does not begin"),
            (
                "{\"perfguard_baseline\":2}".to_owned(),
                1,
                "newer than this command",
            ),
            (format!("{head}{{\"path\":3}}"), 2, "no finding"),
            (format!("{head}\n<<<<<<< HEAD"), 3, "conflict"),
        ] {
            let (at, problem) = parse(&text).unwrap_err();
            assert_eq!(at, line, "{text}");
            assert!(problem.contains(part), "{problem}");
        }
        assert!(
            read("no/such/file".as_ref())
                .unwrap_err()
                .contains("--update-baseline")
        );
    }
}
