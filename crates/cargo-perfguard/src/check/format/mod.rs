//! What is printed of findings. Each form is safe against what stands in names and source.

mod github;
mod human;
mod json;
mod sarif;

use std::collections::HashMap;
use std::fs;
use std::io::Write;

use perfguard_lints::{Level, SourceFinding, plain};

use crate::check::Outcome;
use crate::check::options::{Format, Options};

/// What became of a file that could not be parsed.
pub(crate) const LEFT_OUT: &str = "this file was left out";

/// Prints what was found.
pub(crate) fn print(outcome: &Outcome, options: &Options) -> Result<(), String> {
    let text = match options.format {
        Format::Github => github::text(outcome),
        Format::Human => human::text(outcome),
        Format::Json => json::text(outcome)?,
        Format::Sarif => sarif::text(outcome)?,
    };
    let mut out = anstream::AutoStream::new(std::io::stdout(), options.color.into());
    // Whoever has closed the pipe does not want it.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
    Ok(())
}

/// The source of the files that findings stand in, as the places count it.
struct Texts(HashMap<String, String>);

impl Texts {
    fn of(outcome: &Outcome) -> Self {
        let mut texts = HashMap::new();
        let findings = outcome.report.findings.iter();
        let paths = findings.flat_map(|it| {
            let related = it.related.iter().map(|it| &it.path);
            related.chain([&it.path])
        });
        for path in paths {
            if !texts.contains_key(path) {
                let source = outcome.sources.iter().find(|it| it.shown == *path);
                let bytes = source
                    .and_then(|it| fs::read(&it.path).ok())
                    .unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                texts.insert(path.clone(), plain(&text).into_owned());
            }
        }
        Self(texts)
    }

    fn get(&self, path: &str) -> &str {
        self.0.get(path).map(String::as_str).unwrap_or_default()
    }
}

/// How serious a finding is, in the words that most formats share.
fn level(finding: &SourceFinding) -> &'static str {
    match finding.level {
        Level::Deny => "error",
        _ => "warning",
    }
}
