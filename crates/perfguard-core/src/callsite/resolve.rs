//! From raw addresses to the user's own source lines.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use crate::report::escape;

/// How many of the user's frames a call site keeps, nearest first.
const MAX_USER_FRAMES: usize = 3;

/// How many addresses the process remembers the frames of.
const MAX_CACHED: usize = 4_096;

/// A place in the user's code, nearest frame first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    nearest: Frame,
    callers: Vec<Frame>,
}

impl CallSite {
    /// The source file, as the compiler was given it where that is known.
    #[must_use]
    pub fn file(&self) -> &str {
        self.nearest.file()
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.nearest.line()
    }

    /// The function, if the debug information names it.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.nearest.function()
    }

    /// The user's frames above this one, nearest first, at most two.
    #[must_use]
    pub fn callers(&self) -> &[Frame] {
        &self.callers
    }
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", escape(self.file()), self.line())?;
        match self.function() {
            Some(function) => write!(f, ", in {}", escape(function)),
            None => Ok(()),
        }
    }
}

/// One of the user's own stack frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    file: Arc<str>,
    line: u32,
    column: Option<u32>,
    function: Option<Arc<str>>,
}

impl Frame {
    /// The source file, as the compiler was given it where that is known.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, counted from 1, if the debug information has it.
    #[must_use]
    pub fn column(&self) -> Option<u32> {
        self.column
    }

    /// The function, if the debug information names it.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.function.as_deref()
    }
}

/// The user's frames behind `addresses`, nearest first.
pub(super) fn resolve(addresses: &[usize]) -> Option<CallSite> {
    let mut frames = Vec::with_capacity(MAX_USER_FRAMES);
    for address in addresses {
        frames.extend(user_frames(*address));
        if frames.len() >= MAX_USER_FRAMES {
            break;
        }
    }
    frames.truncate(MAX_USER_FRAMES);
    let mut frames = frames.into_iter();
    Some(CallSite {
        nearest: frames.next()?,
        callers: frames.collect(),
    })
}

/// The user's frames at one return address; several where calls were inlined.
fn user_frames(address: usize) -> Vec<Frame> {
    static CACHE: LazyLock<Mutex<HashMap<usize, Vec<Frame>>>> = LazyLock::new(Mutex::default);
    if let Some(frames) = CACHE.lock().get(&address) {
        return frames.clone();
    }
    let mut frames = Vec::new();
    // A return address is the instruction after the call.
    backtrace::resolve(
        std::ptr::without_provenance_mut(address.saturating_sub(1)),
        |symbol| {
            frames.extend(user_frame(symbol));
        },
    );
    let mut cache = CACHE.lock();
    if cache.len() < MAX_CACHED {
        cache.insert(address, frames.clone());
    }
    frames
}

fn user_frame(symbol: &backtrace::Symbol) -> Option<Frame> {
    let path = symbol.filename()?;
    let text = path.to_str()?.replace('\\', "/");
    let line = symbol.lineno().filter(|line| *line > 0)?;
    let function = symbol.name().map(|name| format!("{name:#}"));
    if !is_users_file(&text) || function.as_deref().is_some_and(is_orm_expansion) {
        return None;
    }
    Some(Frame {
        file: shorten(path, &text).into(),
        line,
        column: symbol.colno(),
        function: function
            .as_deref()
            .map(readable)
            .filter(|name| !name.is_empty())
            .map(Arc::from),
    })
}

/// By the file, not by the symbol: the names of inlined functions have no path
/// where a build has line tables only.
fn is_users_file(file: &str) -> bool {
    const LIBRARIES: [&str; 5] = [
        "/rustc/",
        "/rustlib/src/rust/",
        "/registry/src/",
        "/git/checkouts/",
        "/library/std/src/",
    ];
    file.ends_with(".rs")
        && !LIBRARIES.iter().any(|library| file.contains(library))
        && !is_own_file(file)
}

/// True for the sources of perfguard's own crates, wherever they were built.
fn is_own_file(file: &str) -> bool {
    const CRATES: [&str; 5] = [
        "perfguard/src/",
        "perfguard-core/src/",
        "perfguard-diesel/src/",
        "perfguard-macros/src/",
        "perfguard-sea-orm/src/",
    ];
    let here = file!().replace('\\', "/");
    let Some(folder) = here.strip_suffix("perfguard-core/src/callsite/resolve.rs") else {
        // Built from the registry, whose folders carry the version: those
        // files are left out as a library's.
        return false;
    };
    CRATES
        .iter()
        .any(|own| file.contains(&format!("{folder}{own}")))
}

/// Functions that SeaORM's derive macros write into the user's entity files.
fn is_orm_expansion(function: &str) -> bool {
    ["EntityLoader", "ActiveModelEx"]
        .iter()
        .any(|name| function.contains(name))
}

/// `blog::list_posts` for `blog::list_posts::{{closure}}::{{closure}}`; nothing
/// for a name that says nothing, such as `{async_fn#0}`.
fn readable(function: &str) -> &str {
    let mut name = function;
    while let Some((rest, last)) = name.rsplit_once("::") {
        if !last.starts_with('{') {
            break;
        }
        name = rest;
    }
    if name.starts_with('{') { "" } else { name }
}

/// The path as the compiler was given it.
///
/// Debug information prefixes it with the folder that cargo started the
/// compiler in: the workspace, which a test runs in or below.
fn shorten(path: &Path, text: &str) -> String {
    static WORKSPACE: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        let current = std::env::current_dir().ok()?;
        current
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .map(Path::to_path_buf)
            .or(Some(current))
    });
    WORKSPACE
        .as_deref()
        .and_then(|workspace| path.strip_prefix(workspace).ok())
        .and_then(Path::to_str)
        .map_or_else(|| text.to_owned(), |short| short.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::{is_users_file, readable};

    #[test]
    fn frames_of_libraries_are_not_the_users() {
        for library in [
            "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/diesel-2.3.14/src/lib.rs",
            "/home/u/.cargo/git/checkouts/diesel-1234/src/lib.rs",
            "/rustc/59807616e/library/core/src/ops/function.rs",
            "/home/u/.rustup/toolchains/x/lib/rustlib/src/rust/library/std/src/rt.rs",
            "sqlite3.c",
            file!(),
        ] {
            assert!(!is_users_file(library), "{library}");
        }
        for users in [
            "src/handlers.rs",
            "/srv/app/src/perfguard.rs",
            "examples/blog/src/lib.rs",
        ] {
            assert!(is_users_file(users), "{users}");
        }
    }

    #[test]
    fn closures_are_shown_as_the_function_they_stand_in() {
        assert_eq!(
            readable("blog::list::{{closure}}::{{closure}}"),
            "blog::list"
        );
        assert_eq!(readable("blog::list"), "blog::list");
        assert_eq!(readable("{async_fn#0}"), "");
        assert_eq!(readable("{closure#0}"), "");
    }
}
