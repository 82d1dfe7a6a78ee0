//! The texts.

use std::error::Error;

use perfguard_core::statement::Dialect;

/// One object a line: `dialect`, `style` and `sql`.
const LINES: &str = include_str!("../data/workload.jsonl");

pub(crate) struct Text {
    pub(crate) sql: String,
    pub(crate) dialect: Dialect,
}

pub(crate) fn read() -> Result<Vec<Text>, Box<dyn Error>> {
    LINES.lines().map(text).collect()
}

fn text(line: &str) -> Result<Text, Box<dyn Error>> {
    let object: serde_json::Value = serde_json::from_str(line)?;
    let field = |name| object.get(name).and_then(serde_json::Value::as_str);
    let dialect = match field("dialect") {
        Some("mysql") => Dialect::MySql,
        Some("postgres") => Dialect::Postgres,
        Some("sqlite") => Dialect::Sqlite,
        other => return Err(format!("no such dialect: {other:?}").into()),
    };
    let sql = field("sql").ok_or("a text without `sql`")?.to_owned();
    Ok(Text { sql, dialect })
}
