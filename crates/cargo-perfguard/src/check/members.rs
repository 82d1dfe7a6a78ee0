//! The packages of the workspace, and their source files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package, Target, TargetKind};
use perfguard_lints::{Orms, is_apart, source_files};

use crate::check::Failure;
use crate::check::options::Options;
use crate::escape::escape;

/// The members of a workspace.
pub(crate) struct Members {
    pub(crate) root: PathBuf,
    packages: Vec<Package>,
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
    pub(crate) fn read(options: &Options) -> Result<Self, Failure> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = &options.manifest_path {
            command.manifest_path(path);
        }
        let metadata = command
            .exec()
            .map_err(|error| Failure::Workspace(error.to_string()))?;
        Self::of(metadata, &options.packages)
    }

    fn of(metadata: Metadata, names: &[String]) -> Result<Self, Failure> {
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let members = metadata.workspace_members.clone();
        let mut packages = metadata.packages;
        packages.retain(|it| members.contains(&it.id));
        packages.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        for name in names {
            if !packages.iter().any(|it| it.name.as_str() == name) {
                let known: Vec<&str> = packages.iter().map(|it| it.name.as_str()).collect();
                return Err(Failure::Workspace(format!(
                    "the workspace has no package `{}`: its members are {}",
                    escape(name),
                    known.join(", ")
                )));
            }
        }
        let is_wanted = |it: &Package| {
            let name = it.name.as_str();
            if names.is_empty() {
                !is_apart(name)
            } else {
                names.iter().any(|it| it == name)
            }
        };
        let wanted: Vec<bool> = packages.iter().map(is_wanted).collect();
        let left_out = packages.iter().map(|it| it.name.to_string());
        let left_out = left_out
            .filter(|it| names.is_empty() && is_apart(it))
            .collect();
        Ok(Self {
            root,
            packages,
            wanted,
            left_out,
        })
    }

    /// What the packages ask databases with.
    pub(crate) fn orms(&self) -> Orms {
        let dependencies = self.packages.iter().flat_map(|it| &it.dependencies);
        dependencies.fold(Orms::NONE, |orms, it| orms.with_dependency(&it.name))
    }

    pub(crate) fn package(&self, number: usize) -> Option<&Package> {
        self.packages.get(number)
    }

    pub(crate) fn is_wanted(&self, number: usize) -> bool {
        self.wanted.get(number) == Some(&true)
    }

    /// Whether the package that a file belongs to, or belonged to, is checked.
    pub(crate) fn owns(&self, shown: &str) -> bool {
        let path = self.root.join(shown);
        let folders = self.packages.iter().zip(&self.wanted);
        let owning = folders.filter_map(|(package, wanted)| {
            let folder = package.manifest_path.parent()?.as_std_path();
            path.starts_with(folder)
                .then(|| (folder.components().count(), *wanted))
        });
        // Of a package that is gone nobody else can tell.
        owning
            .max_by_key(|(depth, _)| *depth)
            .is_none_or(|(_, wanted)| wanted)
    }

    /// All source files, of all members: a query may stand in another package than its loop.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, String> {
        let mut files: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for (number, package) in self.packages.iter().enumerate() {
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
            shown: shown(&path, &self.root),
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

/// A path as it is told: from the root, and the same on each system.
fn shown(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}
