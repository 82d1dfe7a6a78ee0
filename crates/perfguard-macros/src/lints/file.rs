//! `[lints]` in `perfguard.toml`: the levels of a whole workspace.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use std::{env, fs};

use perfguard_lints::{LINTS, Level, Lint};
use toml_span::Value;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LintsFile {
    /// Where it is, if there is one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) levels: Stated,
    /// What is wrong with it, told once in a compilation.
    pub(crate) mistake: Option<String>,
}

/// The file of the package that is compiled.
pub(crate) fn of_this_package() -> LintsFile {
    let Some(package) = env::var_os("CARGO_MANIFEST_DIR") else {
        return LintsFile::default();
    };
    find(Path::new(&package)).map_or_else(LintsFile::default, |path| read_once(&path))
}

/// `perfguard.toml` or `.config/perfguard.toml`, in the folder of the package or above it, up to
/// that of the workspace, which has the `Cargo.lock`.
fn find(package: &Path) -> Option<PathBuf> {
    for folder in package.ancestors() {
        for name in ["perfguard.toml", ".config/perfguard.toml"] {
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
    let name = path.display();
    let (levels, mistake) = match fs::read_to_string(path) {
        Ok(text) => parse(&text),
        Err(error) => (Vec::new(), Some((1, error.to_string()))),
    };
    LintsFile {
        path: Some(path.to_owned()),
        levels,
        mistake: mistake.map(|(line, mistake)| format!("{name}:{line}: {mistake}")),
    }
}

type Stated = Vec<(&'static Lint, Level)>;

/// The levels that a text states, and the first mistake with its line.
fn parse(text: &str) -> (Stated, Option<(usize, String)>) {
    let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let mut levels = Vec::new();
    let document = match toml_span::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let mistake = (line(error.span.start), error.kind.to_string());
            return (levels, Some(mistake));
        }
    };
    let Some(lints) = document.as_table().and_then(|table| table.get("lints")) else {
        return (levels, None);
    };
    let Some(table) = lints.as_table() else {
        let mistake =
            "`lints` is a table: write `[lints]`, and below it `query_in_loop = \"deny\"`";
        return (levels, Some((line(lints.span.start), mistake.to_owned())));
    };
    let mut mistake: Option<(usize, String)> = None;
    let mut told = |found: (usize, String)| {
        if mistake.as_ref().is_none_or(|known| found.0 < known.0) {
            mistake = Some(found);
        }
    };
    for (key, value) in table {
        match (Lint::named(&key.name), level(value)) {
            (None, _) => told((line(key.span.start), unknown(&key.name))),
            (_, None) => told((
                line(value.span.start),
                format!("`lints.{}` is \"allow\", \"warn\" or \"deny\"", key.name),
            )),
            (Some(lint), Some(level)) => levels.push((lint, level)),
        }
    }
    (levels, mistake)
}

fn level(value: &Value<'_>) -> Option<Level> {
    value.as_str().and_then(Level::parse)
}

/// The mistake of a name that is no lint's.
pub(crate) fn unknown(name: &str) -> String {
    let names: Vec<_> = LINTS
        .iter()
        .map(|lint| format!("`{}`", lint.name))
        .collect();
    format!(
        "unknown lint `{name}`: expected one of {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn said(text: &str) -> (Vec<String>, Option<(usize, String)>) {
        let (levels, mistake) = parse(text);
        let levels = levels
            .iter()
            .map(|(lint, level)| format!("{}={}", lint.name, level.as_str()));
        (levels.collect(), mistake)
    }

    #[test]
    fn levels_are_read_and_other_sections_left_alone() {
        assert_eq!(
            said("page = 50\n[rules]\nn-plus-one = \"off\"\n[lints]\nquery_in_loop = \"deny\"\nformat_sql = \"allow\"\n").0,
            ["format_sql=allow", "query_in_loop=deny"]
        );
        assert_eq!(said("enforcement = \"warn\""), (vec![], None));
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_is_accepted() {
        let (levels, mistake) = said("[lints]\nquery_in_loop = \"error\"\nformat_sql = \"deny\"");
        assert_eq!(levels, ["format_sql=deny"]);
        assert_eq!(
            mistake,
            Some((
                2,
                "`lints.query_in_loop` is \"allow\", \"warn\" or \"deny\"".to_owned()
            ))
        );
        let (_, mistake) = said("\n[lints]\nquery_in_loops = \"deny\"");
        assert!(
            matches!(mistake, Some((3, text)) if text.starts_with("unknown lint `query_in_loops`: expected one of `blocking_in_async`"))
        );
        assert!(matches!(said("[lints\n").1, Some((1, _))));
        assert!(matches!(said("\nlints = 3").1, Some((2, _))));
    }
}
