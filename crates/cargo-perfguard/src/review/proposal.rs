//! What a test has left beside its baseline.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use cargo_metadata::Package;
use perfguard_lints::files_below;

use super::difference::{Line, Lines};
use crate::escape::escape;
use crate::failure::Failure;
use crate::packages::{Packages, folder};

/// The folder beside the source of a test.
const FOLDER: &str = "baselines";
const BASELINE: &str = ".baseline";
const PROPOSAL: &str = ".new";

/// The largest file that is looked at: many times what a test runs.
const MAX_BYTES: u64 = 4 << 20;

const NAME: Style = Style::new().bold();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// All that were found.
pub(super) struct Read {
    pub(super) proposals: Vec<Proposal>,
    /// What is wrong with files that are none, or whose baseline is none.
    pub(super) broken: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Proposal {
    path: PathBuf,
    baseline: PathBuf,
    /// The baseline, as it is told.
    shown: String,
    after: String,
    /// `None` where nothing is recorded.
    before: Option<String>,
}

/// Reads all of the packages with these names, or of all packages.
pub(super) fn read(packages: &Packages, names: &[String]) -> Result<Read, Failure> {
    let named = packages.named(names)?;
    let wanted = packages.all.iter().zip(named);
    let wanted = wanted.filter(|(_, is_named)| names.is_empty() || *is_named);
    let mut paths = BTreeSet::new();
    for folder in wanted.flat_map(|(package, _)| folders(package)) {
        let found = find(folder).map_err(|error| {
            let folder = escape(&folder.to_string_lossy());
            format!("failed to look for baselines in {folder}: {error}")
        })?;
        paths.extend(found);
    }
    let mut read = Read {
        proposals: Vec::new(),
        broken: Vec::new(),
    };
    for path in paths {
        let baseline = path.with_extension("");
        match load(&path, &packages.shown(&baseline)) {
            Ok(proposal) => read.proposals.push(proposal),
            Err((path, problem)) => {
                let path = escape(&packages.shown(&path));
                read.broken.push(format!("{path}: {problem}"));
            }
        }
    }
    Ok(read)
}

/// Where the tests of a package may stand: in its folder, and where its targets are.
fn folders(package: &Package) -> BTreeSet<&Path> {
    let own = folder(package);
    let targets = package.targets.iter();
    let elsewhere = targets.filter_map(|it| it.src_path.as_std_path().parent());
    let elsewhere = elsewhere.filter(|it| !it.starts_with(own));
    elsewhere.chain([own]).collect()
}

fn find(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let ending = format!("{BASELINE}{PROPOSAL}");
    let mut files = files_below(
        folder,
        |_| true,
        // Links too: somebody should hear of them.
        |name, _| name.ends_with(&ending),
    )?;
    files.retain(|it| it.parent().is_some_and(|it| it.ends_with(FOLDER)));
    Ok(files)
}

/// Reads one, and what it would replace.
///
/// # Errors
/// With the file that cannot be used, and why.
pub(super) fn load(path: &Path, shown: &str) -> Result<Proposal, (PathBuf, String)> {
    let baseline = path.with_extension("");
    let after = text(path).and_then(|it| it.ok_or_else(|| "it is gone".to_owned()));
    let after = after.map_err(|problem| (path.to_owned(), problem))?;
    let before = text(&baseline).map_err(|problem| (baseline.clone(), problem))?;
    let wrong = |path: &Path, text: &str| {
        let problem = Lines::of(text).err();
        problem.map(|(line, problem)| (path.to_owned(), format!("line {line}: {problem}")))
    };
    let wrong = wrong(path, &after).or_else(|| wrong(&baseline, before.as_deref()?));
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    Ok(Proposal {
        path: path.to_owned(),
        baseline,
        shown: shown.to_owned(),
        after,
        before,
    })
}

/// The text of a file, if it is there.
fn text(path: &Path) -> Result<Option<String>, String> {
    let failed = |error: io::Error| format!("failed to read it: {error}");
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        // To read a pipe would be to wait for it.
        Ok(found) if !found.is_file() => {
            return Err("it is no file, but a link or something else".to_owned());
        }
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let mut file = file.take(MAX_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("it is larger than 4 MiB".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(Some(text))
}

impl Proposal {
    /// Makes it the baseline, in one step.
    pub(super) fn accept(&self) -> Result<(), String> {
        self.apply("accept", || fs::rename(&self.path, &self.baseline))
    }

    /// Removes it.
    pub(super) fn reject(&self) -> Result<(), String> {
        self.apply("reject", || fs::remove_file(&self.path))
    }

    fn apply(&self, what: &str, apply: impl Fn() -> io::Result<()>) -> Result<(), String> {
        let path = escape(&self.shown);
        // A test may have run since: nobody decided about that.
        let is_as_shown = text(&self.path).as_ref() == Ok(&Some(self.after.clone()))
            && text(&self.baseline).as_ref() == Ok(&self.before);
        if !is_as_shown {
            return Err(format!(
                "failed to {what} {path}: it has changed since it was read"
            ));
        }
        apply().map_err(|error| format!("failed to {what} {path}: {error}"))
    }

    /// The test, as far as the name of the file tells.
    fn test(&self) -> String {
        let name = self.baseline.file_stem().unwrap_or_default();
        name.to_string_lossy().replace('.', "::")
    }
}

/// The test, the file and what differs; styled.
impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{NAME}{}{NAME:#}", escape(&self.test()))?;
        let nothing = if self.before.is_none() {
            ", where nothing is recorded"
        } else {
            ""
        };
        writeln!(f, "in {}{nothing}", escape(&self.shown))?;
        let of = |text| Lines::of(text).unwrap_or_default();
        let before = self.before.as_deref().map(of).unwrap_or_default();
        let lines = before.difference(&of(&self.after));
        if lines.is_empty() {
            writeln!(f, "nothing differs")?;
        }
        for line in lines {
            match line {
                Line::Added(line) => writeln!(f, "{ADDED}+ {}{ADDED:#}", escape(line))?,
                Line::Removed(line) => writeln!(f, "{REMOVED}- {}{REMOVED:#}", escape(line))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use std::fs;

    use super::load;

    const HEAD: &str = "# perfguard baseline 1, statements 1\n";

    #[test]
    fn what_has_changed_since_it_was_shown_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let baseline = folder.path().join("it.posts.baseline");
        let path = folder.path().join("it.posts.baseline.new");
        fs::write(&path, format!("{HEAD}2 select a\n")).unwrap();
        let shown = load(&path, "it.posts.baseline").unwrap();
        fs::write(&path, format!("{HEAD}9 select a\n")).unwrap();
        for done in [shown.accept(), shown.reject()] {
            assert!(done.unwrap_err().contains("it has changed"));
        }
        assert!(path.exists() && !baseline.exists());
        let shown = load(&path, "it.posts.baseline").unwrap();
        fs::write(&baseline, format!("{HEAD}1 select a\n")).unwrap();
        assert!(shown.accept().unwrap_err().contains("it has changed"));
    }
}
