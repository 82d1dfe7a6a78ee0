//! What was found, and how it is printed.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::escape::escape;

/// The version of the JSON.
const FORMAT: u32 = 1;

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const MILD: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Note,
    Ok,
    Problem,
}

#[derive(Debug, Serialize)]
struct Line {
    section: &'static str,
    level: Level,
    text: String,
    #[serde(rename = "do")]
    advice: Option<String>,
}

/// Lines, in sections.
#[derive(Debug, Default)]
pub(super) struct Diagnosis {
    section: &'static str,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    problems: usize,
    notes: usize,
    lines: &'a [Line],
}

impl Diagnosis {
    /// What is added from now on belongs to this section.
    pub(super) fn begin(&mut self, section: &'static str) {
        self.section = section;
    }

    /// It is as it should be.
    pub(super) fn ok(&mut self, text: impl AsRef<str>) {
        self.add(Level::Ok, text.as_ref(), None);
    }

    /// Something is not seen, or does not do what somebody may expect.
    pub(super) fn note(&mut self, text: impl AsRef<str>, advice: impl AsRef<str>) {
        self.add(Level::Note, text.as_ref(), Some(advice.as_ref()));
    }

    /// It does not work, and nobody would hear of it otherwise.
    pub(super) fn problem(&mut self, text: impl AsRef<str>, advice: impl AsRef<str>) {
        self.add(Level::Problem, text.as_ref(), Some(advice.as_ref()));
    }

    fn add(&mut self, level: Level, text: &str, advice: Option<&str>) {
        self.lines.push(Line {
            section: self.section,
            level,
            text: escape(text),
            advice: advice.map(escape),
        });
    }

    fn count(&self, level: Level) -> usize {
        self.lines.iter().filter(|it| it.level == level).count()
    }

    pub(super) fn has_problem(&self) -> bool {
        self.count(Level::Problem) > 0
    }

    pub(super) fn human(&self) -> String {
        let mut text = String::new();
        let mut section = "";
        for line in &self.lines {
            if line.section != section {
                section = line.section;
                let _ = writeln!(text, "{HEADING}{section}{HEADING:#}");
            }
            let (word, style) = match line.level {
                Level::Note => ("note", MILD),
                Level::Ok => ("ok", GOOD),
                Level::Problem => ("problem", BAD),
            };
            let _ = writeln!(text, "  {style}{word:<7}{style:#}  {}", line.text);
            if let Some(advice) = &line.advice {
                let _ = writeln!(text, "           do: {advice}");
            }
        }
        let (problems, notes) = (self.count(Level::Problem), self.count(Level::Note));
        let _ = writeln!(
            text,
            "\nperfguard: {}, {}",
            counted(problems, "problem"),
            counted(notes, "note")
        );
        text
    }

    pub(super) fn json(&self) -> Result<String, String> {
        let written = Written {
            format: FORMAT,
            problems: self.count(Level::Problem),
            notes: self.count(Level::Note),
            lines: &self.lines,
        };
        let text = serde_json::to_string_pretty(&written);
        Ok(text.map_err(|error| error.to_string())? + "\n")
    }
}

/// `1 test`, `2 tests`.
pub(super) fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
