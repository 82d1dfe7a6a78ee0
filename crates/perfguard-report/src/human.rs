//! For people, on a terminal.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::escape::escape;
use crate::line::{Curve, Verdict};
use crate::spread::Spread;
use crate::summary::{Found, Handler, Summary};
use crate::table::{self, Cell, Column, wrapped};
use crate::words::{self, Part};

/// Findings that are shown in full.
const MAX_FINDINGS: usize = 20;
/// Notes that are shown, and statements that could not be explained.
const MAX_NOTES: usize = 10;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const CODE: Style = AnsiColor::Cyan.on_default();
const ADVICE: Style = AnsiColor::Yellow.on_default();

/// A table of all handlers, then the findings, for lines of `width` columns.
///
/// Styled: whoever writes it to something else than a terminal takes the
/// colours out, as `anstream` does.
#[must_use]
pub fn human(summary: &Summary<'_>, width: usize) -> String {
    let style = if summary.broken() > 0 { BAD } else { BOLD };
    let headline = words::headline(summary);
    let mut text = format!("{style}perfguard: {headline}{style:#}\n");
    if !summary.handlers.is_empty() {
        let _ = writeln!(text, "\n{}", handlers(summary, width).trim_end());
    }
    findings(&mut text, summary, width);
    curves(&mut text, summary, width);
    notes(&mut text, summary, width);
    unexplained(&mut text, summary, width);
    text.push('\n');
    text + &closing(summary)
}

/// Which allows matched nothing, and what kept the run from being seen as a
/// whole.
fn closing(summary: &Summary<'_>) -> String {
    let (claim, stale) = words::allows(summary);
    let processes = summary.run.processes.len();
    let mut text = format!("perfguard: {claim} (processes: {processes})\n");
    for line in stale.into_iter().chain(words::gaps(summary)) {
        let _ = writeln!(text, "  {}", escape(&line));
    }
    text
}

fn handlers(summary: &Summary<'_>, width: usize) -> String {
    let columns = [
        Column::Words,
        Column::Name,
        Column::Number,
        Column::Number,
        Column::Number,
        Column::Number,
        Column::Number,
        Column::Words,
    ];
    let heads = [
        "",
        "handler",
        "runs",
        "statements",
        "max",
        "rows",
        "time",
        "findings",
    ];
    let mut rows = vec![Vec::from(heads.map(|it| Cell(it.to_owned(), DIM)))];
    rows.extend(summary.handlers.iter().map(row));
    table::lines(&columns, &rows, width)
}

fn row(handler: &Handler<'_>) -> Vec<Cell> {
    let (mark, style) = match handler.verdict() {
        Verdict::Unclaimed => ("unclaimed", BAD),
        Verdict::Failed => ("failed", BAD),
        Verdict::Observed => ("observed", DIM),
        Verdict::Passed => ("passed", GOOD),
        Verdict::Unknown => ("unknown", DIM),
    };
    let is_over = handler.is_over();
    let rules = handler.findings.iter().map(|it| {
        let (rule, count) = (&it.finding.rule, it.finding.count);
        match words::is_budget(it.finding) {
            true => rule.clone(),
            false => format!("{rule} x{count}"),
        }
    });
    let rules = rules.collect::<Vec<_>>().join(", ");
    let unknown = |spread: &Spread<u64>| if spread.known.is_none() { DIM } else { PLAIN };
    let time = handler.elapsed();
    vec![
        Cell(mark.to_owned(), style),
        Cell(
            escape(handler.name),
            if handler.is_broken() { BOLD } else { PLAIN },
        ),
        Cell(handler.runs.len().to_string(), DIM),
        Cell(
            words::number(handler.queries()),
            if is_over { BAD } else { PLAIN },
        ),
        Cell(
            handler
                .max
                .map_or_else(|| "-".to_owned(), |it| it.to_string()),
            DIM,
        ),
        Cell(words::number(handler.rows()), unknown(&handler.rows())),
        Cell(
            time.most()
                .map_or_else(|| "unknown".to_owned(), words::seconds),
            DIM,
        ),
        Cell(escape(&rules), BAD),
    ]
}

fn findings(text: &mut String, summary: &Summary<'_>, width: usize) {
    let mut left = MAX_FINDINGS;
    for handler in summary.handlers.iter().filter(|it| !it.findings.is_empty()) {
        if left == 0 {
            break;
        }
        heading(text, handler);
        for found in handler.findings.iter().take(left) {
            text.push('\n');
            claim(text, handler, found);
            detail(text, found, width);
        }
        left -= handler.findings.len().min(left);
    }
    let hidden = summary.findings().count().saturating_sub(MAX_FINDINGS);
    if hidden > 0 {
        let _ = writeln!(
            text,
            "\n{} more: --format html or json shows all",
            words::plural(hidden as u64, "finding")
        );
    }
}

