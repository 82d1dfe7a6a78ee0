//! What an application can decide about perfguard, fixed once per process.
//!
//! The environment is read once, when the first scope opens or when settings
//! are installed, and wins over them. Where nobody installs any, it may name a
//! file, which is read then.

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
use crate::rules;
use crate::sink;
use crate::small_tables::SmallTables;
use crate::standing::StandingAllow;
use crate::statement::Options;
use crate::thresholds::{Policy, Profile, Thresholds};

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

/// Decisions of the application, made once at start-up.
///
/// Without any, a budget fails a test that cargo built and warns everywhere
/// else. The environment variable `PERFGUARD=fail|warn|off` wins over what is
/// installed here; child processes inherit it. In a process that installs none
/// they are read from the file that `PERFGUARD_CONFIG` names, if there is that
/// variable (feature `config`).
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
    enforcement: Option<Enforcement>,
    resolve_call_sites: bool,
    call_sites: CallSites,
    paths: Paths,
    statements: Options,
    limits: Limits,
    thresholds: Thresholds,
    /// Those of each profile, in the order of [`Profile::ALL`].
    profiles: [Thresholds; Profile::ALL.len()],
    costly_query: Option<Duration>,
    small_tables: SmallTables,
    allows: Vec<StandingAllow>,
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
        self.enforcement = Some(enforcement);
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
        self.limits = limits;
        self
    }

    /// Says from when on one statement is a `slow-query`: 500 milliseconds
    /// where nobody says otherwise.
    ///
    /// Where drivers tell no times, reports then say that they do not.
    pub fn slow_query(mut self, limit: Duration) -> Self {
        self.thresholds.with(Thresholds::new().slow_query(limit));
        self
    }

    /// Says from when on a statement costs so much that it might be a
    /// `cache-candidate`: 100 milliseconds where nobody says otherwise.
    pub fn costly_query(mut self, limit: Duration) -> Self {
        self.costly_query = Some(limit);
        self
    }

    /// Says from when on a transaction is a `long-transaction`: 5 seconds where
    /// nobody says otherwise.
    pub fn long_transaction(mut self, limit: Duration) -> Self {
        self.thresholds
            .with(Thresholds::new().long_transaction(limit));
        self
    }

    /// Says from when on one poll of an annotated async function is a
    /// `blocking-poll`: 100 milliseconds where nobody says otherwise.
    ///
    /// Polls are timed by the system's coarse clock, in steps of 1 to 16
    /// milliseconds: one of less than 20 is never reported.
    pub fn blocking_poll(mut self, limit: Duration) -> Self {
        self.thresholds.with(Thresholds::new().blocking_poll(limit));
        self
    }

    /// Says from when on rules speak in scopes of one profile, and how loud:
    /// see [`Thresholds`]. It wins over what is said for all.
    pub fn profile(mut self, profile: Profile, thresholds: Thresholds) -> Self {
        let mut profiles = Profile::ALL.into_iter().zip(&mut self.profiles);
        if let Some((_, own)) = profiles.find(|(known, _)| *known == profile) {
            own.with(thresholds);
        }
        self
    }

    /// The same, for scopes of all profiles.
    pub fn thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds.with(thresholds);
        self
    }

    /// Declares a table small, and says why: `unbounded-result`,
    /// `missing-pagination` and `wide-select` leave statements alone that read
    /// small tables only.
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
        self.small_tables.declare(table.as_ref(), reason.as_ref());
        self
    }

    /// Accepts findings that are named here, and not where they are: see
    /// [`StandingAllow`].
    pub fn allow(mut self, allow: StandingAllow) -> Self {
        self.allows.push(allow);
        self
    }

    /// Fixes these settings for the process.
    ///
    /// # Errors
    /// If settings were installed before, if a scope was opened before, if a
    /// small table has no reason, if a level was set for a rule that does not
    /// exist, if an allow is wrong, or if the environment variable `PERFGUARD`
    /// holds something else than `fail`, `warn` or `off`.
    pub fn install(self) -> Result<(), Error> {
        if let Some(table) = self.small_tables.unreasoned() {
            return Err(Error::settings(format!(
                "the small table `{}` has no reason: say why all of it may be read",
                escape(table)
            )));
        }
        let own = self.profiles.iter().find_map(Thresholds::unknown);
        if let Some(rule) = own.or_else(|| self.thresholds.unknown()) {
            return Err(Error::settings(rules::no_such_rule(rule)));
        }
        if let Some((allow, (_, problem))) = self
            .allows
            .iter()
            .find_map(|allow| Some((allow, allow.problem()?)))
        {
            let (file, line) = allow.place();
            return Err(Error::settings(format!("{file}:{line}: {problem}")));
        }
        let settings = self.with_environment();
        let problem = settings.problem.clone();
        SETTINGS.set(settings).map_err(|_| {
            Error::settings(
                "perfguard's settings are already in use: install them once, at start-up, before the first scope opens",
            )
        })?;
        problem.map_or(Ok(()), |problem| Err(Error::settings(problem)))
    }

    fn with_environment(mut self) -> Self {
        // An empty value is how scripts leave a variable unset.
        let value = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return self;
        };
        match value.to_str().and_then(Enforcement::parse) {
            Some(enforcement) => self.enforcement = Some(enforcement),
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

    pub(crate) fn hard_limits(&self) -> Limits {
        self.limits
    }

    /// What was said of costly queries.
    pub(crate) fn costly(&self) -> Option<Duration> {
        self.costly_query
    }

    /// What was said of scopes that do this.
    pub(crate) fn policy(&self, profile: Option<Profile>) -> Policy<'_> {
        let mut profiles = Profile::ALL.into_iter().zip(&self.profiles);
        let own = profiles.find(|(known, _)| Some(*known) == profile);
        Policy {
            own: own.map(|(_, own)| own),
            all: Some(&self.thresholds),
        }
    }

    /// Allows for scopes and statements that they name.
    pub(crate) fn standing_allows(&self) -> &[StandingAllow] {
        &self.allows
    }

    /// Tables that may be read as a whole.
    pub(crate) fn small(&self) -> &SmallTables {
        &self.small_tables
    }

    /// What was said explicitly, by the environment or by the application.
    pub(crate) fn explicit(&self) -> Option<Enforcement> {
        self.enforcement
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
