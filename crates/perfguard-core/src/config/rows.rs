//! A file with the rows of tables, as `cargo perfguard stats` writes it.
//!
//! ```toml
//! format = 1
//!
//! [rows]
//! countries = 249
//! "shop.orders" = 1204332
//! ```

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::{Reading, Value, line};
use crate::error::Error;
use crate::report::escape;
use crate::settings::Settings;

/// The version of the file.
const FORMAT: u64 = 1;

/// Reads the rows of tables from a file that `cargo perfguard stats` has made,
/// for [`Settings::table_rows`].
///
/// # Errors
/// If the file cannot be read, if it is no TOML, if it has another format or
/// keys that nobody knows, or if a number of rows is none. The message names
/// the file, the line, the key and what is accepted.
pub fn table_rows(path: impl AsRef<Path>) -> Result<Vec<(String, u64)>, Error> {
    let path = path.as_ref();
    let text = text(path).map_err(Error::settings)?;
    parse(&path.display().to_string(), &text)
}

impl Reading<'_> {
    pub(super) fn rows(
        &self,
        settings: Settings,
        key: &str,
        value: &Value<'_>,
    ) -> Result<Settings, Error> {
        let accepted =
            "a file that `cargo perfguard stats` has made, as in `\"perfguard-rows.toml\"`";
        let name = value.get_ref().as_str().filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| self.refuse(key, value, accepted))?;
        let Some(file) = self.path else {
            return Ok(settings);
        };
        let path = folder(file).join(name);
        let text = text(&path).map_err(|error| self.error(&value.span(), &error))?;
        Ok(settings.table_rows(parse(&path.display().to_string(), &text)?))
    }
}

/// The folder that a path in `perfguard.toml` counts from: that of the file; of
/// one in `.config` that which `.config` stands in, so that both places take
/// the same text.
fn folder(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new(""));
    match folder.file_name() {
        Some(name) if name == ".config" => folder.parent().unwrap_or(folder).to_owned(),
        _ => folder.to_owned(),
    }
}

fn text(path: &Path) -> Result<String, String> {
    let file = escape(&path.display().to_string()).to_string();
    // What is no file may wait for somebody to write to it.
    if path.exists() && !path.is_file() {
        return Err(format!(
            "failed to read the rows of tables from {file}: it is no file"
        ));
    }
    std::fs::read_to_string(path).map_err(|error| {
        format!(
            "failed to read the rows of tables from {file}: {error}; `cargo perfguard stats` makes such a file"
        )
    })
}

fn parse(file: &str, text: &str) -> Result<Vec<(String, u64)>, Error> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, &span));
        Error::settings(format!("{file}:{line}: {}", error.message()))
    })?;
    let reading = Reading {
        file,
        text,
        path: None,
        unknown: Vec::new(),
    };
    let mut rows = Vec::new();
    let mut is_of_format = false;
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "format" => {
                if reading.number("format", value, 0).ok() != Some(FORMAT) {
                    let accepted = format!(
                        "`{FORMAT}`; another one is read by the perfguard of the command that has written it"
                    );
                    return Err(reading.refuse("format", value, &accepted));
                }
                is_of_format = true;
            }
            "rows" => {
                let accepted = "tables with their rows, as in `countries = 249`";
                let listed = value.get_ref().as_table();
                let listed = listed.ok_or_else(|| reading.refuse("rows", value, accepted))?;
                for (table, number) in listed {
                    let table = table.get_ref();
                    let number = reading.number(&format!("rows.{table}"), number, 0)?;
                    rows.push((table.clone().into_owned(), number));
                }
            }
            unknown => {
                let message = format!(
                    "nobody knows the key `{}`: known are `format` and `rows`",
                    escape(unknown)
                );
                return Err(reading.error(&key.span(), &message));
            }
        }
    }
    if !is_of_format {
        return Err(Error::settings(format!(
            "{file}:1: there is no `format = {FORMAT}`: this is no file of `cargo perfguard stats`"
        )));
    }
    Ok(rows)
}