fn heading(text: &mut String, handler: &Handler<'_>) {
    let code = handler.code.map(words::place_of);
    let code = code.map(|it| format!(" ({})", escape(&it)));
    let style = if handler.is_broken() { BAD } else { BOLD };
    let broken = if handler.is_broken() {
        "query budget broken: "
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "\n{style}{broken}{}{style:#}{}",
        escape(handler.name),
        code.unwrap_or_default()
    );
    let _ = writeln!(text, "  {}", words::cost(handler));
    if handler.count(Verdict::Unclaimed) > 0 {
        let _ = writeln!(
            text,
            "  unclaimed: no test could fail for it, as it ran where none saw it end"
        );
    }
    let tests: Vec<String> = handler.tests().into_iter().map(escape).collect();
    match tests.as_slice() {
        [] => {}
        [test] => {
            let _ = writeln!(text, "  in the test {test}");
        }
        [test, more @ ..] => {
            let _ = writeln!(text, "  in the test {test} and {} more", more.len());
        }
    }
}

fn claim(text: &mut String, handler: &Handler<'_>, found: &Found<'_>) {
    let claim = escape(&words::claim(found.finding));
    let often = words::how_often(handler, found);
    let often = often.map(|it| format!(" ({it})")).unwrap_or_default();
    let _ = writeln!(text, "  {BOLD}{claim}{BOLD:#}{often}");
}

fn detail(text: &mut String, found: &Found<'_>, width: usize) {
    for (part, line) in words::detail(found.finding) {
        let (indent, style) = match part {
            Part::Cause => (4, PLAIN),
            Part::Fix => (4, ADVICE),
            Part::Page => (4, DIM),
            Part::Place | Part::Proof => (4, PLAIN),
            Part::Statement => (6, CODE),
        };
        let line = wrapped(&escape(&line), indent, width);
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
}

fn curves(text: &mut String, summary: &Summary<'_>, width: usize) {
    for curve in &summary.curves {
        let is_broken = curve.verdict == Verdict::Failed;
        let style = if is_broken { BAD } else { BOLD };
        let verdict = if is_broken { "failed" } else { "passed" };
        let _ = writeln!(
            text,
            "\n{style}scaling {verdict}: {}{style:#}, {}",
            escape(&curve.name),
            words::slope(curve)
        );
        let _ = writeln!(text, "{}", wrapped(&words::points(curve), 2, width));
        for (counts, sql) in growing(curve) {
            let line = wrapped(&format!("{counts}  {}", escape(&sql)), 6, width);
            let _ = writeln!(text, "{CODE}{line}{CODE:#}");
        }
    }
}

/// What a scaling proof saw grow: `2, 4, 8` and the statement.
fn growing(curve: &Curve) -> impl Iterator<Item = (String, String)> {
    curve.statements.iter().map(|it| {
        let counts: Vec<String> = it.counts.iter().map(u64::to_string).collect();
        (counts.join(", "), words::sql(&it.db.text))
    })
}

fn notes(text: &mut String, summary: &Summary<'_>, width: usize) {
    for (handler, note) in summary.notes().take(MAX_NOTES) {
        let claim = words::claim(note.finding);
        let explanation = words::explanation(note.finding);
        let explanation = explanation.map(|it| format!(", {it}")).unwrap_or_default();
        let line = escape(&format!("note: {}: {claim}{explanation}", handler.name));
        let _ = writeln!(text, "\n{}", wrapped(&line, 0, width));
        let place = note.finding.code.as_ref().or(handler.code);
        if let Some(place) = place {
            let _ = writeln!(text, "    at {}", escape(&words::place_in(place)));
        }
        let proof = note.finding.proof.as_ref().map(words::proof);
        for line in proof.into_iter().flatten() {
            let _ = writeln!(text, "{}", wrapped(&escape(&line), 4, width));
        }
    }
    let hidden = summary.notes().count().saturating_sub(MAX_NOTES);
    if hidden > 0 {
        let _ = writeln!(text, "\n{} more", words::plural(hidden as u64, "note"));
    }
}

fn unexplained(text: &mut String, summary: &Summary<'_>, width: usize) {
    for (handler, it) in summary.unexplained().take(MAX_NOTES) {
        let line = escape(&format!("not explained: {}: {}", handler.name, it.reason));
        let sql = wrapped(&escape(&words::sql(&it.text)), 6, width);
        let _ = writeln!(text, "\n{}\n{CODE}{sql}{CODE:#}", wrapped(&line, 0, width));
    }
    let hidden = summary.unexplained().count().saturating_sub(MAX_NOTES);
    if hidden > 0 {
        let hidden = words::plural(hidden as u64, "statement");
        let _ = writeln!(text, "\n{hidden} more that could not be explained");
    }
}
