//! The files of baselines.

use std::fs;
use std::io::{ErrorKind, Write};
use std::panic::Location;
use std::path::{Path, PathBuf};

use super::recorded::Recorded;

/// The folder beside the source of a test.
const FOLDER: &str = "baselines";

/// What a file that waits for a review ends in.
const PROPOSAL: &str = "new";

/// The name of the file of the `number`th baseline of a test: the source's, and
/// the path of the test in its crate.
///
/// A package may have a library and a program with a test of one path each, in
/// one folder. The cases of a parameterised test share one function: the
/// harness names the thread by the case.
pub(super) fn name(source: &str, test: &str, number: u32) -> String {
    let (_, path) = test.split_once("::").unwrap_or(("", test));
    let thread = std::thread::current();
    let case = thread.name().and_then(|thread| thread.strip_prefix(path));
    let case = case.filter(|case| case.starts_with("::"));
    let source = Path::new(source).file_stem().unwrap_or_default();
    let number = if number == 1 {
        String::new()
    } else {
        format!("-{number}")
    };
    let name = format!(
        "{}::{path}{}",
        source.to_string_lossy(),
        case.unwrap_or_default()
    );
    let is_plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '.');
    let name = name.replace("::", ".");
    let name = name
        .chars()
        .map(|sign| if is_plain(sign) { sign } else { '-' });
    format!("{}{number}.baseline", name.collect::<String>())
}

/// Where it stands: in a folder beside the source of the test.
///
/// # Errors
/// If that source is nowhere: the compiler names it from the folder of the
/// workspace, and a test runs in that of its package.
pub(super) fn path(place: &Location<'_>, name: &str) -> Result<PathBuf, String> {
    let source = Path::new(place.file());
    let start = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let start = start
        .or_else(|| std::env::current_dir().ok())
        .unwrap_or_default();
    let found = start
        .ancestors()
        .map(|folder| folder.join(source))
        .find(|path| path.is_file());
    let Some(source) = found else {
        return Err(format!(
            "the source of the test, {}, is neither in {} nor in a folder around it: its baseline has no place",
            source.display(),
            start.display()
        ));
    };
    Ok(source.with_file_name(FOLDER).join(name))
}

/// The file that waits for a review.
pub(super) fn proposal(path: &Path) -> PathBuf {
    with_ending(path, PROPOSAL)
}

/// What is recorded, if anything is.
pub(super) fn read(path: &Path) -> Result<Option<Recorded>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    let recorded = Recorded::parse(&text);
    recorded
        .map(Some)
        .map_err(|(line, problem)| format!("{}:{line}: {problem}", path.display()))
}

/// Writes all of it, or nothing: a test that is killed leaves no half a file.
pub(super) fn write(path: &Path, recorded: &Recorded) -> Result<(), String> {
    let written = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let draft = with_ending(path, &std::process::id().to_string());
        fs::File::create(&draft)?.write_all(recorded.write().as_bytes())?;
        fs::rename(&draft, path)
    };
    written().map_err(|error| failed("write", path, &error))
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("failed to {what} {}: {error}", path.display())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{name, proposal};

    #[test]
    fn the_file_is_named_by_the_test() {
        let file = |source, test| name(source, test, 1);
        assert_eq!(
            file("src/lib.rs", "shop::tests::lists"),
            "lib.tests.lists.baseline"
        );
        assert_eq!(
            file("src/main.rs", "shop::tests::lists"),
            "main.tests.lists.baseline"
        );
        assert_eq!(file("tests/it.rs", "it::x__y::z"), "it.x__y.z.baseline");
        assert_eq!(file("tests/it.rs", "it::x::y__z"), "it.x.y__z.baseline");
        assert_eq!(name("tests/it.rs", "it::lists", 2), "it.lists-2.baseline");
        assert_eq!(
            file("src/a.rs", "<shop::Api as Trait>::list"),
            "a.Api-as-Trait-.list.baseline"
        );
        assert_eq!(
            proposal(Path::new("a/b.baseline")),
            Path::new("a/b.baseline.new")
        );
    }
}
