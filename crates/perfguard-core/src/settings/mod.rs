//! What an application can decide about perfguard.
//!
//! The environment is read once, when the first scope opens or when settings
//! are installed, and wins over them. Where nobody installs any, it may name a
//! file, which is read then. What is looked at for each statement is fixed
//! then; the rest ([`Live`]) may change, and a scope keeps what it began with.

mod live;
mod route;

use std::ffi::OsStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::call_sites::CallSites;
use crate::callsite::Paths;
use crate::error::Error;
use crate::limits::Limits;
use crate::process;
use crate::report::escape;
use crate::sink::{self, Outlet, Sink};
use crate::standing::StandingAllow;
use crate::statement::Options;
use crate::thresholds::{Profile, Thresholds};

pub(crate) use live::Live;
pub use route::Route;

/// The environment variable that says what a broken budget does.
const VARIABLE: &str = "PERFGUARD";

/// The environment variable that names a file with settings.
const FILE: &str = "PERFGUARD_CONFIG";

/// What a broken budget does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Enforcement {
    /// Panic with the report when the outermost scope has ended.
    Fail,
    /// Count nothing and say nothing.
    Off,
    /// Write one `tracing` event per violating scope.
    Warn,
}

impl Enforcement {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        match value {
            "fail" => Some(Self::Fail),
            "off" => Some(Self::Off),
            "warn" => Some(Self::Warn),
            _ => None,
        }
    }
}

/// Decisions of the application, made at start-up.
///
/// Without any, a budget fails a test that cargo built and warns everywhere
/// else. The environment variable `PERFGUARD=fail|warn|off` wins over what is
/// installed here; child processes inherit it. In a process that installs none
/// they are read from the file that `PERFGUARD_CONFIG` names, if there is that
/// variable (feature `config`). Most of them may be changed while the process
/// runs: see [`reload`](Self::reload).
///
/// ```
/// use perfguard_core::Settings;
///
/// Settings::new().resolve_call_sites(true).install()?;
/// # Ok::<(), perfguard_core::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "settings do nothing until they are installed"]
pub struct Settings {
    resolve_call_sites: bool,
    call_sites: CallSites,
    paths: Paths,
    statements: Options,
    costly_query: Option<Duration>,
    sinks: Vec<Outlet>,
    wants_timelines: bool,
    /// What may change while the process runs.
    live: Live,
    problem: Option<String>,
    /// What is wrong with the file that the environment names, and does no
    /// harm.
    warnings: Vec<String>,
}

static SETTINGS: OnceCell<Settings> = OnceCell::new();

impl Settings {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what a broken budget does, whatever the process is.
    pub fn enforcement(mut self, enforcement: Enforcement) -> Self {
        self.live.enforcement = Some(enforcement);
        self
    }

    /// Whether a production warning names the place of the query itself.
    ///
    /// Off by default: without it `code.file.path` and `code.line.number` are
    /// the annotated function's, which costs nothing. The first address that a
    /// process resolves reads its debug information, 0.1 to 1 second and about
    /// 100 MB for a large binary, and it happens on the thread that ends the
    /// scope.
    pub fn resolve_call_sites(mut self, resolve: bool) -> Self {
        self.resolve_call_sites = resolve;
        self
    }

    /// Says of which statements the call site is read: see [`CallSites`].
    pub fn call_sites(mut self, call_sites: CallSites) -> Self {
        self.call_sites = call_sites;
        self
    }

