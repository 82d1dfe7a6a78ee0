//! `[lints]` of `perfguard.toml`. What else stands there is the library's.

use toml_span::Value;

use crate::catalog::{LINTS, Level, Lint};
use crate::levels::Levels;

/// Where the file may stand, from the root of the workspace. The first that there is counts.
pub const SETTINGS_FILES: [&str; 2] = ["perfguard.toml", ".config/perfguard.toml"];

/// Something that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line, from 1.
    pub line: usize,
    /// What it is, and what is accepted. It repeats names from the file as they are.
    pub message: String,
}

/// Sets the levels that a file says.
///
/// Gives the lints that nobody knows. They set nothing; whether that is an error is for the caller
/// to say.
///
/// ```
/// use perfguard_lints::{Level, Levels, Lint, read_settings};
///
/// let mut levels = Levels::of_command();
/// let unknown = read_settings("[lints]\nformat_sql = \"deny\"", &mut levels).unwrap();
/// assert!(unknown.is_empty());
/// assert_eq!(levels.of(Lint::named("format_sql").unwrap()), Level::Deny);
/// ```
///
/// # Errors
/// If it is no TOML, or if a level is not `allow`, `warn` or `deny`.
pub fn read_settings(text: &str, levels: &mut Levels) -> Result<Vec<Problem>, Problem> {
    let problem = |at: usize, message: String| {
        let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Problem { line, message }
    };
    let document = toml_span::parse(text)
        .map_err(|error| problem(error.span.start, format!("this is no TOML: {error}")))?;
    let Some(lints) = document.as_table().and_then(|it| it.get("lints")) else {
        return Ok(Vec::new());
    };
    let accepted = "`allow`, `warn` or `deny`";
    let list = lints.as_table().ok_or_else(|| {
        let message = format!(
            "the value of `lints` is not accepted: expected a table of lints with {accepted}"
        );
        problem(lints.span.start, message)
    })?;
    let mut stated: Vec<_> = list.iter().collect();
    stated.sort_unstable_by_key(|(name, _)| name.span.start);
    let mut unknown = Vec::new();
    for (name, value) in stated {
        match (Lint::named(&name.name), level(value)) {
            (None, _) => {
                let known: Vec<&str> = LINTS.iter().map(|it| it.name).collect();
                let message = format!(
                    "nobody knows the key `lints.{}`: known are `{}`",
                    name.name,
                    known.join("`, `")
                );
                unknown.push(problem(name.span.start, message));
            }
            (Some(lint), None) => {
                let message = format!(
                    "the value of `lints.{}` is not accepted: expected {accepted}",
                    lint.name
                );
                return Err(problem(value.span.start, message));
            }
            (Some(lint), Some(level)) => levels.set(lint, level),
        }
    }
    Ok(unknown)
}

fn level(value: &Value<'_>) -> Option<Level> {
    value.as_str().and_then(Level::parse)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::read_settings;
    use crate::catalog::{Level, Lint};
    use crate::levels::Levels;

    #[test]
    fn levels_are_set_and_the_rest_is_left_to_the_library() {
        let mut levels = Levels::of_command();
        let text = "slow_query = \"1s\"\n[lints]\nformat_sql = \"deny\"\nquery_in_loop = \"allow\"\nformat_spl = \"warn\"\n";
        let unknown = read_settings(text, &mut levels).unwrap();
        assert_eq!(levels.of(Lint::named("format_sql").unwrap()), Level::Deny);
        assert_eq!(
            levels.of(Lint::named("query_in_loop").unwrap()),
            Level::Allow
        );
        let [unknown] = unknown.as_slice() else {
            unreachable!("{unknown:?}")
        };
        assert_eq!(unknown.line, 5);
        let start = "nobody knows the key `lints.format_spl`: known are `blocking";
        assert!(unknown.message.starts_with(start));
    }

    #[test]
    fn what_is_not_accepted_is_named_with_its_line() {
        for (text, line, expected) in [
            (
                "[lints]\nformat_sql = \"error\"",
                2,
                "the value of `lints.format_sql` is not accepted: expected `allow`, `warn` or `deny`",
            ),
            (
                "lints = 3",
                1,
                "the value of `lints` is not accepted: expected a table of lints with `allow`, `warn` or `deny`",
            ),
            (
                "[lints",
                1,
                "this is no TOML: expected a right bracket, found eof",
            ),
            (
                "[lints]\nformat_sql = ",
                2,
                "this is no TOML: unexpected eof",
            ),
            ("[lints]\nformat_sql = deny", 2, "this is no TOML: "),
        ] {
            let error = read_settings(text, &mut Levels::of_command()).unwrap_err();
            assert!(error.message.starts_with(expected), "{error:?}");
            assert_eq!(error.line, line, "{error:?}");
        }
    }
}
