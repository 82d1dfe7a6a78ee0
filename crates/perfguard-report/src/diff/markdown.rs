//! Markdown, for a comment on a pull request.

use std::fmt::Write;

use super::{Change, Diff, HandlerDiff, Pair};
use crate::bounded::Bounded;
use crate::markdown::{code, reference};
use crate::words;

/// What GitHub takes as a comment.
const MAX: usize = 65_536;
/// What is kept for saying that there was more.
const TAIL: usize = 512;

impl Diff<'_> {
    /// A table of what differs, then the statements, to be unfolded; at most
    /// 64 KiB.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mark = if self.is_growth() { "❌" } else { "✅" };
        let mut pieces = Bounded::new(MAX - TAIL);
        pieces.push(&format!("### {mark} perfguard: {}\n", self.headline()));
        for (number, handler) in self.handlers.iter().enumerate() {
            if number == 0 {
                pieces.push("\n| | handler | statements | budget |\n|---|---|--:|--:|\n");
            }
            pieces.push(&row(handler));
        }
        let with_statements = self.handlers.iter().filter(|it| !it.statements.is_empty());
        with_statements.for_each(|it| pieces.push(&statements(it)));
        let (mut text, dropped) = pieces.end();
        if dropped > 0 {
            text += "\nThere is more than a comment takes: `cargo perfguard diff` shows all.\n";
        }
        text
    }
}

fn row(handler: &HandlerDiff<'_>) -> String {
    let change = match handler.change {
        Change::Grew => "❌ grew",
        Change::Fell => "✅ fell",
        change => change.as_str(),
    };
    let budget = match handler.max {
        Pair {
            base: None,
            head: None,
        } => String::new(),
        max => arrow(max),
    };
    let (name, queries) = (code(handler.name), arrow(handler.queries));
    format!("| {change} | {name} | {queries} | {budget} |\n")
}

fn statements(handler: &HandlerDiff<'_>) -> String {
    let name = code(handler.name);
    let mut text = format!("\n<details><summary>{name}</summary>\n\n<pre>\n");
    for statement in &handler.statements {
        let (change, count) = (statement.change.as_str(), statement.count.shown());
        let sql = words::sql(&statement.db.text);
        let _ = writeln!(text, "{}", reference(&format!("{change} {count}: {sql}")));
        if let Some(place) = statement.code {
            let _ = writeln!(text, "    {}", reference(&words::place_in(place)));
        }
    }
    text + "</pre>\n\n</details>\n"
}

fn arrow(pair: Pair) -> String {
    pair.shown().replace("->", "→")
}
