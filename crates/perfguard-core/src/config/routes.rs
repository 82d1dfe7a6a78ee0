//! `[route."GET /search"]`: what holds for scopes of one name, and the hard
//! limits, of those and of all.

use toml::de::DeTable;

use super::{Reading, Value};
use crate::error::Error;
use crate::limits::Limits;
use crate::settings::{Route, Settings};

/// Keys of hard limits, of a file and of a route.
pub(super) const LIMITS: &[&str] = &["hard_max", "hard_max_rows", "hard_max_time"];

impl Reading<'_> {
    pub(super) fn routes(
        &mut self,
        mut settings: Settings,
        value: &Value<'_>,
    ) -> Result<Settings, Error> {
        let accepted =
            "tables of routes, or other scopes, by name, as in `[route.\"GET /search\"]`";
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.refuse("route", value, accepted))?;
        for (name, value) in table {
            let name = name.get_ref();
            let prefix = format!("route.\"{name}\".");
            let table = value.get_ref().as_table();
            let table =
                table.ok_or_else(|| self.refuse(prefix.trim_end_matches('.'), value, accepted))?;
            settings = settings.route(name.as_ref(), self.route(&prefix, table)?);
        }
        Ok(settings)
    }

    fn route(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<Route, Error> {
        let mut route = Route::new();
        let mut limits = Limits::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            if name == "enforcement" {
                route = route.enforcement(self.enforcement(&format!("{prefix}{name}"), value)?);
                continue;
            }
            match self.limit(limits, prefix, name, value)? {
                Some(more) => limits = more,
                None => self.note_unknown(prefix, key, &[&["enforcement"], LIMITS].concat()),
            }
        }
        Ok(route.limits(limits))
    }

    /// The limits with one more; `None` if there is none of this name.
    pub(super) fn limit(
        &self,
        limits: Limits,
        prefix: &str,
        name: &str,
        value: &Value<'_>,
    ) -> Result<Option<Limits>, Error> {
        let key = format!("{prefix}{name}");
        Ok(Some(match name {
            "hard_max" => limits.hard_max(self.number(&key, value, 0)?),
            "hard_max_rows" => limits.hard_max_rows(self.number(&key, value, 0)?),
            "hard_max_time" => limits.hard_max_time(self.time(&key, value)?),
            _ => return Ok(None),
        }))
    }
}
