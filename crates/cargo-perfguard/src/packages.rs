//! The packages of a workspace, and which of them a command is about.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use clap::Args;

use crate::escape::escape;
use crate::failure::Failure;

#[derive(Args, Debug)]
pub(crate) struct Selection {
    /// The packages that it is about; all members of the workspace where there is none
    #[arg(short, long = "package", value_name = "NAME")]
    pub(crate) packages: Vec<String>,
    /// The Cargo.toml of the workspace
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
}

/// Asks cargo, and nothing beyond the workspace: no dependency is resolved.
pub(crate) fn metadata(manifest: Option<&Path>) -> Result<Metadata, String> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    if let Some(path) = manifest {
        command.manifest_path(path);
    }
    command.exec().map_err(|error| error.to_string())
}

/// A text in which paths of the workspace count from its root.
pub(crate) fn within(root: &Path, text: &str) -> String {
    let root = format!("{}{}", root.display(), std::path::MAIN_SEPARATOR);
    text.replace(&root, "")
}

/// The members of a workspace, by name.
#[derive(Debug)]
pub(crate) struct Packages {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) all: Vec<Package>,
}

impl Packages {
    /// Asks cargo.
    pub(crate) fn read(manifest: Option<&Path>) -> Result<Self, Failure> {
        let metadata = metadata(manifest).map_err(Failure::Workspace)?;
        let members = metadata.workspace_members;
        let mut all = metadata.packages;
        all.retain(|it| members.contains(&it.id));
        all.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        Ok(Self {
            root: metadata.workspace_root.into_std_path_buf(),
            target: metadata.target_directory.into_std_path_buf(),
            all,
        })
    }

    /// Of each package whether it is named.
    pub(crate) fn named(&self, names: &[String]) -> Result<Vec<bool>, Failure> {
        for name in names {
            if !self.all.iter().any(|it| it.name.as_str() == name) {
                let known: Vec<&str> = self.all.iter().map(|it| it.name.as_str()).collect();
                return Err(Failure::Workspace(format!(
                    "the workspace has no package `{}`: its members are {}",
                    escape(name),
                    known.join(", ")
                )));
            }
        }
        let is_named = |it: &Package| names.iter().any(|name| it.name.as_str() == name);
        Ok(self.all.iter().map(is_named).collect())
    }

    /// The package in whose folder a file is: the innermost, as packages may lie in another.
    pub(crate) fn owner(&self, path: &Path) -> Option<usize> {
        let folders = self.all.iter().map(folder).enumerate();
        let owning = folders.filter(|(_, folder)| path.starts_with(folder));
        owning
            .max_by_key(|(_, folder)| folder.components().count())
            .map(|(number, _)| number)
    }

    /// A path as it is told: from the root, and the same on each system.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// Where a package is.
pub(crate) fn folder(package: &Package) -> &Path {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest)
}
