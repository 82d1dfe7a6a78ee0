//! From raw addresses to the user's own source lines.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use crate::report::escape;
use crate::settings::Settings;

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
///
/// What a macro wrote into the user's file is shown only where nothing else of
/// the user's is left.
pub(super) fn resolve(addresses: &[usize]) -> Option<CallSite> {
    let frames = |with_expansions: bool| {
        addresses.iter().flat_map(move |address| {
            let symbols = symbols(*address);
            let shown = symbols
                .iter()
                .filter(|symbol| with_expansions || !symbol.is_expansion);
            let frames: Vec<_> = shown.filter_map(|symbol| symbol.frame.clone()).collect();
            frames
        })
    };
    call_site(frames(false)).or_else(|| call_site(frames(true)))
}

fn call_site(mut frames: impl Iterator<Item = Frame>) -> Option<CallSite> {
    Some(CallSite {
        nearest: frames.next()?,
        callers: frames.take(MAX_USER_FRAMES - 1).collect(),
    })
}

/// The place that a driver stated.
pub(super) fn stated(location: &'static Location<'static>) -> CallSite {
    let text = location.file().replace('\\', "/");
    CallSite {
        nearest: Frame {
            file: shorten(Path::new(location.file()), &text).into(),
            line: location.line(),
            column: Some(location.column()),
            function: None,
        },
        callers: Vec::new(),
    }
}

/// A function at an address; several where calls were inlined.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub(super) owner: Owner,
    /// For the user's own functions.
    pub(super) frame: Option<Frame>,
    /// A macro wrote it into the user's file.
    pub(super) is_expansion: bool,
    /// Debug information of the build tells its line. The standard library
    /// brings its own.
    has_line: bool,
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
            is_expansion: false,
            has_line: false,
        };
    };
    let owner = owner(&text, Settings::current().paths());
    let line = symbol.lineno().filter(|line| *line > 0);
    let function = symbol.name().map(|name| format!("{name:#}"));
    let column = symbol.colno();
    let frame = line.filter(|_| owner == Owner::User).map(|line| Frame {
        file: shorten(path, &text).into(),
        line,
        column,
        function: function
            .as_deref()
            .map(readable)
            .filter(|name| !name.is_empty())
            .map(Arc::from),
    });
    Symbol {
        owner,
        frame,
        has_line: line.is_some() && !is_standard(&text),
        is_expansion: column == Some(1) || function.as_deref().is_some_and(is_orm_expansion),
    }
}

