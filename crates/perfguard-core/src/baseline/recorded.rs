//! What is recorded, and how it differs from what ran.

use std::fmt::{self, Display};

use super::Counts;
use crate::report::escape;
use crate::statement::RULE_SET_VERSION;

/// The version of the file.
const FORMAT: u32 = 1;

/// Statements and how often each ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recorded(Counts);

/// How what ran differs from what is recorded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing ran more often, nothing that is not recorded ran at all, and
    /// something ran less often.
    Fewer(String),
    None,
    Other(String),
}

impl Recorded {
    pub(super) fn of(counts: &Counts) -> Self {
        // A line each, whatever stands in a name.
        let lines = counts
            .iter()
            .map(|(text, count)| (escape(text).to_string(), *count));
        Self(lines.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn compare(&self, ran: &Self) -> Change {
        if self == ran {
            return Change::None;
        }
        let differences = self.differences(ran);
        let is_fewer = |(text, count): (&String, &u64)| {
            self.0.get(text).is_some_and(|recorded| count <= recorded)
        };
        if ran.0.iter().all(is_fewer) {
            Change::Fewer(differences)
        } else {
            Change::Other(differences)
        }
    }

    fn differences(&self, ran: &Self) -> String {
        let mut lines = Vec::new();
        let mut texts: Vec<_> = self.0.keys().chain(ran.0.keys()).collect();
        texts.sort_unstable();
        texts.dedup();
        for text in texts {
            let (before, after) = (self.0.get(text), ran.0.get(text));
            if before == after {
                continue;
            }
            lines.extend(before.map(|count| format!("- {}", line(*count, text))));
            lines.extend(after.map(|count| format!("+ {}", line(*count, text))));
        }
        lines.join("\n")
    }

    /// Reads what [`write`](Self::write) has written.
    ///
    /// # Errors
    /// With the number of the line, and what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut counts = Counts::new();
        let mut is_headed = false;
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(version) = line.strip_prefix('#') {
                is_headed |= check_version(version).map_err(|problem| (number, problem))?;
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
                .iter()
                .any(|mark| line.starts_with(mark))
            {
                return Err((number, "two versions were merged into it: keep one line for each statement, or record it again with PERFGUARD_BASELINE=write".to_owned()));
            }
            let parsed = line.trim_start().split_once(' ');
            let parsed = parsed.and_then(|(count, text)| Some((count.parse().ok()?, text)));
            let Some((count, text)) = parsed else {
                return Err((
                    number,
                    "expected a number, a blank and a statement".to_owned(),
                ));
            };
            if counts.insert(text.to_owned(), count).is_some() {
                return Err((
                    number,
                    "this statement stands here twice: keep one of the lines".to_owned(),
                ));
            }
        }
        if !is_headed {
            return Err((1, format!("expected `{}`", head())));
        }
        Ok(Self(counts))
    }

    /// The file that has it.
    pub(super) fn write(&self) -> String {
        format!("{}\n{self}", head())
    }
}

impl Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|(text, count)| writeln!(f, "{}", line(*count, text)))
    }
}

fn line(count: u64, text: &str) -> String {
    format!("{count} {text}")
}

fn head() -> String {
    format!("# perfguard baseline {FORMAT}, statements {RULE_SET_VERSION}")
}

/// Whether a comment is the head, of the versions that are written here.
fn check_version(comment: &str) -> Result<bool, String> {
    let comment = comment.trim();
    if !comment.starts_with("perfguard baseline") {
        return Ok(false);
    }
    if head().trim_start_matches("# ") == comment {
        return Ok(true);
    }
    Err(format!(
        "it is of another version of perfguard, which reads statements in another way: record it again with PERFGUARD_BASELINE=write, and look at what changed; expected `{}`",
        head()
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::{Change, Recorded, head};

    fn recorded(counts: &[(&str, u64)]) -> Recorded {
        Recorded::of(
            &counts
                .iter()
                .map(|(text, count)| ((*text).to_owned(), *count))
                .collect(),
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let one = recorded(&[
            ("select id from posts", 2),
            ("insert into tags (name) values (?)", 1),
        ]);
        let text = one.write();
        assert_eq!(
            text,
            format!(
                "{}\n1 insert into tags (name) values (?)\n2 select id from posts\n",
                head()
            )
        );
        assert_eq!(Recorded::parse(&text).unwrap(), one);
        assert_eq!(Recorded::parse(&text.replace('\n', "\r\n")).unwrap(), one);
    }

    #[test]
    fn fewer_is_no_growth_and_everything_else_is() {
        let before = recorded(&[("a", 3), ("b", 1)]);
        let change = |counts: &[(&str, u64)]| before.compare(&recorded(counts));
        assert_eq!(change(&[("a", 3), ("b", 1)]), Change::None);
        assert_eq!(
            change(&[("a", 2), ("b", 1)]),
            Change::Fewer("- 3 a\n+ 2 a".to_owned())
        );
        assert_eq!(change(&[("a", 3)]), Change::Fewer("- 1 b".to_owned()));
        assert_eq!(
            change(&[("a", 4)]),
            Change::Other("- 3 a\n+ 4 a\n- 1 b".to_owned())
        );
        assert_eq!(
            change(&[("a", 1), ("c", 1)]),
            Change::Other("- 3 a\n+ 1 a\n- 1 b\n+ 1 c".to_owned())
        );
    }

    #[test]
    fn a_file_that_is_none_is_told_with_its_line() {
        let wrong = |text: &str| Recorded::parse(text).unwrap_err();
        assert_eq!(wrong("2 select").0, 1);
        let head = head();
        assert_eq!(wrong(&format!("{head}\ntwo select")).0, 2);
        assert_eq!(wrong(&format!("{head}\n1 a\n1 a")).0, 3);
        let (line, problem) = wrong(&format!("{head}\n1 a\n<<<<<<< ours\n1 b\n"));
        assert!(line == 3 && problem.contains("merged"), "{problem}");
        let (line, problem) = wrong("# perfguard baseline 9, statements 1\n1 a");
        assert!(
            line == 1 && problem.contains("another version"),
            "{problem}"
        );
    }
}