    /// Names files and folders whose code is a library's: call sites are shown
    /// above them.
    ///
    /// For dependencies that are vendored, and for what `--remap-path-prefix`
    /// makes of cargo's folders; those of a registry or of git are known. A
    /// relative path may begin at any folder, an absolute one is the beginning.
    ///
    /// ```
    /// use perfguard_core::Settings;
    ///
    /// let settings = Settings::new()
    ///     .library_paths(["vendor/", "third_party/"])
    ///     .own_paths(["vendor/our-fork/"]);
    /// # drop(settings);
    /// ```
    pub fn library_paths<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        for path in paths {
            self.paths.add_library(path.as_ref());
        }
        self
    }

    /// Names files and folders whose code is the application's own, whatever
    /// else they look like: a package that is built from a registry, sources
    /// that are remapped to `/rustc/`, a part of what is vendored.
    ///
    /// As [`library_paths`](Self::library_paths), over which it wins.
    pub fn own_paths<P: AsRef<str>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        for path in paths {
            self.paths.add_own(path.as_ref());
        }
        self
    }

    /// Says how statements are read where the server or the schema is not as
    /// usual: see [`Options`].
    pub fn statements(mut self, options: Options) -> Self {
        self.statements = options;
        self
    }

    /// What guarded connections enforce for every scope: see [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.live.limits = limits;
        self
    }

    /// Says from when on one statement is a `slow-query`: 500 milliseconds
    /// where nobody says otherwise.
    ///
    /// Where drivers tell no times, reports then say that they do not.
    pub fn slow_query(self, limit: Duration) -> Self {
        self.thresholds(Thresholds::new().slow_query(limit))
    }

    /// Says from when on a statement costs so much that it might be a
    /// `cache-candidate`: 100 milliseconds where nobody says otherwise.
    pub fn costly_query(mut self, limit: Duration) -> Self {
        self.costly_query = Some(limit);
        self
    }

    /// Says from when on a transaction is a `long-transaction`: 5 seconds where
    /// nobody says otherwise.
    pub fn long_transaction(self, limit: Duration) -> Self {
        self.thresholds(Thresholds::new().long_transaction(limit))
    }

    /// Says from when on one poll of an annotated async function is a
    /// `blocking-poll`: 100 milliseconds where nobody says otherwise.
    ///
    /// Polls are timed by the system's coarse clock, in steps of 1 to 16
    /// milliseconds: one of less than 20 is never reported.
    pub fn blocking_poll(self, limit: Duration) -> Self {
        self.thresholds(Thresholds::new().blocking_poll(limit))
    }

    /// Says from when on rules speak in scopes of one profile, and how loud:
    /// see [`Thresholds`]. It wins over what is said for all.
    pub fn profile(mut self, profile: Profile, thresholds: Thresholds) -> Self {
        self.live.profile(profile, thresholds);
        self
    }

    /// The same, for scopes of all profiles.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.live.thresholds.with(thresholds);
        self
    }

    /// Declares a table small, and says why: `unbounded-result`,
    /// `missing-pagination`, `wide-select` and `missing-index` leave statements
    /// alone that read small tables only.
    ///
    /// A name without its schema is that table in every schema; upper and
    /// lower case are the same.
    ///
    /// ```
    /// use perfguard_core::Settings;
    ///
    /// let settings = Settings::new().small_table("countries", "ISO list, 249 rows");
    /// # drop(settings);
    /// ```
    pub fn small_table(mut self, table: impl AsRef<str>, reason: impl AsRef<str>) -> Self {
        let tables = &mut self.live.small_tables;
        tables.declare(table.as_ref(), reason.as_ref());
        self
    }

    /// Says how many rows tables have where they are in use: `missing-index`
    /// leaves those alone that have few, and says the same of the others.
    ///
    /// A table of the default schema is named without it, one of another schema
    /// as `schema.table`; upper and lower case are the same. `cargo perfguard
    /// stats` asks a database and writes a file, which `config::table_rows`
    /// reads (feature `config`), or the key `table_rows` in `perfguard.toml`.
    ///
    /// ```
    /// use perfguard_core::Settings;
    ///
    /// let settings = Settings::new().table_rows([("tags", 60), ("shop.orders", 120_000)]);
    /// # drop(settings);
    /// ```
    pub fn table_rows<T: AsRef<str>>(mut self, rows: impl IntoIterator<Item = (T, u64)>) -> Self {
        for (table, rows) in rows {
            self.live.small_tables.rows.know(table.as_ref(), rows);
        }
        self
    }

    /// Says from how many rows on a table of [`table_rows`](Self::table_rows)
    /// is no small one: 500 where nobody says otherwise, as dexter and pghero
    /// ask for before they suggest an index. More than 1 000 are also asked of the
    /// rows that one key of an index finds, before a filter that drops most of
    /// them is a finding of `missing-index`.
    pub fn small_rows(mut self, rows: u64) -> Self {
        self.live.small_tables.rows.small(rows);
        self
    }

    /// Accepts findings that are named here, and not where they are: see
    /// [`StandingAllow`].
    pub fn allow(mut self, allow: StandingAllow) -> Self {
        self.live.allows.push(allow);
        self
    }

    /// Says what holds for one route, or for any other scope of this name, as
    /// reports show the name: see [`Route`].
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use perfguard_core::{Limits, Route, Settings};
    ///
    /// let limits = Limits::new().hard_max(500).hard_max_time(Duration::from_secs(2));
    /// let settings = Settings::new().route("GET /search", Route::new().limits(limits));
    /// # drop(settings);
    /// ```
    pub fn route(mut self, name: impl Into<String>, route: Route) -> Self {
        self.live.routes.insert(name.into(), route);
        self
    }

    /// Says how often a rule that is broken in a scope of one name is warned
    /// of: once in 60 seconds where nobody says otherwise, and each time with
    /// [`Duration::ZERO`].
    ///
    /// The next warning says how many were suppressed.
    pub fn warn_every(mut self, interval: Duration) -> Self {
        self.live.warn_every = Some(interval);
        self
    }

    /// Says for which share of all scopes an event at INFO sums up what they
    /// ran, from 0 to 1: none where nobody says otherwise.
    ///
    /// Whole scopes are sampled, the outermost ones, and never single
    /// statements.
    pub fn summaries(mut self, share: f64) -> Self {
        self.live.summaries = share;
        self
    }

    /// Gives what each scope leaves to a [`Sink`] as well.
    pub fn sink(mut self, sink: impl Sink) -> Self {
        self.wants_timelines |= sink.wants_timeline();
        self.sinks.push(Outlet::new(sink));
        self
    }

    /// Fixes these settings for the process.
    ///
    /// # Errors
    /// If settings were installed before, if a scope was opened before, if a
    /// small table has no reason, if a level was set for a rule that does not
    /// exist, if an allow is wrong, if a share is none, or if the environment
    /// variable `PERFGUARD` holds something else than `fail`, `warn` or `off`.
    pub fn install(self) -> Result<(), Error> {
        self.live.check()?;
        let settings = self.with_environment();
        let problem = settings.problem.clone();
        let live = settings.live.clone();
        SETTINGS.set(settings).map_err(|_| {
            Error::settings(
                "perfguard's settings are already in use: install them once, at start-up, before the first scope opens, and change them by `reload`",
            )
        })?;
        Live::replace(live);
        problem.map_or(Ok(()), |problem| Err(Error::settings(problem)))
    }

    /// Puts these settings in the place of those that hold, while the process
    /// runs.
    ///
    /// What is not said here holds by default again. Scopes that are open keep
    /// what they began with. `PERFGUARD` in the environment still wins: where
    /// it says `off`, nothing switches on.
    ///
    /// Fixed when the process starts, and left as they are where nothing is
    /// said of them here: [`call_sites`](Self::call_sites),
    /// [`resolve_call_sites`](Self::resolve_call_sites),
    /// [`library_paths`](Self::library_paths), [`own_paths`](Self::own_paths),
    /// [`statements`](Self::statements), [`costly_query`](Self::costly_query).
    /// Sinks stay, and are installed once.
    ///
    /// # Errors
    /// As [`install`](Self::install), and if something is said here of what is
    /// fixed, and is not as it holds. Then nothing changes.
    pub fn reload(self) -> Result<(), Error> {
        self.live.check()?;
        if let Some(fixed) = self.differs_from(Self::current()) {
            return Err(Error::settings(format!(
                "`{fixed}` is fixed when the process starts: leave it out of what is reloaded, or start again"
            )));
        }
        let settings = self.with_environment();
        match settings.problem {
            Some(problem) => Err(Error::settings(problem)),
            None => {
                Live::replace(settings.live);
                Ok(())
            }
        }
    }

    /// What is said here and is not as it is there, of what is fixed.
    fn differs_from(&self, installed: &Self) -> Option<&'static str> {
        fn differs<T: PartialEq + Default>(new: &T, old: &T) -> bool {
            *new != T::default() && new != old
        }
        let fixed = [
            (
                "call_sites",
                differs(&self.call_sites, &installed.call_sites),
            ),
            (
                "costly_query",
                differs(&self.costly_query, &installed.costly_query),
            ),
            (
                "library_paths` or `own_paths",
                differs(&self.paths, &installed.paths),
            ),
            (
                "resolve_call_sites",
                differs(&self.resolve_call_sites, &installed.resolve_call_sites),
            ),
            ("sink", !self.sinks.is_empty()),
            (
                "statements",
                differs(&self.statements, &installed.statements),
            ),
        ];
        let mut fixed = fixed.into_iter();
        fixed.find_map(|(name, is_other)| is_other.then_some(name))
    }

    fn with_environment(mut self) -> Self {
        // An empty value is how scripts leave a variable unset.
        let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return self;
        };
        match value.to_str().and_then(Enforcement::parse) {
            Some(enforcement) => self.live.environment = Some(enforcement),
            None => {
                self.problem = Some(format!(
                    "the environment variable {VARIABLE} is `{}`: accepted are `fail`, `warn` and `off`",
                    escape(&value.to_string_lossy())
                ));
            }
        }
        self
    }

    /// The settings of a process that installs none.
    fn of_environment() -> Self {
        let file = std::env::var_os(FILE).filter(|file| !file.is_empty());
        let read = file.map_or_else(|| Ok(Self::new()), |file| Self::of_file(&file));
        read.unwrap_or_else(|error| Self {
            problem: Some(format!("{error} (named by {FILE} in the environment)")),
            ..Self::new()
        })
        .with_environment()
    }

    #[cfg(feature = "config")]
    fn of_file(file: &OsStr) -> Result<Self, Error> {
        let (settings, warnings) = crate::config::read(file.as_ref())?;
        // Nobody listens in a test.
        let problem = warnings.first().filter(|_| process::is_cargo_test());
        Ok(Self {
            problem: problem.cloned(),
            warnings,
            ..settings
        })
    }

    #[cfg(not(feature = "config"))]
    fn of_file(_: &OsStr) -> Result<Self, Error> {
        Err(Error::settings(
            "perfguard reads no settings from a file without its feature `config`",
        ))
    }

    /// The settings of this process.
    pub(crate) fn current() -> &'static Self {
        static IS_SAID: AtomicBool = AtomicBool::new(false);
        let settings = SETTINGS.get_or_init(Self::of_environment);
        // After the initialisation: whoever hears it may ask for them again.
        let mut said = settings.problem.iter().chain(&settings.warnings).peekable();
        if said.peek().is_some() && !IS_SAID.swap(true, Ordering::Relaxed) {
            said.for_each(|it| sink::complain(it));
        }
        settings
    }

    /// What is wrong with the environment, for tests to fail with.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    pub(crate) fn resolves_call_sites(&self) -> bool {
        self.resolve_call_sites
    }

    pub(crate) fn which_call_sites(&self) -> CallSites {
        self.call_sites
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    pub(crate) fn statement_options(&self) -> Options {
        self.statements
    }

    /// What was said of costly queries.
    pub(crate) fn costly(&self) -> Option<Duration> {
        self.costly_query
    }

    /// What else takes what scopes leave.
    pub(crate) fn sinks(&self) -> &[Outlet] {
        &self.sinks
    }

    /// Whether one of them wants to know when statements run.
    pub(crate) fn wants_timelines(&self) -> bool {
        self.wants_timelines
    }

    /// What may change, as it was at the start.
    pub(crate) fn at_start(&self) -> &Live {
        &self.live
    }

    /// What holds where nobody said anything.
    pub(crate) fn default_enforcement() -> Enforcement {
        if process::is_cargo_test() {
            Enforcement::Fail
        } else {
            Enforcement::Warn
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Enforcement;

    #[test]
    fn only_the_three_words_are_accepted() {
        assert_eq!(Enforcement::parse("fail"), Some(Enforcement::Fail));
        assert_eq!(Enforcement::parse("warn"), Some(Enforcement::Warn));
        assert_eq!(Enforcement::parse("off"), Some(Enforcement::Off));
        for other in ["", "FAIL", "on", "true", "fail "] {
            assert_eq!(Enforcement::parse(other), None, "{other}");
        }
    }
}