/// By the file, not by the symbol: the names of inlined functions have no path
/// where a build has line tables only.
///
/// What the application says of its paths comes first, its own before those of
/// libraries.
fn owner(file: &str, paths: &Paths) -> Owner {
    const LIBRARIES: [&str; 2] = ["/registry/src/", "/git/checkouts/"];
    /// Crates whose iterators and collections call closures as the standard
    /// library's do.
    const COLLECTIONS: [&str; 4] = ["/either-", "/hashbrown-", "/indexmap-", "/itertools-"];
    let is_in = |folders: &[&str]| folders.iter().any(|folder| file.contains(folder));
    if paths.is_own(file) {
        Owner::User
    } else if paths.is_library(file) {
        Owner::Library
    } else if is_standard(file) {
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
    } else if !file.ends_with(".rs") || is_own_file(file) || is_adapters_file(file) {
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

fn is_standard(file: &str) -> bool {
    const STANDARD: [&str; 3] = ["/rustc/", "/rustlib/src/rust/", "/library/std/src/"];
    STANDARD.iter().any(|folder| file.contains(folder))
}

/// True if the build has line tables, as far as `addresses` tell.
pub(super) fn has_lines(addresses: &[usize]) -> bool {
    let mut symbols = addresses.iter().map(|address| symbols(*address));
    symbols.any(|symbols| symbols.iter().any(|symbol| symbol.has_line))
}

/// Where the application says that its code and that of its libraries lie.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Paths {
    own: Vec<String>,
    libraries: Vec<String>,
}

impl Paths {
    pub(crate) fn add_own(&mut self, path: &str) {
        self.own.extend(normalised(path));
    }

    pub(crate) fn add_library(&mut self, path: &str) {
        self.libraries.extend(normalised(path));
    }

    fn is_own(&self, file: &str) -> bool {
        self.own.iter().any(|path| lies_in(file, path))
    }

    fn is_library(&self, file: &str) -> bool {
        self.libraries.iter().any(|path| lies_in(file, path))
    }
}

/// With slashes, without one at the end; nothing for a path that is empty.
fn normalised(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let path = path.trim_end_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

/// True if `file` is `path` or lies in that folder. A relative path may begin
/// at any folder of `file`; whole names only.
fn lies_in(file: &str, path: &str) -> bool {
    file.match_indices(path).any(|(start, found)| {
        let before = file.get(..start).unwrap_or_default();
        let after = file.get(start + found.len()..).unwrap_or_default();
        let is_absolute = path.starts_with('/') || path.get(1..2) == Some(":");
        (before.is_empty() || (!is_absolute && before.ends_with('/')))
            && (after.is_empty() || after.starts_with('/'))
    })
}

/// The sources of adapters that are not perfguard's own.
static ADAPTERS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// Says that the frames of `file`, as `file!()` gives it, are an adapter's.
pub(crate) fn source_of_adapter(file: &'static str) {
    let mut files = ADAPTERS.lock();
    if !files.contains(&file) {
        files.push(file);
    }
}

fn is_adapters_file(file: &str) -> bool {
    let files = ADAPTERS.lock();
    files
        .iter()
        .filter_map(|source| normalised(source))
        .any(|source| lies_in(file, &source))
}

/// Functions that SeaORM's derive macros write into the user's entity files,
/// as of its version 2.0.
///
/// Where names are cut short (line tables only), the column tells: the
/// expansion of an attribute stands where the attribute does, at the start of
/// a line, where no statement does.
fn is_orm_expansion(function: &str) -> bool {
    const TYPES: [&str; 3] = ["ActiveModelEx", "EntityLoader", "ModelEx"];
    let is_part_of_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut words = function.split(|sign| !is_part_of_word(sign));
    words.any(|word| TYPES.contains(&word) || word == "cascade_delete")
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
    use super::{Owner, Paths, is_orm_expansion, readable};

    fn owner(file: &str) -> Owner {
        super::owner(file, &Paths::default())
    }

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

    fn paths(own: &[&str], libraries: &[&str]) -> Paths {
        let mut paths = Paths::default();
        own.iter().for_each(|path| paths.add_own(path));
        libraries.iter().for_each(|path| paths.add_library(path));
        paths
    }

    #[test]
    fn an_application_says_where_its_libraries_are() {
        let paths = paths(&[], &["vendor/", "third_party", "/deps", "C:\\deps\\"]);
        for library in [
            "vendor/diesel/src/lib.rs",
            "/srv/app/vendor/diesel/src/lib.rs",
            "/srv/app/third_party/sqlx/src/lib.rs",
            "/deps/sea-orm-2.0.4/src/lib.rs",
            "C:/deps/diesel/src/lib.rs",
        ] {
            assert_eq!(super::owner(library, &paths), Owner::Library, "{library}");
        }
        for users in [
            "src/vendor.rs",
            "src/vendors/list.rs",
            "src/my_third_party/list.rs",
            "/srv/deps/src/lib.rs",
        ] {
            assert_eq!(super::owner(users, &paths), Owner::User, "{users}");
        }
    }

    #[test]
    fn an_application_says_which_code_is_its_own_whatever_the_path() {
        // Remapped by `--remap-path-prefix`, or built from a registry.
        let paths = paths(
            &[
                "/rustc/app",
                "registry/src/index/shop-1.0.0",
                "./vendor/ours/",
            ],
            &["vendor/"],
        );
        for (file, whose) in [
            ("/rustc/app/src/main.rs", Owner::User),
            (
                "/rustc/5980761/library/alloc/src/vec/mod.rs",
                Owner::Plumbing,
            ),
            (
                "/u/.cargo/registry/src/index/shop-1.0.0/src/lib.rs",
                Owner::User,
            ),
            (
                "/u/.cargo/registry/src/index/shop-1.0.0-x/src/lib.rs",
                Owner::Library,
            ),
            ("vendor/ours/src/lib.rs", Owner::User),
            ("vendor/theirs/src/lib.rs", Owner::Library),
        ] {
            assert_eq!(super::owner(file, &paths), whose, "{file}");
        }
    }

    #[test]
    fn an_empty_path_says_nothing() {
        let paths = paths(&["", "/"], &["", "./"]);
        assert_eq!(super::owner("src/main.rs", &paths), Owner::User);
        assert_eq!(super::owner("sqlite3.c", &paths), Owner::Library);
    }

    #[test]
    fn an_adapter_names_its_own_file() {
        super::source_of_adapter("drivers/src/in_a_test_of_resolve.rs");
        let file = "/srv/app/drivers/src/in_a_test_of_resolve.rs";
        assert_eq!(owner(file), Owner::Library);
        assert_eq!(owner("/srv/app/drivers/src/lib.rs"), Owner::User);
    }

    #[test]
    fn what_sea_orms_macros_write_is_known_by_its_name() {
        for generated in [
            "blog::post::EntityLoader::load_nest_nest::{{closure}}",
            "<blog::post::ActiveModelEx as sea_orm::ActiveModelTrait>::save",
            "blog::post::ActiveModelEx::action::{{closure}}::{{closure}}",
            "blog::post::ModelEx::delete",
            "blog::post::Model::cascade_delete",
        ] {
            assert!(is_orm_expansion(generated), "{generated}");
        }
        for users in [
            "blog::MyEntityLoader::load",
            "blog::post::ModelExtra::delete",
            "blog::post::Model::delete",
            "blog::list",
        ] {
            assert!(!is_orm_expansion(users), "{users}");
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
