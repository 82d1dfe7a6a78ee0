//! `[lints]` of perfguard.toml. What else stands there is read by the library.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use perfguard_lints::{Levels, Problem, SETTINGS_FILES, read_settings};

use crate::escape::escape;

/// Sets the levels that the workspace's file says; what is wrong in it and does no harm.
pub(crate) fn apply(root: &Path, levels: &mut Levels) -> Result<Vec<String>, String> {
    for name in SETTINGS_FILES {
        let say = |it: Problem| format!("{name}:{}: {}", it.line, escape(&it.message));
        match fs::read_to_string(root.join(name)) {
            Ok(text) => {
                let unknown = read_settings(&text, levels).map_err(say)?;
                let unknown = unknown.into_iter().map(say);
                return Ok(unknown.map(|it| it + "; it has no effect").collect());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("failed to read {name}: {error}")),
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use perfguard_lints::{Level, Levels, Lint};

    use super::apply;

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
