//! Settings from a file: `perfguard.toml`.
//!
//! ```
//! # fn example() -> Result<(), perfguard::Error> {
//! perfguard::config::load("perfguard.toml")?.install()?;
//! # Ok(())
//! # }
//! ```
//!
//! ```toml
//! enforcement = "warn"        # or "fail", "off"; the environment's PERFGUARD wins
//! slow_query = "200ms"
//! long_transaction = "2s"
//! blocking_poll = "50ms"
//! costly_query = "300ms"
//! resolve_call_sites = false
//!
//! [small_tables]              # each with the reason why all of it may be read
//! countries = "ISO list, 249 rows"
//! "shop.currencies" = "ten of them"
//! ```
//!
//! A file is read where the application says so, and never on a request's
//! path. What is set on the returned [`Settings`] afterwards wins over the
//! file.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use perfguard_core::{Enforcement, Error, Settings};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads settings from a file.
///
/// A key that nobody knows is warned of by a `tracing` event with its path and
/// its line.
///
/// # Errors
/// If the file cannot be read, if it is no TOML, or if a value is not one of
/// those that its key takes. The message names the file, the line, the key and
/// what is accepted.
pub fn load(path: impl AsRef<Path>) -> Result<Settings, Error> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::configuration(format!(
            "failed to read perfguard's settings from {file}: {error}"
        ))
    })?;
    let (settings, unknown) = parse(&file, &text)?;
    for unknown in unknown {
        tracing::warn!(target: "perfguard", "{unknown}");
    }
    Ok(settings)
}

/// The settings, and what is wrong and does no harm.
fn parse(file: &str, text: &str) -> Result<(Settings, Vec<String>), Error> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, &span));
        Error::configuration(format!("{file}:{line}: {}", error.message()))
    })?;
    let mut reading = Reading {
        file,
        text,
        unknown: Vec::new(),
    };
    let settings = reading.settings(table.get_ref())?;
    Ok((settings, reading.unknown))
}

struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    unknown: Vec<String>,
}

impl Reading<'_> {
    fn settings(&mut self, table: &DeTable<'_>) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            settings = match name {
                "blocking_poll" => settings.blocking_poll(self.time(name, value)?),
                "costly_query" => settings.costly_query(self.time(name, value)?),
                "enforcement" => {
                    let accepted = "`fail`, `warn` and `off`";
                    let enforcement = match value.get_ref().as_str() {
                        Some("fail") => Enforcement::Fail,
                        Some("off") => Enforcement::Off,
                        Some("warn") => Enforcement::Warn,
                        _ => return Err(self.refuse(name, value, accepted)),
                    };
                    settings.enforcement(enforcement)
                }
                "long_transaction" => settings.long_transaction(self.time(name, value)?),
                "resolve_call_sites" => {
                    let resolves = value.get_ref().as_bool();
                    settings.resolve_call_sites(
                        resolves.ok_or_else(|| self.refuse(name, value, "`true` and `false`"))?,
                    )
                }
                "slow_query" => settings.slow_query(self.time(name, value)?),
                "small_tables" => self.small_tables(settings, value)?,
                _ => {
                    let line = line(self.text, &key.span());
                    self.unknown.push(format!(
                        "{}:{line}: nobody knows the key `{}`: it has no effect; known are {KEYS}",
                        self.file,
                        name.escape_debug()
                    ));
                    settings
                }
            };
        }
        Ok(settings)
    }

    fn small_tables(
        &self,
        mut settings: Settings,
        tables: &Spanned<DeValue<'_>>,
    ) -> Result<Settings, Error> {
        let accepted = "tables with the reason why all of each may be read, as in `countries = \"ISO list, 249 rows\"`";
        let listed = tables.get_ref().as_table();
        let listed = listed.ok_or_else(|| self.refuse("small_tables", tables, accepted))?;
        for (table, reason) in listed {
            let table = table.get_ref();
            let text = reason.get_ref().as_str();
            let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
                let key = format!("small_tables.{}", table.escape_debug());
                let accepted =
                    "a reason, a text that is not empty; a name with its schema is quoted";
                return Err(self.refuse(&key, reason, accepted));
            };
            settings = settings.small_table(table, text);
        }
        Ok(settings)
    }

    fn time(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Duration, Error> {
        let time = value.get_ref().as_str().and_then(time);
        time.ok_or_else(|| {
            self.refuse(
                key,
                value,
                "whole numbers of `us`, `ms` or `s`, as in `\"200ms\"`",
            )
        })
    }

    /// The error of a value, which itself is not repeated.
    fn refuse(&self, key: &str, value: &Spanned<DeValue<'_>>, accepted: &str) -> Error {
        let line = line(self.text, &value.span());
        Error::configuration(format!(
            "{}:{line}: the value of `{key}` is not accepted: accepted are {accepted}",
            self.file
        ))
    }
}

const KEYS: &str = "`blocking_poll`, `costly_query`, `enforcement`, `long_transaction`, `resolve_call_sites`, `slow_query` and `small_tables`";

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
mod tests {
    use super::parse;

    fn error(text: &str) -> String {
        parse("perfguard.toml", text)
            .map(|(settings, _)| format!("{settings:?}"))
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_whole_file_is_read() {
        let text = r#"
            enforcement = "warn"
            slow_query = "200ms"
            long_transaction = "2s"
            blocking_poll = "50ms"
            costly_query = "300ms"
            resolve_call_sites = true

            [small_tables]
            countries = "ISO list, 249 rows"
            "shop.currencies" = "ten of them"
        "#;
        let (settings, unknown) = parse("perfguard.toml", text).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        let written = format!("{settings:?}");
        for part in [
            "Warn",
            "200ms",
            "2s",
            "50ms",
            "300ms",
            "countries",
            "shop.currencies",
        ] {
            assert!(written.contains(part), "{part}: {written}");
        }
    }

    #[test]
    fn an_unknown_key_is_warned_of_with_its_line() {
        let (_, unknown) = parse("perfguard.toml", "slow_query = \"1s\"\nslow = 3\n").unwrap();
        let [unknown] = unknown.as_slice() else {
            panic!("{unknown:?}");
        };
        assert!(unknown.starts_with("perfguard.toml:2: "), "{unknown}");
        assert!(unknown.contains("`slow`"), "{unknown}");
    }

    #[test]
    fn a_bad_value_fails_with_its_line_and_what_is_accepted() {
        for (text, parts) in [
            (
                "\nenforcement = \"no\"",
                ["perfguard.toml:2: ", "`fail`, `warn` and `off`"],
            ),
            (
                "slow_query = 3",
                ["perfguard.toml:1: ", "as in `\"200ms\"`"],
            ),
            (
                "slow_query = \"0ms\"",
                ["`slow_query`", "as in `\"200ms\"`"],
            ),
            (
                "[small_tables]\na = \"\"",
                ["perfguard.toml:2: ", "`small_tables.a`"],
            ),
            (
                "small_tables = [\"a\"]",
                ["perfguard.toml:1: ", "`small_tables`"],
            ),
            ("[small_tables]\n\na = ", ["perfguard.toml:3: ", ""]),
        ] {
            let error = error(text);
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = super::load("no/such/perfguard.toml").unwrap_err();
        assert!(error.is_settings());
        assert!(error.to_string().contains("no/such/perfguard.toml"));
    }
}
