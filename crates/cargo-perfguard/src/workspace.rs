//! Where the workspace is, and where a run lies in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::escape::{escape, escape_lines};
use crate::packages::metadata;

/// Where `test` lets its processes write, and `report` reads, in the target folder.
const RUN: &str = "perfguard/run";

pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find(manifest: Option<&Path>) -> Result<Self, String> {
        let metadata = metadata(manifest).map_err(|error| {
            let error = escape_lines(error.trim_end());
            format!("failed to run cargo metadata: {error}")
        })?;
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
        })
    }

    /// Where the last run of `cargo perfguard test` lies.
    pub(crate) fn run(&self) -> PathBuf {
        run_in(&self.target)
    }

    /// How the root is reached from the folder of a file in the workspace, as a path that ends in
    /// `/`; empty where the file is at the root, or outside.
    pub(crate) fn from(&self, file: &Path) -> String {
        let folder = folder_of(file).canonicalize();
        let inside = folder.ok().and_then(|folder| {
            let root = self.root.canonicalize().ok()?;
            Some(folder.strip_prefix(root).ok()?.components().count())
        });
        "../".repeat(inside.unwrap_or(0))
    }
}

/// Where the last run lies in a target folder.
pub(crate) fn run_in(target: &Path) -> PathBuf {
    target.join(RUN)
}

/// Makes a folder for a run, and takes out what an earlier one has left.
pub(crate) fn clear(folder: &Path) -> Result<(), String> {
    let clear = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "jsonl") {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    };
    clear().map_err(|error| {
        let folder = escape(&folder.to_string_lossy());
        format!("failed to make {folder} ready for the run: {error}")
    })
}

pub(crate) fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use std::fs;

    use super::{Workspace, clear};

    #[test]
    fn only_run_files_are_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("perfguard/run");
        clear(&run).unwrap();
        fs::write(run.join("1.jsonl"), "").unwrap();
        fs::write(run.join("mine.txt"), "").unwrap();
        clear(&run).unwrap();
        let left = fs::read_dir(&run)
            .unwrap()
            .map(|it| it.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["mine.txt"]);
    }

    #[test]
    fn a_page_finds_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        fs::create_dir_all(root.join("target/perfguard")).unwrap();
        let workspace = Workspace {
            root: root.clone(),
            target: root.join("target"),
        };
        assert_eq!(workspace.from(&root.join("a.html")), "");
        assert_eq!(
            workspace.from(&root.join("target/perfguard/a.html")),
            "../../"
        );
        assert_eq!(workspace.from("/a.html".as_ref()), "");
    }
}
