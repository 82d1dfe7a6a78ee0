//! `[lints]` of perfguard.toml. What else stands there is read by the library.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use perfguard_lints::{LINTS, Level, Levels, Lint};
use toml::de::DeTable;

use crate::escape::escape;

/// Where the file may stand, from the root of the workspace. The first that there is counts.
const FILES: &[&str] = &["perfguard.toml", ".config/perfguard.toml"];

/// Sets the levels that the workspace's file says; what is wrong in it and does no harm.
pub(crate) fn apply(root: &Path, levels: &mut Levels) -> Result<Vec<String>, String> {
    for name in FILES {
        match fs::read_to_string(root.join(name)) {
            Ok(text) => return read(name, &text, levels),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("failed to read {name}: {error}")),
        }
    }
    Ok(Vec::new())
}

fn read(file: &str, text: &str, levels: &mut Levels) -> Result<Vec<String>, String> {
    let line = |at: usize| {
        let before = text.as_bytes().get(..at).unwrap_or_default();
        1 + before.iter().filter(|it| **it == b'\n').count()
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = line(error.span().map_or(0, |it| it.start));
        format!("{file}:{line}: {}", escape(error.message()))
    })?;
    let Some(lints) = table.get_ref().get("lints") else {
        return Ok(Vec::new());
    };
    let accepted = "`allow`, `warn` and `deny`";
    let Some(list) = lints.get_ref().as_table() else {
        let line = line(lints.span().start);
        return Err(format!(
            "{file}:{line}: the value of `lints` is not accepted: expected a table of lints with {accepted}"
        ));
    };
    let mut unknown = Vec::new();
    for (name, level) in list {
        let Some(lint) = Lint::named(name.get_ref()) else {
            let known: Vec<&str> = LINTS.iter().map(|it| it.name).collect();
            unknown.push(format!(
                "{file}:{}: nobody knows the key `lints.{}`: it has no effect; known are `{}`",
                line(name.span().start),
                escape(name.get_ref()),
                known.join("`, `")
            ));
            continue;
        };
        let Some(wanted) = level.get_ref().as_str().and_then(Level::parse) else {
            return Err(format!(
                "{file}:{}: the value of `lints.{}` is not accepted: expected {accepted}",
                line(level.span().start),
                lint.name
            ));
        };
        levels.set(lint, wanted);
    }
    Ok(unknown)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use perfguard_lints::{Level, Levels, Lint};

    use super::{apply, read};

    #[test]
    fn levels_are_set_and_the_rest_is_left_to_the_library() {
        let mut levels = Levels::of_command();
        let text = "slow_query = \"1s\"\n[lints]\nformat_sql = \"deny\"\nquery_in_loop = \"allow\"\nformat_spl = \"warn\"\n";
        let unknown = read("perfguard.toml", text, &mut levels).unwrap();
        assert_eq!(levels.of(Lint::named("format_sql").unwrap()), Level::Deny);
        assert_eq!(
            levels.of(Lint::named("query_in_loop").unwrap()),
            Level::Allow
        );
        let [unknown] = unknown.as_slice() else {
            unreachable!("{unknown:?}")
        };
        assert!(unknown.starts_with("perfguard.toml:5: nobody knows the key `lints.format_spl`"));
    }

    #[test]
    fn what_is_not_accepted_is_named_with_its_line() {
        for (text, expected) in [
            (
                "[lints]\nformat_sql = \"error\"",
                "perfguard.toml:2: the value of `lints.format_sql`",
            ),
            ("lints = 3", "perfguard.toml:1: the value of `lints`"),
            ("\n[lints", "perfguard.toml:2: "),
        ] {
            let error = read("perfguard.toml", text, &mut Levels::of_command()).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_file_at_the_root_wins() {
        let folder = tempfile::tempdir().unwrap();
        let level = |levels: &Levels| levels.of(Lint::named("format_sql").unwrap());
        let mut levels = Levels::of_command();
        assert_eq!(apply(folder.path(), &mut levels), Ok(Vec::new()));
        std::fs::create_dir(folder.path().join(".config")).unwrap();
        std::fs::write(
            folder.path().join(".config/perfguard.toml"),
            "lints.format_sql = \"warn\"",
        )
        .unwrap();
        apply(folder.path(), &mut levels).unwrap();
        assert_eq!(level(&levels), Level::Warn);
        std::fs::write(
            folder.path().join("perfguard.toml"),
            "lints.format_sql = \"deny\"",
        )
        .unwrap();
        apply(folder.path(), &mut levels).unwrap();
        assert_eq!(level(&levels), Level::Deny);
    }
}
