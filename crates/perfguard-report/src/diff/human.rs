//! For people, on a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{Change, Diff, HandlerDiff};
use crate::escape::escape;
use crate::table::wrapped;
use crate::words;

/// Where a statement stands: behind what became of it.
const INDENT: usize = 8;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const NEW: Style = AnsiColor::Yellow.on_default();

impl Diff<'_> {
    /// Styled text for lines of `width` columns.
    #[must_use]
    pub fn human(&self, width: usize) -> String {
        let style = if self.is_growth() { BAD } else { BOLD };
        let mut text = format!("{style}perfguard: {}{style:#}\n", self.headline());
        for handler in &self.handlers {
            write_handler(&mut text, handler, width);
        }
        text
    }
}

fn write_handler(text: &mut String, handler: &HandlerDiff<'_>, width: usize) {
    let (style, change) = (style(handler.change), handler.change.as_str());
    let (name, claim) = (escape(handler.name), handler.claim());
    let _ = writeln!(
        text,
        "\n{style}{change:<8}{style:#}{BOLD}{name}{BOLD:#}: {claim}"
    );
    for statement in &handler.statements {
        let (style, change) = (self::style(statement.change), statement.change.as_str());
        let (count, sql) = (statement.count.shown(), words::sql(&statement.db.text));
        let line = wrapped(&format!("{count}  {}", escape(&sql)), INDENT, width);
        let line = line.trim_start();
        let _ = writeln!(text, "  {style}{change:<6}{style:#}{line}");
        if let Some(code) = statement.code {
            let place = escape(&words::place_in(code));
            let _ = writeln!(text, "{:INDENT$}{DIM}at {place}{DIM:#}", "");
        }
    }
}

fn style(change: Change) -> Style {
    match change {
        Change::Grew => BAD,
        Change::New => NEW,
        Change::Fell | Change::Gone => GOOD,
        Change::Changed | Change::Same => DIM,
    }
}
