//! What the workspace's `perfguard.toml` says, which `missing-index` goes by as well.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use perfguard_core::{Settings, config};
use perfguard_lints::SETTINGS_FILES;

use crate::cli::warn;
use crate::escape::escape;
use crate::failure::Failure;
use crate::packages::{metadata, within};

/// Has the settings of the workspace hold in this process. Where there is no workspace, and none is
/// named, none do: a database may be asked from anywhere.
pub(super) fn install(manifest: Option<&Path>) -> Result<(), Failure> {
    let settings = match metadata(manifest) {
        Ok(metadata) => of(metadata.workspace_root.as_std_path())?,
        Err(problem) if manifest.is_some() => return Err(Failure::Workspace(problem)),
        Err(_) => {
            warn("there is no workspace here: no table is declared small");
            Settings::new()
        }
    };
    Ok(settings.install().map_err(|error| error.to_string())?)
}

fn of(root: &Path) -> Result<Settings, String> {
    for name in SETTINGS_FILES {
        let path = root.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let unknown =
                    config::check(name, &text).map_err(|error| escape(&error.to_string()))?;
                unknown.iter().for_each(|it| warn(escape(it)));
                let loaded = config::load(&path);
                return loaded.map_err(|error| escape(&within(root, &error.to_string())));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(format!("failed to read {name}: {error}")),
        }
    }
    Ok(Settings::new())
}
