//! The table at the end.

use crate::run::Run;

const HEAD: [&str; 6] = [
    "case",
    "ORM",
    "queries before",
    "queries after",
    "caught by",
    "after",
];

/// One line per run, columns aligned.
#[must_use]
pub fn table(runs: &[Run]) -> String {
    let rows: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(runs.iter().map(row))
        .collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let rule = widths.map(|width| "-".repeat(width));
    let mut lines: Vec<String> = rows.iter().map(|row| line(row, &widths)).collect();
    lines.insert(1, line(&rule, &widths));
    lines.join("\n")
}

fn row(run: &Run) -> [String; 6] {
    let after = match (run.after().is_silent(), run.answers_agree()) {
        (true, true) => "silent, same answer",
        (true, false) => "silent, ANOTHER ANSWER",
        (false, _) => "NOT SILENT",
    };
    [
        run.case().to_owned(),
        run.orm().to_owned(),
        run.before().report().queries().to_string(),
        run.after().report().queries().to_string(),
        run.caught_by().unwrap_or("NOT CAUGHT").to_owned(),
        after.to_owned(),
    ]
}

fn line(row: &[String; 6], widths: &[usize; 6]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, width)| format!("{cell:width$}"))
        .collect();
    cells.join(" | ").trim_end().to_owned()
}
