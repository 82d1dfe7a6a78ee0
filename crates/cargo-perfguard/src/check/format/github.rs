//! Commands of GitHub Actions.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write;

use crate::check::Outcome;
use crate::check::format::{LEFT_OUT, level};
use crate::escape::{data, escape, property};

pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for finding in &outcome.report.findings {
        let place = finding.place;
        let mut message = finding.message.clone();
        for help in [&finding.help].into_iter().filter(|it| !it.is_empty()) {
            let _ = write!(message, "\n{help}");
        }
        for related in finding.related.iter().skip(1) {
            let _ = write!(
                message,
                "\n{}:{}: {}",
                escape(&related.path),
                related.place,
                related.message
            );
        }
        let _ = writeln!(
            text,
            "::{} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            level(finding),
            property(&finding.path),
            place.line,
            place.end_line,
            place.column,
            place.end_column,
            property(&format!("perfguard::{}", finding.lint.name)),
            data(&message)
        );
    }
    for problem in &outcome.broken {
        let place = problem.place;
        let _ = writeln!(
            text,
            "::error file={},line={},endLine={},col={},endColumn={},title=perfguard::{}",
            property(&problem.path),
            place.line,
            place.end_line,
            place.column,
            place.end_column,
            data(&format!("{}: {LEFT_OUT}", problem.message))
        );
    }
    text
}
