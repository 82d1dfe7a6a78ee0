//! The table at the end.

use crate::run::{Answer, COMING, Run};

const HEAD: [&str; 8] = [
    "case", "ORM", "queries", "rows", "ms", "answer", "before", "after",
];

/// One line per run, then those that are not there yet; columns aligned.
#[must_use]
pub fn table(runs: &[Run]) -> String {
    let rows: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(runs.iter().map(row))
        .chain(COMING.iter().map(coming))
        .collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule = widths.map(|width| "-".repeat(width));
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    lines.insert(1, line(&rule, &widths));
    lines.join("\n")
}

fn row(run: &Run) -> [String; 8] {
    let (before, after) = (run.before(), run.after());
    let both = |of: &dyn Fn(&Answer) -> String| format!("{} > {}", of(before), of(after));
    let missed = run.missed();
    [
        run.case().to_owned(),
        run.orm().to_owned(),
        both(&|it| it.queries().to_string()),
        both(&rows),
        both(&|it| it.elapsed().as_millis().to_string()),
        answers(run),
        if missed.is_empty() {
            fired(before)
        } else {
            format!("NOT CAUGHT by {}", missed.join(", "))
        },
        if after.is_silent() {
            "silent".to_owned()
        } else {
            format!("NOT SILENT: {}", fired(after))
        },
    ]
}

fn coming((case, rule): &(&str, &str)) -> [String; 8] {
    let before = format!("not there yet: {rule}");
    [case, "", "", "", "", "", &before, ""].map(str::to_owned)
}

fn rows(answer: &Answer) -> String {
    let rows = answer.report().rows();
    rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string())
}

fn answers(run: &Run) -> String {
    let (before, after) = (run.before().body(), run.after().body());
    match (run.answers_agree(), before == after) {
        (true, true) => "same".to_owned(),
        (true, false) => format!("{} > {} bytes", before.len(), after.len()),
        (false, _) => "WRONG".to_owned(),
    }
}

/// The rules and how often they fired, if more than once.
fn fired(answer: &Answer) -> String {
    let fired = answer.fired().into_iter().map(|(rule, count)| match count {
        1 => rule.to_owned(),
        _ => format!("{count} x {rule}"),
    });
    fired.collect::<Vec<_>>().join(", ")
}

fn line(row: &[String; 8], widths: &[usize; 8]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    cells.join(" | ").trim_end().to_owned()
}
