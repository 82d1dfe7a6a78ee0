//! Places in files.

use std::fmt;

use proc_macro2::Span;

/// A place in a file: lines and columns, and the same in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Place {
    /// The line that it begins on, from 1.
    pub line: usize,
    /// The character that it begins with, from 1.
    pub column: usize,
    /// The line that it ends on, from 1.
    pub end_line: usize,
    /// The character behind its last, from 1.
    pub end_column: usize,
    /// The byte that it begins with, from 0.
    pub start: usize,
    /// The byte behind its last, from 0.
    pub end: usize,
}

impl Place {
    /// Where a span of a file that was parsed here stands.
    pub(crate) fn of(span: Span) -> Self {
        let (start, end, bytes) = (span.start(), span.end(), span.byte_range());
        Self {
            line: start.line,
            column: start.column + 1,
            end_line: end.line,
            end_column: end.column + 1,
            start: bytes.start,
            end: bytes.end,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
