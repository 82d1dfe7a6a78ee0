//! Real statements, and a parser that knows nothing of perfguard.

use std::path::Path;
use std::sync::LazyLock;

use perfguard_core::statement::Dialect;
use serde_json::Value;
use sqlparser::ast::Statement;
use sqlparser::dialect::{
    Dialect as Grammar, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::parser::{Parser, ParserOptions};

use crate::support::{dialect, json_lines, string};

/// Files of one object a line, from this package's folder.
const FILES: [&str; 3] = [
    "benches/data/workload.jsonl",
    "tests/data/fingerprint-cases.jsonl",
    "tests/data/orm-statements.jsonl",
];

/// The parser takes `0XdeadBEEF` for `0 AS XdeadBEEF`.
const MISREAD: &str = "SELECT 0xDEADBEEF, 0XdeadBEEF";

/// An SQL text that the parser can read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) dialect: Dialect,
    pub(crate) sql: String,
    pub(crate) statements: Vec<Statement>,
}

impl Parsed {
    /// None if the parser does not know what `sql` says.
    pub(crate) fn new(sql: &str, dialect: Dialect) -> Option<Self> {
        // Values stay as they were written, and are printed so.
        let options = ParserOptions::new().with_unescape(false);
        let statements = Parser::new(grammar(dialect))
            .with_options(options)
            .try_with_sql(sql)
            .and_then(|mut parser| parser.parse_statements())
            .ok()?;
        Some(Self {
            dialect,
            sql: sql.to_owned(),
            statements,
        })
    }
}

pub(crate) fn grammar(dialect: Dialect) -> &'static dyn Grammar {
    match dialect {
        Dialect::MySql => &MySqlDialect {},
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        _ => &GenericDialect {},
    }
}

/// What the parser can read of the files.
pub(crate) fn corpus() -> &'static [Parsed] {
    static CORPUS: LazyLock<Vec<Parsed>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        FILES
            .iter()
            .filter_map(|file| std::fs::read_to_string(folder.join(file)).ok())
            .flat_map(|file| json_lines(&file))
            .flat_map(|line| texts(&line))
            .filter(|(_, sql)| sql != MISREAD)
            .filter_map(|(dialect, sql)| Parsed::new(&sql, dialect))
            .collect()
    });
    &CORPUS
}

/// The texts in a line, whatever its file calls them.
fn texts(line: &Value) -> Vec<(Dialect, String)> {
    let list = line["sqls"].as_array().map(Vec::as_slice);
    list.unwrap_or_default()
        .iter()
        .chain(["a", "b", "sql"].iter().filter_map(|key| line.get(key)))
        .map(|sql| match sql.as_array().map(Vec::as_slice) {
            Some([name, sql]) => (dialect(name.as_str().unwrap()), sql),
            _ => (dialect(string(line, "dialect")), sql),
        })
        .map(|(dialect, sql)| (dialect, sql.as_str().unwrap().to_owned()))
        .collect()
}
