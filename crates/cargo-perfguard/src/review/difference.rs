//! How two baselines differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::is_conflict;

/// What a baseline begins with.
const HEAD: &str = "# perfguard baseline";

/// A baseline as it is written: its lines by their statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines<'a>(BTreeMap<&'a str, &'a str>);

/// A line that one of two baselines has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Added(&'a str),
    Removed(&'a str),
}

impl<'a> Lines<'a> {
    /// # Errors
    /// With the number of the line, and what is wrong with it.
    pub(super) fn of(text: &'a str) -> Result<Self, (usize, &'static str)> {
        let mut lines = BTreeMap::new();
        let mut is_headed = false;
        for (number, line) in (1..).zip(text.lines()) {
            if line.starts_with(HEAD) {
                is_headed = true;
                // It differs where statements are read in another way.
                lines.insert(HEAD, line);
                continue;
            }
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if is_conflict(line) {
                return Err((number, "two versions were merged into it"));
            }
            let statement = line
                .split_once(' ')
                .filter(|(count, _)| count.parse::<u64>().is_ok());
            let Some((_, statement)) = statement else {
                return Err((number, "expected a number, a blank and a statement"));
            };
            if lines.insert(statement, line).is_some() {
                return Err((number, "this statement stands there twice"));
            }
        }
        if is_headed {
            Ok(Self(lines))
        } else {
            Err((1, "it does not begin as a baseline of perfguard"))
        }
    }

    /// What is only in one of them, in the order of the statements.
    pub(super) fn difference(&self, after: &Self) -> Vec<Line<'a>> {
        let statements: BTreeSet<&str> = self.0.keys().chain(after.0.keys()).copied().collect();
        let mut lines = Vec::new();
        for statement in statements {
            let (before, after) = (self.0.get(statement), after.0.get(statement));
            // Where nothing is recorded, its head is no news.
            if before != after && (before, statement) != (None, HEAD) {
                lines.extend(before.map(|line| Line::Removed(line)));
                lines.extend(after.map(|line| Line::Added(line)));
            }
        }
        lines
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::{Line, Lines};

    #[test]
    fn only_what_differs_is_told() {
        let before =
            Lines::of("# perfguard baseline 1, statements 1\n2 b\n1 gone\n1 same\n").unwrap();
        let after = Lines::of(
            "# perfguard baseline 1, statements 1\r\n# note\n\n1 added\n10 b\r\n1 same\n",
        );
        assert_eq!(
            before.difference(&after.unwrap()),
            [
                Line::Added("1 added"),
                Line::Removed("2 b"),
                Line::Added("10 b"),
                Line::Removed("1 gone"),
            ]
        );
        let other = Lines::of("# perfguard baseline 1, statements 2\n2 b\n1 gone\n1 same\n");
        assert_eq!(before.difference(&other.unwrap()).len(), 2, "the head");
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_line() {
        let head = "# perfguard baseline 1, statements 1";
        for (text, at) in [
            (String::new(), 1),
            ("1 a\n".to_owned(), 1),
            (format!("{head}\n1 a\n<<<<<<< ours\n"), 3),
            (format!("{head}\nmany a\n"), 2),
            (format!("{head}\n1 a\n2 a\n"), 3),
        ] {
            assert_eq!(Lines::of(&text).unwrap_err().0, at, "{text}");
        }
    }
}
