//! The packages of the workspace, and their source files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cargo_metadata::{Package, Target, TargetKind};
use perfguard_lints::{Orms, is_apart, source_files};

use crate::escape::escape;
use crate::failure::Failure;
use crate::packages::{Packages, Selection};

/// The members of a workspace.
pub(crate) struct Members {
    pub(crate) packages: Packages,
    /// Of which packages findings are told.
    wanted: Vec<bool>,
    /// Members that are for tests and the like, and were not asked for.
    pub(crate) left_out: Vec<String>,
}

/// A file, and the package that it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// From the root of the workspace, with `/`.
    pub(crate) shown: String,
    pub(crate) path: PathBuf,
    pub(crate) package: usize,
}

impl Members {
    /// Asks cargo.
    pub(crate) fn read(selection: &Selection) -> Result<Self, Failure> {
        let packages = Packages::read(selection.manifest_path.as_deref())?;
        let mut wanted = packages.named(&selection.packages)?;
        let mut left_out = Vec::new();
        if selection.packages.is_empty() {
            let names = packages.all.iter().map(|it| it.name.as_str());
            wanted = names.clone().map(|it| !is_apart(it)).collect();
            left_out = names.filter(|it| is_apart(it)).map(str::to_owned).collect();
        }
        Ok(Self {
            packages,
            wanted,
            left_out,
        })
    }

    /// What the packages ask databases with.
    pub(crate) fn orms(&self) -> Orms {
        let dependencies = self.packages.all.iter().flat_map(|it| &it.dependencies);
        dependencies.fold(Orms::NONE, |orms, it| orms.with_dependency(&it.name))
    }

    pub(crate) fn package(&self, number: usize) -> Option<&Package> {
        self.packages.all.get(number)
    }

    pub(crate) fn is_wanted(&self, number: usize) -> bool {
        self.wanted.get(number) == Some(&true)
    }

    /// Whether the package that a file belongs to, or belonged to, is checked.
    pub(crate) fn owns(&self, shown: &str) -> bool {
        let owner = self.packages.owner(&self.packages.root.join(shown));
        // Of a package that is gone nobody else can tell.
        owner.is_none_or(|it| self.is_wanted(it))
    }

    /// All source files, of all members: a query may stand in another package than its loop.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, String> {
        let mut files: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (number, package) in self.packages.all.iter().enumerate() {
            for target in package.targets.iter().filter(|it| is_built(it)) {
                let Some(folder) = target.src_path.as_std_path().parent() else {
                    continue;
                };
                let found = source_files(folder).map_err(|error| {
                    format!(
                        "failed to read {}: {error}",
                        escape(&folder.to_string_lossy())
                    )
                })?;
                for file in found {
                    files.entry(file).or_insert(number);
                }
            }
        }
        let sources = files.into_iter().map(|(path, package)| Source {
            shown: self.packages.shown(&path),
            path,
            package,
        });
        let mut sources: Vec<Source> = sources.collect();
        sources.sort_by(|a, b| a.shown.cmp(&b.shown));
        Ok(sources)
    }

    /// The target that a file belongs to, as far as one can tell: the library, else the first.
    pub(crate) fn target(&self, package: usize) -> Option<&Target> {
        let targets = || {
            self.packages
                .all
                .get(package)
                .into_iter()
                .flat_map(|it| &it.targets)
        };
        let mut built = targets().filter(|it| is_built(it));
        let library = built.clone().find(|it| !it.kind.contains(&TargetKind::Bin));
        library
            .or_else(|| built.next())
            .or_else(|| targets().next())
    }
}

fn is_built(target: &Target) -> bool {
    let apart = [
        TargetKind::Bench,
        TargetKind::CustomBuild,
        TargetKind::Example,
        TargetKind::Test,
    ];
    !target.kind.iter().any(|it| apart.contains(it))
}
