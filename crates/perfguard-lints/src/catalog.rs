//! The lints that exist.

use std::fmt;
use std::ptr;

/// What a finding of a lint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is not said.
    Allow,
    /// It is said.
    Warn,
    /// It is an error.
    Deny,
}

impl Level {
    /// As attributes and settings write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }

    /// The level that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Warn, Self::Deny]
            .into_iter()
            .find(|level| level.as_str() == text)
    }
}

/// A kind of finding in source code.
///
/// There is one value of each, in [`LINTS`].
#[non_exhaustive]
pub struct Lint {
    /// Its name, as attributes write it: `query_in_loop`.
    pub name: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its level in an annotated function.
    pub attribute: Level,
    /// Its level in `cargo perfguard check`. What is allowed there is pedantic.
    pub command: Level,
}

impl Lint {
    /// The lint of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        LINTS.iter().copied().find(|lint| lint.name == name)
    }
}

impl fmt::Debug for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Lint {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other) || self.name == other.name
    }
}

impl Eq for Lint {}

macro_rules! lints {
    ($($(#[doc = $doc:literal])* $id:ident $name:literal $attribute:ident $command:ident $summary:literal;)*) => {
        $(
            pub(crate) static $id: Lint = Lint {
                name: $name,
                summary: $summary,
                attribute: Level::$attribute,
                command: Level::$command,
            };
        )*

        /// All lints, by name.
        pub static LINTS: &[&Lint] = &[$(&$id),*];
    };
}

// The levels follow from how often each was right: `docs/lints.md`.
lints! {
    BLOCKING_IN_ASYNC "blocking_in_async" Warn Allow
        "an async function puts its thread to sleep";
    CALL_IN_LOOP "call_in_loop" Allow Allow
        "another service is called once for each item of a loop";
    CONNECT_IN_HANDLER "connect_in_handler" Warn Allow
        "a handler opens a database connection of its own";
    COUNT_IN_MEMORY "count_in_memory" Warn Allow
        "rows are loaded only to be counted";
    FORMAT_SQL "format_sql" Warn Allow
        "a value is formatted into SQL instead of bound";
    QUERY_IN_LOOP "query_in_loop" Warn Warn
        "a query runs once for each item of a loop";
    SEQUENTIAL_AWAITS "sequential_awaits" Allow Allow
        "two independent reads wait for each other";
    SERIALISE_IN_LOOP "serialise_in_loop" Allow Allow
        "a value is serialised once for each item of a loop";
    STATIC_CACHE "static_cache" Allow Allow
        "a static map only grows";
    TRUNCATE_IN_MEMORY "truncate_in_memory" Warn Allow
        "rows are loaded and then thrown away";
    UNBOUNDED_FETCH "unbounded_fetch" Allow Allow
        "a whole table is loaded";
}

#[cfg(test)]
mod tests {
    use super::{LINTS, Level, Lint};

    #[test]
    fn names_are_sorted_and_lead_to_their_lints() {
        assert!(LINTS.is_sorted_by(|a, b| a.name < b.name));
        for lint in LINTS {
            assert_eq!(Lint::named(lint.name), Some(*lint));
        }
        assert_eq!(Lint::named("query_in_loops"), None);
    }

    #[test]
    fn the_page_has_each_lint_with_its_levels() {
        let page = include_str!("../../../docs/lints.md");
        for lint in LINTS {
            let command = match lint.command {
                Level::Allow => "pedantic",
                level => level.as_str(),
            };
            let (name, summary, attribute) = (lint.name, lint.summary, lint.attribute.as_str());
            let row = format!("| `{name}` | {summary} | {attribute} | {command} |");
            assert!(page.contains(&row), "{row}");
            assert!(page.contains(&format!("\n### {name}\n")), "{name}");
        }
        let pages = page.matches("\n### ").count();
        assert_eq!(pages, LINTS.len());
    }

    #[test]
    fn levels_are_read_as_they_are_written() {
        for level in [Level::Allow, Level::Warn, Level::Deny] {
            assert_eq!(Level::parse(level.as_str()), Some(level));
        }
        assert_eq!(Level::parse("error"), None);
    }
}
