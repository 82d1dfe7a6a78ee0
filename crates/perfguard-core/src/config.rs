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
//! resolve_call_sites = false
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

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;
use crate::report::escape;
use crate::rules::{self, Level};
use crate::settings::{Enforcement, Settings};
use crate::standing::StandingAllow;
use crate::thresholds::{Profile, Thresholds};

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
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Error::settings(format!(
            "failed to read perfguard's settings from {file}: {error}"
        ))
    })?;
    parse(&file, &text)
}

/// What nobody knows in the text of a file, for tools that look at one without
/// applying it: each with the file, its line and its path.
///
/// # Errors
/// As [`load`].
pub fn check(file: &str, text: &str) -> Result<Vec<String>, Error> {
    Ok(parse(file, text)?.1)
}

fn parse(file: &str, text: &str) -> Result<(Settings, Vec<String>), Error> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, &span));
        Error::settings(format!("{file}:{line}: {}", error.message()))
    })?;
    let mut reading = Reading {
        file,
        text,
        unknown: Vec::new(),
    };
    let settings = reading.settings(table.get_ref())?;
    Ok((settings, reading.unknown))
}

type Value<'a> = Spanned<DeValue<'a>>;

struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    unknown: Vec<String>,
}

impl Reading<'_> {
    fn settings(&mut self, table: &DeTable<'_>) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        let mut thresholds = Thresholds::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            settings = match name {
                "allow" => self.allows(settings, value)?,
                "costly_query" => settings.costly_query(self.time(name, value)?),
                "enforcement" => {
                    let enforcement = Enforcement::parse(value.get_ref().as_str().unwrap_or(""));
                    let accepted = "`fail`, `warn` and `off`";
                    settings
                        .enforcement(enforcement.ok_or_else(|| self.refuse(name, value, accepted))?)
                }
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
                "small_tables" => self.small_tables(settings, value)?,
                _ => {
                    match self.threshold(&thresholds, "", name, value)? {
                        Some(more) => thresholds = more,
                        None => self.note_unknown("", key, &[OWN, THRESHOLDS].concat()),
                    }
                    settings
                }
            };
        }
        Ok(settings.thresholds(thresholds))
    }

    fn profiles(&mut self, mut settings: Settings, value: &Value<'_>) -> Result<Settings, Error> {
        let accepted = "tables of the profiles `job`, `production`, `request` and `test`, as in `[profile.job]`";
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.refuse("profile", value, accepted))?;
        let mut said = Profile::ALL.map(|profile| Said {
            profile,
            thresholds: Thresholds::new(),
            inherits: None,
        });
        for (name, value) in table {
            let known = said
                .iter_mut()
                .find(|it| it.profile.as_str() == name.get_ref());
            let Some(known) = known else {
                self.note_unknown("profile.", name, &Profile::ALL.map(Profile::as_str));
                continue;
            };
            self.profile(known, value)?;
        }
        for profile in Profile::ALL {
            settings = settings.profile(profile, self.inherited(&said, profile)?);
        }
        Ok(settings)
    }

    fn profile(&mut self, said: &mut Said, value: &Value<'_>) -> Result<(), Error> {
        let prefix = format!("profile.{}.", said.profile.as_str());
        let accepted = "a table of thresholds, as in `[profile.job]`";
        let table = value.get_ref().as_table();
        let table =
            table.ok_or_else(|| self.refuse(prefix.trim_end_matches('.'), value, accepted))?;
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name == INHERITS {
                let mut known = Profile::ALL.into_iter();
                let parent = known.find(|it| value.get_ref().as_str() == Some(it.as_str()));
                let key = format!("{prefix}{name}");
                let accepted = "`job`, `production`, `request` and `test`";
                let parent = parent.ok_or_else(|| self.refuse(&key, value, accepted))?;
                said.inherits = Some((parent, value.span()));
                continue;
            }
            match self.threshold(&said.thresholds, &prefix, name, value)? {
                Some(more) => said.thresholds = more,
                None => self.note_unknown(&prefix, key, &[&[INHERITS], THRESHOLDS].concat()),
            }
        }
        Ok(())
    }

    /// What the file says of a profile, and of those that it inherits from
    /// where it says nothing itself.
    fn inherited(&self, said: &[Said], profile: Profile) -> Result<Thresholds, Error> {
        let mut line = Vec::new();
        let mut next = Some(profile);
        while let Some(said) = said.iter().find(|it| Some(it.profile) == next) {
            next = None;
            line.push(said);
            if let Some((parent, place)) = &said.inherits {
                if line.iter().any(|it| it.profile == *parent) {
                    let key = format!("profile.{}.{INHERITS}", said.profile.as_str());
                    let message =
                        format!("`{key}` ends where it began: a profile inherits from itself");
                    return Err(self.error(place, &message));
                }
                next = Some(*parent);
            }
        }
        let mut thresholds = Thresholds::new();
        for said in line.into_iter().rev() {
            thresholds.with(said.thresholds.clone());
        }
        Ok(thresholds)
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

    fn allows(&mut self, mut settings: Settings, value: &Value<'_>) -> Result<Settings, Error> {
        let accepted = "tables, each as `[[allow]]` with a `rule`, a `reason`, and a `scope`, a `module` or a `fingerprint`";
        let list = value.get_ref().as_array();
        let list = list.ok_or_else(|| self.refuse("allow", value, accepted))?;
        for value in list {
            let table = value.get_ref().as_table();
            let table = table.ok_or_else(|| self.refuse("allow", value, accepted))?;
            let text = |key: &str| -> Result<Option<Cow<'_, str>>, Error> {
                let Some(value) = table.get(key) else {
                    return Ok(None);
                };
                let text = match value.get_ref() {
                    DeValue::String(text) => Cow::Borrowed(text.as_ref()),
                    DeValue::Datetime(day) if key == "expires" => Cow::Owned(day.to_string()),
                    _ => return Err(self.refuse(&format!("allow.{key}"), value, "one text")),
                };
                Ok(Some(text))
            };
            let first = table.values().map(Spanned::span).min_by_key(|it| it.start);
            let place = first.unwrap_or_else(|| value.span());
            let needed = |key: &str| {
                let message = format!(
                    "an `[[allow]]` has no `{key}`: it has a `rule`, a `reason`, and a `scope`, a `module` or a `fingerprint`"
                );
                Ok(text(key)?
                    .ok_or_else(|| self.error(&place, &message))?
                    .into_owned())
            };
            let mut allow = StandingAllow::new(needed("rule")?, needed("reason")?);
            if let Some(scope) = text("scope")? {
                allow = allow.scope(scope);
            }
            if let Some(module) = text("module")? {
                allow = allow.module(module);
            }
            if let Some(fingerprint) = text("fingerprint")? {
                allow = allow.fingerprint(fingerprint);
            }
            if let Some(day) = text("expires")? {
                allow = allow.expires(day);
            }
            if let Some((key, problem)) = allow.problem() {
                let place = table.get(key).map_or(place, Spanned::span);
                return Err(self.error(&place, &problem));
            }
            let line = u32::try_from(line(self.text, &place)).unwrap_or(u32::MAX);
            settings = settings.allow(allow.at(self.file, line));
            for key in table
                .keys()
                .filter(|key| !ALLOW.contains(&key.get_ref().as_ref()))
            {
                self.note_unknown("allow.", key, ALLOW);
            }
        }
        Ok(settings)
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

/// What the file says of one profile.
struct Said {
    profile: Profile,
    thresholds: Thresholds,
    /// The profile that it inherits from, and where that stands.
    inherits: Option<(Profile, Range<usize>)>,
}

/// What the file of a folder may be. The first that there is counts.
const FILES: [&str; 2] = ["perfguard.toml", ".config/perfguard.toml"];

/// The key of a profile that names another.
const INHERITS: &str = "inherits";

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
    "small_tables",
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

/// Keys of an allow.
const ALLOW: &[&str] = &[
    "expires",
    "fingerprint",
    "module",
    "reason",
    "rule",
    "scope",
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
#[expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]
mod tests {
    use std::time::Duration;

    use super::parse;
    use crate::rules::{Level, RuleId};
    use crate::thresholds::Profile;

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
            library_paths = ["vendor/"]
            own_paths = ["vendor/our-fork"]

            repeats = 7
            page = 51
            page_cap = 501
            transaction_statements = 201

            [rules]
            leading-wildcard = "off"

            [profile.job]
            slow_query = "31s"
            rules = { buffered-export = "error" }

            [small_tables]
            countries = "ISO list, 249 rows"
            "shop.currencies" = "ten of them"

            [[allow]]
            rule = "n-plus-one"
            module = "shop::reports"
            reason = "twelve months"
            expires = 2099-12-31

            [[allow]]
            rule = "wide-select"
            scope = "GET /export"
            fingerprint = "0123456789abcdef"
            reason = "all of it"

            [lints]
            query_in_loop = "deny"
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
            "repeats: Some(7)",
            "page: Some(51)",
            "page_cap: Some(501)",
            "transaction_statements: Some(201)",
            "(LeadingWildcard, Off)",
            "31s",
            "(BufferedExport, Error)",
            "shop::reports",
            "2099-12-31",
            "GET /export",
            "0123456789abcdef",
            "line: 28",
            "libraries: [\"vendor\"]",
            "own: [\"vendor/our-fork\"]",
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
        let text = "[profile.jobs]\npage = 3\n[profile.test]\nenforcement = \"fail\"\n[[allow]]\nrule = \"n-plus-one\"\nreason = \"x\"\nmodule = \"m\"\nroute = \"/\"";
        let (_, unknown) = parse("perfguard.toml", text).unwrap();
        for (unknown, part) in unknown.iter().zip([
            "perfguard.toml:9: nobody knows the key `allow.route`",
            "perfguard.toml:1: nobody knows the key `profile.jobs`",
            "perfguard.toml:4: nobody knows the key `profile.test.enforcement`",
        ]) {
            assert!(unknown.starts_with(part), "{unknown}");
        }
        assert_eq!(unknown.len(), 3);
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
            ("page = 0", ["`page`", "whole numbers from 1"]),
            ("page = 1.5", ["`page`", "whole numbers from 1"]),
            ("repeats = 1", ["`repeats`", "whole numbers from 2"]),
            ("profile = 3", ["perfguard.toml:1: ", "`[profile.job]`"]),
            (
                "[profile.job]\npage = -1",
                ["perfguard.toml:2: ", "`profile.job.page`"],
            ),
            (
                "profile.job = 3",
                ["`profile.job`", "a table of thresholds"],
            ),
            (
                "[rules]\nn-plus-two = \"off\"",
                ["perfguard.toml:2: ", "no rule `n-plus-two`"],
            ),
            ("rules = 3", ["`rules`", "`leading-wildcard"]),
            (
                "[profile.test.rules]\nn-plus-one = \"no\"",
                ["perfguard.toml:2: ", "`profile.test.rules.n-plus-one`"],
            ),
            (
                "[profile.job]\ninherits = \"jobs\"",
                ["`profile.job.inherits`", "`job`, `production`"],
            ),
            (
                "[profile.job]\ninherits = \"test\"\n[profile.test]\ninherits = \"job\"",
                ["perfguard.toml:4: ", "`profile.test.inherits` ends"],
            ),
            (
                "own_paths = \"vendor\"",
                ["`own_paths`", "as in `[\"vendor/\"]`"],
            ),
            (
                "\nlibrary_paths = [\"a\", \"\"]",
                ["perfguard.toml:2: ", "`library_paths`"],
            ),
            ("allow = 3", ["`allow`", "`[[allow]]`"]),
            (
                "[[allow]]\nreason = \"x\"",
                ["perfguard.toml:2: ", "has no `rule`"],
            ),
            (
                "[[allow]]\nrule = \"n-plus-one\"",
                ["perfguard.toml:2: ", "has no `reason`"],
            ),
            (
                "\n[[allow]]\nrule = \"n-plus-one\"\nreason = \"x\"",
                ["perfguard.toml:3: ", "holds everywhere"],
            ),
            (
                "[[allow]]\nrule = \"n-plus-one\"\nreason = 3",
                ["perfguard.toml:3: ", "`allow.reason`"],
            ),
        ] {
            let error = error(text);
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn a_profile_says_what_it_inherits_and_does_not_say_itself() {
        let text = r#"
            page = 10
            [profile.request]
            inherits = "job"
            page = 30
            [profile.job]
            inherits = "test"
            slow_query = "30s"
            rules.wide-select = "off"
            [profile.test]
            slow_query = "9s"
            repeats = 4
            rules.wide-select = "error"
        "#;
        let (settings, unknown) = parse("perfguard.toml", text).unwrap();
        assert!(unknown.is_empty(), "{unknown:?}");
        let policy = |profile| settings.policy(Some(profile));
        let request = policy(Profile::Request);
        assert_eq!((request.page(), request.repeats()), (30, Some(4)));
        assert_eq!(request.slow(), Some(Duration::from_secs(30)));
        assert_eq!(request.level(RuleId::WideSelect), Some(Level::Off));
        assert_eq!(policy(Profile::Job).page(), 10, "that of all");
        assert_eq!(policy(Profile::Test).slow(), Some(Duration::from_secs(9)));
        assert_eq!(policy(Profile::Production).repeats(), None);
    }

    #[test]
    fn a_folder_has_its_file_in_one_of_two_places() {
        let folder = std::env::temp_dir().join(format!("perfguard-config-{}", std::process::id()));
        let unknown = || super::read(&folder).unwrap().1.concat();
        std::fs::create_dir_all(folder.join(".config")).unwrap();
        let error = super::load(&folder).unwrap_err().to_string();
        assert!(error.contains("perfguard.toml"), "{error}");
        std::fs::write(folder.join(".config/perfguard.toml"), "second = 1").unwrap();
        assert!(unknown().contains("perfguard.toml:1: nobody knows the key `second`"));
        std::fs::write(folder.join("perfguard.toml"), "first = 1").unwrap();
        assert!(unknown().contains("`first`"));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = super::load("no/such/perfguard.toml").unwrap_err();
        assert!(error.is_settings());
        assert!(error.to_string().contains("no/such/perfguard.toml"));
    }
}
