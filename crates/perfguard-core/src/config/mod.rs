//! Settings from a file: `perfguard.toml`.
//!
//! ```
//! # fn example() -> Result<(), perfguard_core::Error> {
//! perfguard_core::config::load("perfguard.toml")?.install()?;
//! # Ok(())
//! # }
//! ```
//!
//! ```toml
//! enforcement = "warn"        # or "fail", "off"; the environment's PERFGUARD wins
//! slow_query = "200ms"
//! costly_query = "300ms"
//! page = 50
//! warn_every = "60s"          # per rule and name of a scope
//! summaries = 0.01            # the share of scopes that are summed up
//! hard_max = 5000             # what guarded connections refuse, in every scope
//! resolve_call_sites = false
//! table_rows = "perfguard-rows.toml" # beside this file: made by `cargo perfguard stats`
//! small_rows = 500            # a table with fewer needs no index
//! library_paths = ["vendor/"] # call sites are shown above them
//! own_paths = ["vendor/our-fork/"]
//!
//! [rules]                     # "error", "note" or "off"
//! leading-wildcard = "off"
//!
//! [profile.job]               # or production, request, test: wins over the above
//! slow_query = "30s"
//! rules.buffered-export = "error"
//!
//! [profile.request]           # as the file says of jobs, and more
//! inherits = "job"
//! page = 20
//!
//! [route."GET /search"]       # scopes of this name
//! hard_max = 500
//! hard_max_rows = 10_000
//! hard_max_time = "2s"
//!
//! [small_tables]              # each with the reason why all of it may be read
//! countries = "ISO list, 249 rows"
//! "shop.currencies" = "ten of them"
//!
//! [lints]                     # of `cargo perfguard check`; not read here
//! query_in_loop = "deny"
//!
//! [[allow]]
//! rule = "n-plus-one"
//! module = "shop::reports"    # and, or instead: scope = "GET /reports", fingerprint = ".."
//! reason = "twelve months, and no more"
//! expires = "2099-12-31"
//! ```
//!
//! A file is read where the application says so: by [`load`], or once, when
//! perfguard is first used in a process that installs no settings and whose
//! environment names a file in `PERFGUARD_CONFIG`. What is set on the returned
//! [`Settings`] afterwards wins over the file. Of a folder the file is
//! `perfguard.toml` in it, or `.config/perfguard.toml` where that is not there.

mod allows;
mod profiles;
mod routes;
mod rows;

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;
use crate::limits::Limits;
use crate::report::escape;
use crate::rules::{self, Level};
use crate::settings::{Enforcement, Settings};
use crate::thresholds::Thresholds;

use routes::LIMITS;
pub use rows::table_rows;

/// Reads settings from a file, or from that of a folder.
///
/// A key that nobody knows is warned of by a `tracing` event with its path and
/// its line.
///
/// # Errors
/// If the file cannot be read, if it is no TOML, or if a value is not one of
/// those that its key takes. The message names the file, the line, the key and
/// what is accepted.
pub fn load(path: impl AsRef<Path>) -> Result<Settings, Error> {
    let (settings, unknown) = read(path.as_ref())?;
    for unknown in unknown {
        tracing::warn!(target: "perfguard", "{unknown}");
    }
    Ok(settings)
}

/// The settings, and what is wrong and does no harm.
pub(crate) fn read(path: &Path) -> Result<(Settings, Vec<String>), Error> {
    let path = if path.is_dir() {
        let mut named = FILES.iter().map(|name| path.join(name));
        let found = named.find(|it| it.exists());
        Cow::Owned(found.unwrap_or_else(|| path.join("perfguard.toml")))
    } else {
        Cow::Borrowed(path)
    };
    let file = path.display().to_string();
    // What is no file may wait for somebody to write to it.
    if path.exists() && !path.is_file() {
        return Err(Error::settings(format!(
            "failed to read perfguard's settings from {file}: it is neither a file nor a folder"
        )));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::settings(format!(
            "failed to read perfguard's settings from {file}: {error}"
        ))
    })?;
    parse(&file, &text, Some(&path))
}

/// What nobody knows in the text of a file, for tools that look at one without
/// applying it: each with the file, its line and its path. Other files that it
/// names are not read.
///
/// # Errors
/// As [`load`].
pub fn check(file: &str, text: &str) -> Result<Vec<String>, Error> {
    Ok(parse(file, text, None)?.1)
}

