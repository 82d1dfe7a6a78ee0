//! The file of this process.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::allows::{self, Noted};
use super::curves::Proof;
use super::scopes::{Told, Verdict};
use crate::report::json;
use crate::settings::Live;
use crate::sink;
use crate::statement::RULE_SET_VERSION;
use crate::traced::{Traced, TracedPlace, TracedStatement};

const VARIABLE: &str = "PERFGUARD_RUN_DIR";

/// The version of the lines.
const FORMAT: u32 = 1;

/// Scopes that are written.
const MAX_SCOPES: u64 = 65_536;

/// Allows that are told apart.
const MAX_ALLOWS: usize = 4_096;

/// The file of this process.
pub(super) struct RunFile {
    written: Mutex<Written>,
}

struct Written {
    file: File,
    /// By rule, file and line: whether a line has said that it is needed.
    allows: HashMap<(String, String, u32), bool>,
    scopes: u64,
}

/// The file of this process, if one is wanted.
pub(super) fn current() -> Option<&'static RunFile> {
    static RUN: OnceLock<io::Result<Option<RunFile>>> = OnceLock::new();
    static IS_BEGUN: AtomicBool = AtomicBool::new(false);
    let run = RUN.get_or_init(|| {
        let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
        folder.map(|folder| RunFile::create(&folder)).transpose()
    });
    if !IS_BEGUN.swap(true, Ordering::Relaxed) {
        match run {
            // Which scopes they are for nobody knows before one is met.
            Ok(Some(_)) => Live::now()
                .standing_allows()
                .iter()
                .for_each(|allow| allows::note_standing(allow, false)),
            Ok(None) => {}
            Err(error) => sink::say(&format!(
                "perfguard: the run file in {VARIABLE} cannot be written: {error}"
            )),
        }
    }
    run.as_ref().ok()?.as_ref()
}

impl RunFile {
    fn create(folder: &OsStr) -> io::Result<Self> {
        create_dir_all(folder)?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanoseconds = since.map_or(0, |since| since.as_nanos());
        let name = format!("{}-{nanoseconds}.jsonl", std::process::id());
        let path = Path::new(folder).join(name);
        let mut written = Written {
            file: OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(path)?,
            allows: HashMap::new(),
            scopes: 0,
        };
        let exe = std::env::current_exe().ok();
        let exe = exe.as_deref().and_then(Path::file_stem);
        let process = exe.map(|stem| stem.to_string_lossy());
        written.write(&json!({
            "format": FORMAT,
            "event": "process",
            "name": process,
            "fingerprint_version": RULE_SET_VERSION,
        }));
        Ok(Self {
            written: Mutex::new(written),
        })
    }

    pub(super) fn note_curve(&self, proof: &Proof<'_>) {
        let line = curve(proof);
        self.written.lock().write(&line);
    }

    pub(super) fn note_scope(&self, told: &Told<'_>) {
        // Not under the lock: it looks for places.
        let line = line(told);
        let mut written = self.written.lock();
        written.scopes += 1;
        match written.scopes {
            ..=MAX_SCOPES => written.write(&line),
            number if number == MAX_SCOPES + 1 => {
                written.write(&json!({ "format": FORMAT, "event": "full" }));
            }
            _ => {}
        }
    }

    pub(super) fn note(&self, allow: &Noted<'_>) {
        let mut written = self.written.lock();
        let key = (allow.rule.to_owned(), allow.file.to_owned(), allow.line);
        let is_full = written.allows.len() >= MAX_ALLOWS;
        let is_new = match written.allows.get(&key) {
            Some(is_needed) => allow.is_needed && !is_needed,
            None => !is_full,
        };
        if is_new {
            written.allows.insert(key, allow.is_needed);
            written.write(&json!({
                "format": FORMAT,
                "event": "allow",
                "rule": allow.rule,
                "reason": allow.reason,
                "code": { "file": allow.file, "line": allow.line },
                "needed": allow.is_needed,
            }));
        }
    }
}

/// The line of a scope. Resolves places, which reads debug information.
fn line(told: &Told<'_>) -> Value {
    let report = told.report;
    let scope = report.scope();
    let traced = scope.traced.as_ref();
    let statements = traced.map_or(&[][..], Traced::listed);
    let unlisted = traced.map_or(0, Traced::unlisted);
    json!({
        "format": FORMAT,
        "event": "scope",
        "number": told.number,
        "inside": told.inside,
        "kind": told.kind,
        "test": told.test,
        "verdict": told.verdict.as_str(),
        "scope": json::scope_with(scope, statements.iter().map(statement).collect(), unlisted),
        "findings": json::own(report.findings()),
        "notes": json::own(report.notes()),
        "allowed": json::own(report.allowed()),
    })
}

/// The line of a scaling proof.
fn curve(proof: &Proof<'_>) -> Value {
    let points = proof.curve.points.iter();
    let points = points.map(|point| {
        let scope = point.scope();
        json!({
            "n": point.n,
            "queries": scope.map(|scope| scope.queries),
            "rows": scope.and_then(|scope| scope.rows),
            "elapsed_seconds": json::seconds(scope.and_then(|scope| scope.elapsed)),
        })
    });
    let statements = proof.curve.changing().into_iter();
    let statements = statements
        .map(|(statement, counts)| json!({ "db": json::statement(&statement), "counts": counts }));
    let verdict = if proof.is_passed {
        Verdict::Passed
    } else {
        Verdict::Failed
    };
    json!({
        "format": FORMAT,
        "event": "curve",
        "name": proof.curve.name(),
        "test": proof.test,
        "verdict": verdict.as_str(),
        "allowed": proof.allowed,
        "points": points.collect::<Vec<_>>(),
        "statements": statements.collect::<Vec<_>>(),
    })
}

fn statement(traced: &TracedStatement) -> Value {
    json!({
        "count": traced.count,
        "db": json::statement(&traced.statement),
        "first": traced.first,
        "rows": traced.rows,
        "elapsed_seconds": json::seconds(traced.elapsed),
        "places": traced.places.iter().map(place).collect::<Vec<_>>(),
    })
}

fn place(traced: &TracedPlace) -> Value {
    json!({
        "count": traced.count,
        "first": traced.first,
        "code": traced.place.call_site().map(json::code),
    })
}

impl Written {
    /// One line in one piece: what is read while it is written ends with a
    /// whole line, or with one that is no JSON.
    fn write(&mut self, line: &serde_json::Value) {
        // A full disk fails no test.
        let _ = self.file.write_all(format!("{line}\n").as_bytes());
    }
}
