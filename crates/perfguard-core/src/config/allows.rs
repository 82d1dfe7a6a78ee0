//! `[[allow]]`: findings that are accepted, for what it names.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::DeValue;

use super::{Reading, Value, line};
use crate::error::Error;
use crate::settings::Settings;
use crate::standing::StandingAllow;

/// Keys of an allow.
const ALLOW: &[&str] = &[
    "expires",
    "fingerprint",
    "module",
    "reason",
    "rule",
    "scope",
];

impl Reading<'_> {
    pub(super) fn allows(
        &mut self,
        mut settings: Settings,
        value: &Value<'_>,
    ) -> Result<Settings, Error> {
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
}
