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
    let mut frames = addresses.iter().flat_map(|address| {
        let symbols = symbols(*address);
        let frames: Vec<_> = symbols
            .iter()
            .filter_map(|symbol| symbol.frame.clone())
            .collect();
        frames
    });
    Some(CallSite {
        nearest: frames.next()?,
        callers: frames.take(MAX_USER_FRAMES - 1).collect(),
    })
}

/// A function at an address; several where calls were inlined.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub(super) owner: Owner,
    /// For the user's own functions.
    pub(super) frame: Option<Frame>,
}

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A library's, or unknown.
    Library,
    /// The standard library's, or that of a crate of iterators and
    /// collections: code that calls the user back.
    Plumbing,
    User,
}

/// The functions at one return address, innermost first.
pub(super) fn symbols(address: usize) -> Arc<[Symbol]> {
    static CACHE: LazyLock<Mutex<HashMap<usize, Arc<[Symbol]>>>> = LazyLock::new(Mutex::default);
    if let Some(symbols) = CACHE.lock().get(&address) {
        return Arc::clone(symbols);
    }
    let mut symbols = Vec::new();
    // A return address is the instruction after the call.
    let call = std::ptr::without_provenance_mut(address.saturating_sub(1));
    backtrace::resolve(call, |symbol| symbols.push(read(symbol)));
    let symbols: Arc<[Symbol]> = symbols.into();
    let mut cache = CACHE.lock();
    if cache.len() < MAX_CACHED {
        cache.insert(address, Arc::clone(&symbols));
    }
    symbols
}

fn read(symbol: &backtrace::Symbol) -> Symbol {
    let path = symbol.filename();
    let Some((path, text)) = path.and_then(|path| Some((path, path.to_str()?.replace('\\', "/"))))
    else {
        return Symbol {
            owner: Owner::Library,
            frame: None,
        };
    };
    let owner = owner(&text);
    let line = symbol.lineno().filter(|line| *line > 0);
    let function = symbol.name().map(|name| format!("{name:#}"));
    let is_shown = owner == Owner::User && !function.as_deref().is_some_and(is_orm_expansion);
    let frame = line.filter(|_| is_shown).map(|line| Frame {
        file: shorten(path, &text).into(),
        line,
        column: symbol.colno(),
        function: function
            .as_deref()
            .map(readable)
            .filter(|name| !name.is_empty())
            .map(Arc::from),
    });
    Symbol { owner, frame }
}

/// By the file, not by the symbol: the names of inlined functions have no path
/// where a build has line tables only.
fn owner(file: &str) -> Owner {
    const STANDARD: [&str; 3] = ["/rustc/", "/rustlib/src/rust/", "/library/std/src/"];
    const LIBRARIES: [&str; 2] = ["/registry/src/", "/git/checkouts/"];
    /// Crates whose iterators and collections call closures as the standard
    /// library's do.
    const COLLECTIONS: [&str; 4] = ["/either-", "/hashbrown-", "/indexmap-", "/itertools-"];
    let is_in = |folders: &[&str]| folders.iter().any(|folder| file.contains(folder));
    if is_in(&STANDARD) {
        // What polls futures may poll two of them from two lines.
        if is_in(&["/core/src/future/", "/core/src/task/"]) {
            Owner::Library
        } else {
            Owner::Plumbing
        }
    } else if is_in(&LIBRARIES) {
        if is_in(&COLLECTIONS) {
            Owner::Plumbing
        } else {
            Owner::Library
        }
    } else if !file.ends_with(".rs") || is_own_file(file) {
        Owner::Library
    } else {
        Owner::User
    }
}

/// True for the sources of perfguard's own crates, wherever they were built.
fn is_own_file(file: &str) -> bool {
    const CRATES: [&str; 6] = [
        "perfguard/src/",
        "perfguard-core/src/",
        "perfguard-diesel/src/",
        "perfguard-macros/src/",
        "perfguard-sea-orm/src/",
        "perfguard-sqlx/src/",
    ];
    let here = file!().replace('\\', "/");
    let Some(folder) = here.strip_suffix("perfguard-core/src/callsite/resolve.rs") else {
        // Built from the registry, whose folders carry the version: those
        // files are a library's already.
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
    use super::{Owner, owner, readable};

    #[test]
    fn a_frame_belongs_to_whoever_wrote_its_file() {
        for library in [
            "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/diesel-2.3.14/src/lib.rs",
            "/home/u/.cargo/git/checkouts/diesel-1234/src/lib.rs",
            "/rustc/59807616e/library/core/src/future/poll_fn.rs",
            "sqlite3.c",
            file!(),
        ] {
            assert_eq!(owner(library), Owner::Library, "{library}");
        }
        for plumbing in [
            "/rustc/59807616e/library/core/src/iter/adapters/mod.rs",
            "/home/u/.rustup/toolchains/x/lib/rustlib/src/rust/library/alloc/src/vec/mod.rs",
            "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/itertools-0.14.0/src/lib.rs",
        ] {
            assert_eq!(owner(plumbing), Owner::Plumbing, "{plumbing}");
        }
        for users in [
            "src/handlers.rs",
            "/srv/app/src/perfguard.rs",
            "examples/blog/src/lib.rs",
        ] {
            assert_eq!(owner(users), Owner::User, "{users}");
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
