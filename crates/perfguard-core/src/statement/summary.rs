//! OpenTelemetry's [`db.query.summary`]: operations and targets, in order.
//!
//! [`db.query.summary`]: https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query

use super::outline::{Outline, Part};

/// The limit that the semantic conventions set, in characters.
const MAX_LENGTH: usize = 255;

/// Joins the outlines of a text's statements.
pub(super) fn write(outlines: &[Outline<'_>]) -> String {
    let mut summary = String::new();
    let mut length = 0;
    for outline in outlines {
        let mut separator = if summary.is_empty() { "" } else { "; " };
        for part in &outline.parts {
            let word = match part {
                Part::Operation(verb) => *verb,
                Part::Target(target) if target.summarised => &target.written,
                Part::Target(_) => continue,
            };
            length += separator.len() + word.chars().count();
            if length > MAX_LENGTH {
                return summary;
            }
            summary.push_str(separator);
            summary.push_str(word);
            separator = " ";
        }
    }
    summary
}
