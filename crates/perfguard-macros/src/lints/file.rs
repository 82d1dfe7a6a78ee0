//! `[lints]` in `perfguard.toml`: the levels of a whole workspace.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use std::{env, fs};

use perfguard_lints::{Levels, Problem, SETTINGS_FILES, read_settings};

/// What the file says.
#[derive(Clone, Debug)]
pub(crate) struct LintsFile {
    /// Where it is, if there is one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) levels: Levels,
    /// What is wrong with it, told once in a compilation.
    pub(crate) mistake: Option<String>,
}

/// The file of the package that is compiled.
pub(crate) fn of_this_package() -> LintsFile {
    let package = env::var_os("CARGO_MANIFEST_DIR");
    let found = package.and_then(|package| find(Path::new(&package)));
    found.map_or_else(
        || LintsFile {
            path: None,
            levels: Levels::of_attribute(),
            mistake: None,
        },
        |path| read_once(&path),
    )
}

/// `perfguard.toml` or `.config/perfguard.toml`, in the folder of the package or above it, up to
/// that of the workspace, which has the `Cargo.lock`.
fn find(package: &Path) -> Option<PathBuf> {
    for folder in package.ancestors() {
        for name in SETTINGS_FILES {
            let path = folder.join(name);
            if path.is_file() {
                return Some(path);
            }
        }
        if folder.join("Cargo.lock").is_file() {
            return None;
        }
    }
    None
}

/// Reads a file if it is not as it was: one process compiles many functions.
fn read_once(path: &Path) -> LintsFile {
    type Read = HashMap<PathBuf, (Option<SystemTime>, LintsFile)>;
    static READ: OnceLock<Mutex<Read>> = OnceLock::new();

    let changed = fs::metadata(path).and_then(|file| file.modified()).ok();
    let mut read = READ
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match read.get(path) {
        Some((known, file)) if *known == changed => LintsFile {
            mistake: None,
            ..file.clone()
        },
        _ => {
            let file = load(path);
            read.insert(path.to_owned(), (changed, file.clone()));
            file
        }
    }
}

fn load(path: &Path) -> LintsFile {
    let mut levels = Levels::of_attribute();
    let wrong = match fs::read_to_string(path) {
        // A name that nobody knows would be a lint that nobody hears of.
        Ok(text) => match read_settings(&text, &mut levels) {
            Ok(unknown) => unknown.into_iter().next(),
            Err(problem) => Some(problem),
        },
        Err(error) => Some(Problem {
            line: 1,
            message: error.to_string(),
        }),
    };
    LintsFile {
        path: Some(path.to_owned()),
        levels,
        mistake: wrong.map(|it| format!("{}:{}: {}", path.display(), it.line, it.message)),
    }
}
