//! Says which allows a run did not need.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Options, complain, say};
use crate::run::Run;

/// Found what was denied.
const DENIED: u8 = 100;

/// Reads the folder of a run and says what it shows.
pub(crate) fn report(folder: &Path, options: Options) -> Result<ExitCode, String> {
    let run = Run::read(folder)?;
    if run.processes == 0 {
        return Err(format!(
            "no process wrote to {}: perfguard does under test, with its feature `json`, once a scope has ended in a process whose PERFGUARD_RUN_DIR names the folder",
            folder.display()
        ));
    }
    Ok(conclude(&run, options))
}

/// Says what a run shows; the exit code that follows from it.
pub(crate) fn conclude(run: &Run, options: Options) -> ExitCode {
    say(summary(run));
    if options.deny_stale_allows && run.stale().next().is_some() {
        complain("allows that match nothing are denied");
        return ExitCode::from(DENIED);
    }
    ExitCode::SUCCESS
}

pub(crate) fn summary(run: &Run) -> String {
    let (allows, stale) = (run.allows.len(), run.stale().count());
    let mut text = match (allows, stale) {
        (0, _) => "perfguard: this run met no allow".to_owned(),
        (_, 0) => "perfguard: every allow of this run was needed".to_owned(),
        _ => format!(
            "perfguard: of {allows} allows, {stale} matched nothing in this run; if all tests ran, remove them or test them with data that needs them"
        ),
    };
    let _ = write!(text, " (processes: {})", run.processes);
    for (place, allow) in run.stale() {
        let (rule, file, line) = (&place.rule, &place.file, place.line);
        let _ = write!(text, "\n  {rule} at {file}:{line} ({:?})", allow.reason);
    }
    if run.unread > 0 {
        let _ = write!(text, "\n  lines that could not be read: {}", run.unread);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::summary;
    use crate::run::{Allow, AllowPlace, Run};

    #[test]
    fn a_stale_allow_is_shown_with_its_place_and_reason() {
        let mut run = Run {
            processes: 2,
            ..Run::default()
        };
        assert_eq!(
            summary(&run),
            "perfguard: this run met no allow (processes: 2)"
        );
        let place = AllowPlace {
            file: "src/posts.rs".to_owned(),
            line: 12,
            rule: "n-plus-one".to_owned(),
        };
        let allow = Allow {
            reason: "at most four shards".to_owned(),
            is_needed: false,
        };
        run.allows.insert(place, allow);
        run.unread = 1;
        assert_eq!(
            summary(&run),
            "perfguard: of 1 allows, 1 matched nothing in this run; if all tests ran, remove them or test them with data that needs them (processes: 2)
  n-plus-one at src/posts.rs:12 (\"at most four shards\")
  lines that could not be read: 1"
        );
    }
}
