//! Commands of GitHub Actions.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write;

use crate::check::Outcome;
use crate::check::format::{LEFT_OUT, level};
use crate::escape::escape;

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

/// As the toolkit of Actions escapes a message.
fn data(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|it| escape(it).replace('%', "%25"))
        .collect();
    lines.join("%0A")
}

/// As it escapes a property. The path has to name the file: here nothing but this is escaped.
fn property(text: &str) -> String {
    let mut escaped = String::new();
    for sign in text.chars() {
        match sign {
            '%' | ':' | ',' => {
                let _ = write!(escaped, "%{:02X}", sign as u32);
            }
            '\n' | '\r' => {
                let _ = write!(escaped, "%{:02X}", sign as u32);
            }
            _ => escaped += &escape(sign.encode_utf8(&mut [0; 4])),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn nothing_begins_a_command_of_its_own() {
        assert_eq!(
            property("src/a:b,c%\n::error::x.rs"),
            "src/a%3Ab%2Cc%25%0A%3A%3Aerror%3A%3Ax.rs"
        );
        assert_eq!(
            data("100%\n::error::\r\u{1b}[2J"),
            "100%25%0A::error::\\u{d}\\u{1b}[2J"
        );
    }
}
