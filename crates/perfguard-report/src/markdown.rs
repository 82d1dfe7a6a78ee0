//! Markdown, for the summary of a step and comments.
//!
//! Text that others wrote stands in `<code>` or `<pre>` only, with all of its
//! punctuation as character references: it is no markup, no link, and nobody is
//! mentioned.

use std::fmt::Write;

use crate::bounded::Bounded;
use crate::line::{Curve, Verdict};
use crate::summary::{Found, Handler, Summary};
use crate::words;

use crate::escape::escape;

/// What GitHub takes as the summary of a step.
const MAX: usize = 1024 * 1024;
/// What is kept for saying that there was more.
const TAIL: usize = 1024;

/// A table of all handlers, then the findings, each to be unfolded; at most
/// 1 MiB.
#[must_use]
pub fn markdown(summary: &Summary<'_>) -> String {
    let mut pieces = Bounded::new(MAX - TAIL);
    pieces.push(&format!("## perfguard: {}\n", words::headline(summary)));
    let (claim, stale) = words::allows(summary);
    for (number, handler) in summary.handlers.iter().enumerate() {
        if number == 0 {
            pieces.push("\n| | handler | runs | statements | budget | rows | time | findings |\n|---|---|--:|--:|--:|--:|--:|---|\n");
        }
        pieces.push(&row(handler));
    }
    for (number, (handler, found)) in summary.findings().enumerate() {
        pieces.push(if number == 0 { "\n### Findings\n" } else { "" });
        pieces.push(&finding(handler, found));
    }
    for (number, curve) in summary.curves.iter().enumerate() {
        pieces.push(if number == 0 { "\n### Scaling\n\n" } else { "" });
        pieces.push(&scaling(curve));
    }
    for (number, (handler, note)) in summary.notes().enumerate() {
        pieces.push(if number == 0 { "\n### Notes\n\n" } else { "" });
        pieces.push(&self::note(handler, note));
    }
    for (number, (handler, it)) in summary.unexplained().enumerate() {
        pieces.push(if number == 0 {
            "\n### Not explained\n\n"
        } else {
            ""
        });
        let claimed = code(&format!("{}: {}", handler.name, it.reason));
        pieces.push(&format!("- {claimed} {}\n", code(&words::sql(&it.text))));
    }
    let processes = summary.run.processes.len();
    pieces.push(&format!("\n{claim} (processes: {processes})\n\n"));
    for line in stale.iter().chain(&words::gaps(summary)) {
        pieces.push(&format!("- {}\n", code(line)));
    }
    let (mut text, dropped) = pieces.end();
    if dropped > 0 {
        text += "\nThere is more than GitHub takes: `cargo perfguard report --format html` shows all.\n";
    }
    text
}

fn row(handler: &Handler<'_>) -> String {
    let mark = match handler.verdict() {
        Verdict::Unclaimed => "❌ unclaimed",
        Verdict::Failed => "❌ failed",
        Verdict::Observed => "observed",
        Verdict::Passed => "✅",
        Verdict::Unknown => "unknown",
    };
    let rules = handler.findings.iter().map(|it| code(&it.finding.rule));
    let rules: Vec<String> = rules.collect();
    let max = handler.max.map_or_else(String::new, |it| it.to_string());
    let time = handler.elapsed().most();
    format!(
        "| {mark} | {} | {} | {} | {max} | {} | {} | {} |\n",
        code(handler.name),
        handler.runs.len(),
        words::number(handler.queries()),
        words::number(handler.rows()),
        time.map_or_else(|| "unknown".to_owned(), words::seconds),
        rules.join(" ")
    )
}

fn finding(handler: &Handler<'_>, found: &Found<'_>) -> String {
    let mut text = format!(
        "\n<details><summary>{}: {}</summary>\n\n<pre>\n",
        code(handler.name),
        code(&words::claim(found.finding))
    );
    let often = words::how_often(handler, found);
    let cost = words::cost(handler);
    let lines = [Some(cost), often].into_iter().flatten();
    let detail = words::detail(found.finding).into_iter().map(|(_, it)| it);
    for line in lines.chain(detail) {
        let _ = writeln!(text, "{}", reference(&line));
    }
    text + "</pre>\n\n</details>\n"
}

fn scaling(curve: &Curve) -> String {
    let mark = match curve.verdict {
        Verdict::Failed => "❌",
        _ => "✅",
    };
    let (slope, points) = (words::slope(curve), words::points(curve));
    let mut text = format!("- {mark} {}, {slope}: {points}\n", code(&curve.name));
    for growing in &curve.statements {
        let counts: Vec<String> = growing.counts.iter().map(u64::to_string).collect();
        let sql = code(&words::sql(&growing.db.text));
        let _ = writeln!(text, "  - {}: {sql}", counts.join(", "));
    }
    text
}

fn note(handler: &Handler<'_>, note: &Found<'_>) -> String {
    let claim = words::claim(note.finding);
    let explanation = words::explanation(note.finding).unwrap_or_default();
    let claimed = code(&format!("{}: {claim}", handler.name));
    format!("- {claimed} {}\n", code(explanation))
}

/// Foreign text in a line, a cell, or a summary.
pub(crate) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<code>{}</code>", reference(text))
}

/// Text that is text wherever it stands.
pub(crate) fn reference(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in escape(text).chars() {
        match sign {
            // Of no meaning inside a line.
            ' ' | '(' | ')' | ',' | '-' | '/' | '=' | '?' => safe.push(sign),
            sign if sign.is_ascii_punctuation() => {
                let _ = write!(safe, "&#{};", sign as u32);
            }
            sign => safe.push(sign),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{code, markdown};
    use crate::run::Run;
    use crate::summary::Summary;

    #[test]
    fn foreign_text_is_no_markup() {
        assert_eq!(code("posts (id)"), "<code>posts (id)</code>");
        assert_eq!(
            code("`a`|<b>\n@x"),
            "<code>&#96;a&#96;&#124;&#60;b&#62;&#92;u&#123;a&#125;&#64;x</code>"
        );
    }

    #[test]
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
    fn no_more_is_written_than_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let line = |number: usize| {
            let name = "*".repeat(500);
            format!(
                r#"{{"format":1,"event":"scope","number":{number},"kind":"function","verdict":"passed","scope":{{"scope":"{name}{number}","queries":1}}}}"#
            )
        };
        let lines: Vec<String> = (0..2_000).map(line).collect();
        std::fs::write(folder.path().join("1.jsonl"), lines.join("\n")).unwrap();
        let run = Run::read(folder.path()).unwrap();
        let text = markdown(&Summary::of(&run));
        assert!(text.len() <= super::MAX, "{}", text.len());
        assert!(text.len() > super::MAX / 2, "{}", text.len());
        assert!(text.ends_with("shows all.\n"));
    }
}
