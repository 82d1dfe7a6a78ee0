//! `cargo perfguard stats`: how many rows tables have, as the database's own statistics say.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use perfguard_core::statement::Dialect;
use perfguard_explain::Session;

use super::tables::{Table, tables};
use super::{Database, counted};
use crate::cli::{note, warn};
use crate::escape::escape;
use crate::failure::Failure;
use crate::output::Output;
use crate::packages::metadata;

/// What `perfguard.toml` names then, by `table_rows`.
const FILE: &str = "perfguard-rows.toml";

/// The version of the file, as `perfguard_core::config::table_rows` reads it.
const FORMAT: u32 = 1;

const HEADER: &str = "\
# How many rows tables have, by the statistics of a database: made by `cargo perfguard stats`, and
# made anew rather than edited. There are names of tables and numbers in it, and no data.
";

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StatsOptions {
    #[command(flatten)]
    database: Database,
    /// The file that is written, or `-` for the terminal; perfguard-rows.toml at the workspace's root
    /// where it is not said
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The Cargo.toml of the workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Nothing is written to the database, and no rows are counted: what it knows already is asked for. `table_rows =
\"perfguard-rows.toml\"` in perfguard.toml has missing-index leave out tables with few rows.

Exit codes: 0 it is written; 1 the database could not be read, knows nothing, or the file could not be written; 2 wrong
arguments; 102 cargo cannot read the workspace.";

pub(crate) fn run(options: &StatsOptions) -> ExitCode {
    stats(options).unwrap_or_else(Failure::tell)
}

fn stats(options: &StatsOptions) -> Result<ExitCode, Failure> {
    // Before the database is asked: it may be far away.
    let path = match &options.output {
        Some(path) => path.clone(),
        None => {
            let metadata = metadata(options.manifest_path.as_deref());
            let metadata = metadata.map_err(Failure::Workspace)?;
            metadata.workspace_root.into_std_path_buf().join(FILE)
        }
    };
    let mut connection = options.database.open()?;
    let tables = tables(&mut connection)?;
    let is_known = |it: &&Table| it.rows.is_some();
    let known = tables.iter().filter(is_known).count();
    tell_unknown(&tables, connection.dialect());
    if known == 0 {
        return Err(Failure::Other(
            "nothing is written, because nothing is known of any table".to_owned(),
        ));
    }
    let text = written(&tables);
    if path == Path::new("-") {
        Output { file: None }.write(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let is_new = !path.exists();
    let shown = escape(&path.file_name().unwrap_or_default().to_string_lossy());
    Output { file: Some(path) }.write(&text)?;
    let of = counted(tables.len(), "table");
    note(format!("{shown} has the rows of {known} of {of}"));
    if is_new {
        note(format!(
            "`table_rows = \"{shown}\"` in a perfguard.toml beside it has missing-index leave out tables with few"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_unknown(tables: &[Table], dialect: Dialect) {
    let unknown = tables.iter().filter(|it| it.rows.is_none());
    let unknown: Vec<String> = unknown.map(|it| escape(&it.name)).collect();
    if unknown.is_empty() {
        return;
    }
    let why = match dialect {
        Dialect::MySql => "the database tells none",
        Dialect::Postgres => "never analysed: ANALYZE does, and autovacuum when rows have changed",
        _ => "not analysed, or empty then: ANALYZE does",
    };
    warn(format!(
        "unknown, and left out, are the rows of {} ({why}): {}",
        counted(unknown.len(), "table"),
        unknown.join(", ")
    ));
}

/// The file. It is the same for the same numbers: there is no date in it.
fn written(tables: &[Table]) -> String {
    // A name with a dot in it may be that of another schema's table: the most rows count.
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, number) in tables.iter().filter_map(|it| Some((it, it.rows?))) {
        let known = rows.entry(&table.name).or_default();
        *known = number.max(*known);
    }
    let mut text = format!("{HEADER}format = {FORMAT}\n\n[rows]\n");
    for (table, number) in rows {
        let _ = writeln!(text, "{} = {number}", key(table));
    }
    text
}

/// A name as a key of TOML, quoted where it has to be.
fn key(name: &str) -> String {
    let is_bare = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    let mut text = String::from("\"");
    for sign in name.chars() {
        match sign {
            '"' | '\\' => text.extend(['\\', sign]),
            // Among them those that would turn or hide what follows.
            _ if sign.is_ascii_graphic() || sign == ' ' || sign.is_alphanumeric() => {
                text.push(sign)
            }
            _ => {
                let _ = write!(text, "\\U{:08X}", u32::from(sign));
            }
        }
    }
    text + "\""
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use super::{Table, written};

    fn table(name: &str, rows: Option<u64>) -> Table {
        Table {
            name: name.to_owned(),
            rows,
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let names = [
            "orders",
            "a-b_C9",
            "shop.orders",
            "with space",
            "\"quoted\"",
            "back\\slash",
            "line\nend",
            "turn\u{202e}ed",
            "straße",
            "'",
        ];
        let tables: Vec<Table> = names.iter().map(|it| table(it, Some(7))).collect();
        let text = written(&tables);
        assert!(!text.contains('\u{202e}'));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut read = perfguard_core::config::table_rows(file.path()).unwrap();
        read.sort();
        let mut all: Vec<_> = names.map(|it| (it.to_owned(), 7)).into();
        all.sort();
        assert_eq!(read, all);
    }

    #[test]
    fn it_is_sorted_and_has_what_is_known() {
        let tables = [
            table("users", Some(12)),
            table("posts", None),
            table("shop.orders", Some(0)),
            table("users", Some(7)),
        ];
        let text = written(&tables);
        let (header, rows) = text.split_once("format").unwrap();
        assert!(header.lines().all(|it| it.starts_with("# ")), "{header}");
        assert_eq!(rows, " = 1\n\n[rows]\n\"shop.orders\" = 0\nusers = 12\n");
    }
}