/// Reads a text. Other files that it names are read if it lies at `path`.
fn parse(file: &str, text: &str, path: Option<&Path>) -> Result<(Settings, Vec<String>), Error> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, &span));
        Error::settings(format!("{file}:{line}: {}", error.message()))
    })?;
    let mut reading = Reading {
        file,
        text,
        path,
        unknown: Vec::new(),
    };
    let settings = reading.settings(table.get_ref())?;
    Ok((settings, reading.unknown))
}

type Value<'a> = Spanned<DeValue<'a>>;

struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    path: Option<&'a Path>,
    unknown: Vec<String>,
}

impl Reading<'_> {
    fn settings(&mut self, table: &DeTable<'_>) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        let mut thresholds = Thresholds::new();
        let mut limits = Limits::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            settings = match name {
                "allow" => self.allows(settings, value)?,
                "costly_query" => settings.costly_query(self.time(name, value)?),
                "enforcement" => settings.enforcement(self.enforcement(name, value)?),
                "library_paths" => settings.library_paths(self.paths(name, value)?),
                // Read by `cargo perfguard check`, and by the attributes.
                "lints" => settings,
                "own_paths" => settings.own_paths(self.paths(name, value)?),
                "profile" => self.profiles(settings, value)?,
                "resolve_call_sites" => {
                    let resolves = value.get_ref().as_bool();
                    settings.resolve_call_sites(
                        resolves.ok_or_else(|| self.refuse(name, value, "`true` and `false`"))?,
                    )
                }
                "route" => self.routes(settings, value)?,
                "small_rows" => settings.small_rows(self.number(name, value, 0)?),
                "small_tables" => self.small_tables(settings, value)?,
                "summaries" => settings.summaries(self.share(name, value)?),
                "table_rows" => self.rows(settings, name, value)?,
                "warn_every" => settings.warn_every(self.time(name, value)?),
                _ => {
                    if let Some(more) = self.threshold(&thresholds, "", name, value)? {
                        thresholds = more;
                    } else if let Some(more) = self.limit(limits, "", name, value)? {
                        limits = more;
                    } else {
                        self.note_unknown("", key, &[OWN, THRESHOLDS, LIMITS].concat());
                    }
                    settings
                }
            };
        }
        Ok(settings.thresholds(thresholds).limits(limits))
    }

    fn enforcement(&self, key: &str, value: &Value<'_>) -> Result<Enforcement, Error> {
        let enforcement = Enforcement::parse(value.get_ref().as_str().unwrap_or(""));
        enforcement.ok_or_else(|| self.refuse(key, value, "`fail`, `warn` and `off`"))
    }

    /// The thresholds with one more; `None` if there is none of this name.
    fn threshold(
        &self,
        thresholds: &Thresholds,
        prefix: &str,
        name: &str,
        value: &Value<'_>,
    ) -> Result<Option<Thresholds>, Error> {
        let key = format!("{prefix}{name}");
        let said = thresholds.clone();
        Ok(Some(match name {
            "blocking_poll" => said.blocking_poll(self.time(&key, value)?),
            "long_transaction" => said.long_transaction(self.time(&key, value)?),
            "page" => said.page(self.number(&key, value, 1)?),
            "page_cap" => said.page_cap(self.number(&key, value, 1)?),
            "repeats" => said.repeats(self.number(&key, value, 2)?),
            "rules" => self.levels(said, &key, value)?,
            "slow_query" => said.slow_query(self.time(&key, value)?),
            "transaction_statements" => said.transaction_statements(self.number(&key, value, 1)?),
            _ => return Ok(None),
        }))
    }

    fn levels(
        &self,
        mut thresholds: Thresholds,
        key: &str,
        value: &Value<'_>,
    ) -> Result<Thresholds, Error> {
        let accepted = "rules with `error`, `note` or `off`, as in `leading-wildcard = \"off\"`";
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.refuse(key, value, accepted))?;
        for (rule, value) in table {
            let name = rule.get_ref();
            if !rules::IDS.contains(&name.as_ref()) {
                return Err(self.error(&rule.span(), &rules::no_such_rule(name)));
            }
            let level = match value.get_ref().as_str() {
                Some("error") => Level::Error,
                Some("note") => Level::Note,
                Some("off") => Level::Off,
                _ => {
                    let key = format!("{key}.{name}");
                    return Err(self.refuse(&key, value, "`error`, `note` and `off`"));
                }
            };
            thresholds = thresholds.level(name, level);
        }
        Ok(thresholds)
    }

    fn small_tables(&self, mut settings: Settings, tables: &Value<'_>) -> Result<Settings, Error> {
        let accepted = "tables with the reason why all of each may be read, as in `countries = \"ISO list, 249 rows\"`";
        let listed = tables.get_ref().as_table();
        let listed = listed.ok_or_else(|| self.refuse("small_tables", tables, accepted))?;
        for (table, reason) in listed {
            let table = table.get_ref();
            let text = reason.get_ref().as_str();
            let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
                let key = format!("small_tables.{table}");
                let accepted =
                    "a reason, a text that is not empty; a name with its schema is quoted";
                return Err(self.refuse(&key, reason, accepted));
            };
            settings = settings.small_table(table, text);
        }
        Ok(settings)
    }

    fn paths<'a>(&self, key: &str, value: &'a Value<'_>) -> Result<Vec<&'a str>, Error> {
        let accepted = "files and folders, as in `[\"vendor/\"]`";
        let paths = value.get_ref().as_array().and_then(|list| {
            let texts = list.iter().map(|it| it.get_ref().as_str());
            texts.map(|it| it.filter(|it| !it.is_empty())).collect()
        });
        paths.ok_or_else(|| self.refuse(key, value, accepted))
    }

    fn number(&self, key: &str, value: &Value<'_>, least: u64) -> Result<u64, Error> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|it| u64::from_str_radix(it.as_str(), it.radix()).ok());
        let accepted = format!("whole numbers from {least}");
        number
            .filter(|number| *number >= least)
            .ok_or_else(|| self.refuse(key, value, &accepted))
    }

    fn share(&self, key: &str, value: &Value<'_>) -> Result<f64, Error> {
        let share = match value.get_ref() {
            DeValue::Float(share) => share.as_str().parse().ok(),
            DeValue::Integer(share) => share.as_str().parse().ok(),
            _ => None,
        };
        share
            .filter(|share| (0.0..=1.0).contains(share))
            .ok_or_else(|| self.refuse(key, value, "numbers from 0 to 1, as in `0.01`"))
    }

    fn time(&self, key: &str, value: &Value<'_>) -> Result<Duration, Error> {
        let time = value.get_ref().as_str().and_then(time);
        let accepted = "whole numbers of `us`, `ms` or `s`, as in `\"200ms\"`";
        time.ok_or_else(|| self.refuse(key, value, accepted))
    }

    fn note_unknown(&mut self, prefix: &str, key: &Spanned<Cow<'_, str>>, known: &[&str]) {
        let line = line(self.text, &key.span());
        self.unknown.push(format!(
            "{}:{line}: nobody knows the key `{prefix}{}`: it has no effect; known are `{}`",
            self.file,
            escape(key.get_ref()),
            known.join("`, `")
        ));
    }

    /// The error of a value, which itself is not repeated.
    fn refuse(&self, key: &str, value: &Value<'_>, accepted: &str) -> Error {
        let message = format!(
            "the value of `{}` is not accepted: expected {accepted}",
            escape(key)
        );
        self.error(&value.span(), &message)
    }

    fn error(&self, place: &Range<usize>, message: &str) -> Error {
        let line = line(self.text, place);
        Error::settings(format!("{}:{line}: {message}", self.file))
    }
}

/// What the file of a folder may be. The first that there is counts.
const FILES: [&str; 2] = ["perfguard.toml", ".config/perfguard.toml"];

/// Keys of a file that are no thresholds.
const OWN: &[&str] = &[
    "allow",
    "costly_query",
    "enforcement",
    "library_paths",
    "lints",
    "own_paths",
    "profile",
    "resolve_call_sites",
    "route",
    "small_rows",
    "small_tables",
    "summaries",
    "table_rows",
    "warn_every",
];

/// Keys of thresholds, of a file and of a profile.
const THRESHOLDS: &[&str] = &[
    "blocking_poll",
    "long_transaction",
    "page",
    "page_cap",
    "repeats",
    "rules",
    "slow_query",
    "transaction_statements",
];

/// The line of a place in the text, counted from 1.
fn line(text: &str, place: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..place.start).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|sign: char| !sign.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit)?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    match unit {
        "us" => Some(Duration::from_micros(number)),
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
