//! What a process of a test run leaves behind, for whoever reads the whole run:
//! lines of JSON in a file of its own, in the folder that `PERFGUARD_RUN_DIR`
//! names. Without that variable nothing is written, and nothing in production.
//!
//! `docs/run-files.md` describes the lines. A process writes each of them once,
//! so that a file is bounded by what the code states.

use crate::budget::Allow;
use crate::finding::Finding;
use crate::ledger::Ledger;
use crate::rules::RuleId;
use crate::scope::State;
use crate::standing::StandingAllow;

/// Notes the allows that a scope under test met, and whether they were needed.
pub(crate) fn note_allows(scope: &State, ledger: &Ledger, judged: &[Finding]) {
    let Some(run) = file::current() else { return };
    // One that has expired is not needless: its finding is there.
    let is_needed = |rule: RuleId, allow: &Allow| {
        let mut findings = judged.iter().filter(|finding| finding.rule == rule);
        findings.any(|finding| finding.allowed.is_some() || allow.is_expired())
    };
    let own = scope.budget().into_iter().flat_map(|it| it.allows());
    let inside = ledger.outside().iter().flat_map(|it| it.allows());
    // One without a place is an adapter's: nobody could remove it.
    let placed = own
        .chain(inside)
        .filter(|allow| !allow.place().0.is_empty());
    for allow in placed {
        if let Some(rule) = allow.rule_id() {
            run.note(&Noted::of(allow, is_needed(rule, allow)));
        }
    }
}

/// Notes a standing allow.
pub(crate) fn note_standing(allow: &'static StandingAllow, is_needed: bool) {
    if let Some(run) = file::current() {
        let (file, line) = allow.place();
        run.note(&Noted {
            rule: allow.rule(),
            reason: allow.reason(),
            file,
            line,
            is_needed,
        });
    }
}

/// An allow as a line tells of it.
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "no line is written")
)]
struct Noted<'a> {
    rule: &'a str,
    reason: &'a str,
    file: &'a str,
    line: u32,
    is_needed: bool,
}

impl<'a> Noted<'a> {
    fn of(allow: &'a Allow, is_needed: bool) -> Self {
        let (file, line) = allow.place();
        Self {
            rule: allow.rule(),
            reason: allow.reason(),
            file,
            line,
            is_needed,
        }
    }
}

#[cfg(feature = "json")]
mod file {
    use std::collections::HashMap;
    use std::ffi::OsStr;
    use std::fs::{File, OpenOptions, create_dir_all};
    use std::io::{self, Write};
    use std::path::Path;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{SystemTime, UNIX_EPOCH};

    use parking_lot::Mutex;
    use serde_json::json;

    use super::Noted;
    use crate::settings::Settings;
    use crate::sink;

    const VARIABLE: &str = "PERFGUARD_RUN_DIR";

    /// The version of the lines.
    const FORMAT: u32 = 1;

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
                Ok(Some(_)) => Settings::current()
                    .standing_allows()
                    .iter()
                    .for_each(|allow| super::note_standing(allow, false)),
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
            };
            let exe = std::env::current_exe().ok();
            let exe = exe.as_deref().and_then(Path::file_stem);
            let process = exe.map(|stem| stem.to_string_lossy());
            written.write(&json!({ "format": FORMAT, "event": "process", "name": process }));
            Ok(Self {
                written: Mutex::new(written),
            })
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

    impl Written {
        /// One line in one piece: what is read while it is written ends with a
        /// whole line, or with one that is no JSON.
        fn write(&mut self, line: &serde_json::Value) {
            // A full disk fails no test.
            let _ = self.file.write_all(format!("{line}\n").as_bytes());
        }
    }
}

#[cfg(not(feature = "json"))]
mod file {
    use super::Noted;

    pub(super) enum RunFile {}

    pub(super) fn current() -> Option<&'static RunFile> {
        None
    }

    impl RunFile {
        pub(super) fn note(&self, _: &Noted<'_>) {
            match *self {}
        }
    }
}
