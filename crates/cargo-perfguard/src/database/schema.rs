//! `cargo perfguard schema`: foreign keys that have no index on the side that refers.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::{Args, ValueEnum};
use perfguard_core::statement::Dialect;
use perfguard_explain::{ForeignKey, Session, foreign_keys};
use serde_json::json;

use super::tables::tables;
use super::{Database, counted, settings};
use crate::escape::{ascii, escape};
use crate::failure::Failure;
use crate::output::Output;
use crate::report::DENIED;

/// The version of the JSON.
const FORMAT: u32 = 1;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SchemaOptions {
    #[command(flatten)]
    database: Database,
    /// What is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    output: Output,
    /// The Cargo.toml of the workspace, whose perfguard.toml says which tables are small
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One object, for programs
    Json,
}

const AFTER_HELP: &str = "\
Nothing is written to the database, and no table is read. Left out are tables that are small by perfguard.toml or
.config/perfguard.toml at the workspace's root ([small_tables], table_rows).

Exit codes: 0 no index is missing; 100 one is; 1 the database or a file could not be read; 2 wrong arguments; 102 cargo
cannot read the workspace of --manifest-path.";

pub(crate) fn run(options: &SchemaOptions) -> ExitCode {
    schema(options).unwrap_or_else(Failure::tell)
}

fn schema(options: &SchemaOptions) -> Result<ExitCode, Failure> {
    settings::install(options.manifest_path.as_deref())?;
    let mut connection = options.database.open()?;
    let tables = tables(&mut connection)?.len();
    let keys = foreign_keys(&mut connection).map_err(|error| error.to_string())?;
    let text = match options.format {
        Format::Human => human(&keys, tables, connection.dialect()),
        Format::Json => json(&keys, tables, connection.dialect()),
    };
    options.output.write(&text)?;
    Ok(match keys.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DENIED),
    })
}

fn human(keys: &[ForeignKey], tables: usize, dialect: Dialect) -> String {
    let of = counted(tables, "table");
    let (style, said) = match keys.len() {
        0 => (GOOD, "has an index on the side that refers"),
        1 => (BAD, "has no index on the side that refers"),
        _ => (BAD, "have no index on the side that refers"),
    };
    let how_many = match keys.len() {
        0 => "every foreign key".to_owned(),
        number => counted(number, "foreign key"),
    };
    let mut text = format!("{style}perfguard: {how_many} of {of} {said}{style:#}\n");
    for key in keys {
        let (table, columns) = (name(key), key.columns().join(", "));
        let (table, columns) = (escape(&table), escape(&columns));
        let _ = writeln!(
            text,
            "\n  {table} ({columns}) refers to {}",
            escape(key.refers_to())
        );
        let create = escape(&key.create());
        let _ = writeln!(text, "    do: {CODE}{create}{CODE:#}");
    }
    if dialect == Dialect::Postgres && !keys.is_empty() {
        text += "\non tables that are in use: CREATE INDEX CONCURRENTLY, outside a transaction\n";
    }
    text
}

fn json(keys: &[ForeignKey], tables: usize, dialect: Dialect) -> String {
    let keys = keys.iter().map(|key| {
        json!({
            "schema": key.schema(),
            "table": key.table(),
            "columns": key.columns(),
            "refers_to": key.refers_to(),
            "create": key.create(),
        })
    });
    let value = json!({
        "format": FORMAT,
        "db.system.name": dialect.system_name(),
        "tables": tables,
        "foreign_keys": keys.collect::<Vec<_>>(),
    });
    ascii(&format!("{value:#}")) + "\n"
}

/// The table, with its schema if that is not the default one.
fn name(key: &ForeignKey) -> String {
    match key.schema() {
        Some(schema) => format!("{schema}.{}", key.table()),
        None => key.table().to_owned(),
    }
}
