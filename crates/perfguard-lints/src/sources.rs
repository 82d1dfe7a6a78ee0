//! Which files of a package are looked at.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::names::is_apart;

/// The source files below the folder of a library or a binary, sorted.
///
/// Left out are tests, benches, examples, migrations, packages inside and build scripts: what
/// they run, they run once. Links are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn source_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    files_below(
        folder,
        |name| name != "examples" && !is_apart(name),
        |name, kind| {
            let stem = name.strip_suffix(".rs").filter(|_| kind.is_file());
            stem.is_some_and(|it| it != "build" && !is_apart(it))
        },
    )
}

/// The files of a package below a folder, sorted: those whose name and kind are wanted, in folders
/// whose name is.
///
/// Left out are folders named `target`, those that are hidden, and packages inside. Links are not
/// followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn files_below(
    folder: &Path,
    enters: impl Fn(&str) -> bool,
    takes: impl Fn(&str, FileType) -> bool,
) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let Some(name) = path.file_name().and_then(|it| it.to_str()) else {
                continue;
            };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                let is_package = path.join("Cargo.toml").is_file();
                if !is_package && !name.starts_with('.') && name != "target" && enters(name) {
                    folders.push(path);
                }
            } else if takes(name, kind) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use std::fs;

    use super::source_files;

    #[test]
    fn what_runs_once_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "lib.rs",
            "build.rs",
            "posts/mod.rs",
            "posts/tests.rs",
            "posts/load_test.rs",
            "tests/it.rs",
            "benches/b.rs",
            "examples/e.rs",
            "migrations/m1.rs",
            "inner/Cargo.toml",
            "inner/src/lib.rs",
            ".hidden/a.rs",
            "target/a.rs",
            "notes.txt",
            "contest.rs",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let files = source_files(folder.path()).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|it| it.strip_prefix(folder.path()).unwrap())
            .collect();
        assert_eq!(
            names,
            ["contest.rs", "lib.rs", "posts/mod.rs"].map(AsRef::as_ref) as [&std::path::Path; 3]
        );
        assert!(source_files(&folder.path().join("none")).is_err());
    }
}
