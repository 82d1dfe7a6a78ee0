//! Tables of MySQL and MariaDB with rows of nobody.
//!
//! Their optimiser has to be shown values and rows, and CREATE INDEX ends the
//! user's transaction. A temporary table does not: it takes the place of the
//! table of its name for this connection alone, has the same columns and
//! indexes and those that are tried out, and is filled with numbered rows.
//! So no value of the application is needed, and no row of it is locked.

use std::fmt::Write as _;

use perfguard_core::statement::Dialect;

use super::quoted;
use crate::index::NewIndex;
use crate::schema::{Table, TableColumn};
use crate::session::Connection;

/// Rows of a shadow: enough that reading all of them is the dearer way.
const ROWS: u32 = 500;

/// Of nullable columns one value in so many is NULL.
const NULL_EVERY: u32 = 8;

/// Rows that have the same value in a column that repeats: as many as keep the
/// values that stand for one, which other tables have as well.
const SAME: u32 = NULL_EVERY;

/// Puts a shadow over a table.
pub(super) async fn cast<C: Connection>(
    connection: &mut C,
    table: &Table,
    indexes: &[&NewIndex],
) -> Result<(), String> {
    let name = path(table);
    let rows = connection
        .read(&format!("SHOW CREATE TABLE {name}"))
        .await?;
    let definition = rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().nth(1).flatten());
    let definition = definition.ok_or_else(|| format!("{name} has no definition to be read"))?;
    if !definition.starts_with("CREATE TABLE") {
        return Err(format!(
            "{name} is a temporary table, or none that could be copied"
        ));
    }
    let keys: Vec<_> = indexes
        .iter()
        .map(|index| index.key(Dialect::MySql))
        .collect();
    connection.run(&temporary(&definition, &name, &keys)).await.map_err(|error| {
        format!("no temporary table may stand for {name} (CREATE TEMPORARY TABLES is needed): {error}")
    })?;
    let filled = fill(connection, table, &name).await;
    if filled.is_err() {
        lift(connection, table).await;
    }
    filled
}

/// Takes it away again.
pub(super) async fn lift<C: Connection>(connection: &mut C, table: &Table) {
    // Nothing follows from a failure: it ends with the connection.
    let _ = connection
        .run(&format!("DROP TEMPORARY TABLE IF EXISTS {}", path(table)))
        .await;
}

async fn fill<C: Connection>(connection: &mut C, table: &Table, name: &str) -> Result<(), String> {
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|column| !column.is_generated)
        .collect();
    let names: Vec<_> = columns
        .iter()
        .map(|it| quoted(&it.name, Dialect::MySql))
        .collect();
    let mut insert = format!("INSERT IGNORE INTO {name} ({}) VALUES ", names.join(", "));
    for row in 0..ROWS {
        let values: Vec<_> = columns
            .iter()
            .map(|column| match column.is_nullable && row % NULL_EVERY == 1 {
                true => "NULL".to_owned(),
                false => value(column, row),
            })
            .collect();
        let comma = if row == 0 { "" } else { ", " };
        let _ = write!(insert, "{comma}({})", values.join(", "));
    }
    // Checks know nothing of numbered rows. MySQL has no such statement.
    let unchecked = format!("SET STATEMENT check_constraint_checks = 0 FOR {insert}");
    if connection.run(&unchecked).await.is_ok() {
        return Ok(());
    }
    connection.run(&insert).await
}

fn path(table: &Table) -> String {
    super::path(table.schema.as_deref(), &table.name, Dialect::MySql)
}

/// The definition of the shadow, from what `SHOW CREATE TABLE` says, which has
/// a line for each column and key.
fn temporary(definition: &str, name: &str, keys: &[String]) -> String {
    let mut parts = Vec::new();
    let mut options = "";
    for line in definition.lines().skip(1) {
        let line = line.trim();
        if line.starts_with(')') {
            options = line;
            break;
        }
        // Temporary tables have neither.
        let is_foreign = line.starts_with("CONSTRAINT") && line.contains("FOREIGN KEY");
        if !is_foreign && !line.starts_with("FULLTEXT") {
            parts.push(line.trim_end_matches(','));
        }
    }
    parts.extend(keys.iter().map(String::as_str));
    format!(
        "CREATE TEMPORARY TABLE {name} ({}{options}",
        parts.join(", ")
    )
}

/// The value that stands for one of a column's: `part` in a hundred of them are
/// less.
pub(super) fn stand(column: &TableColumn, part: u8) -> String {
    let row = u32::from(part.min(99)) * ROWS / 100;
    // Rows at multiples are never NULL.
    value(column, row - row % NULL_EVERY)
}

/// The value of a numbered row, greater in a later row where the type allows.
fn value(column: &TableColumn, row: u32) -> String {
    let row = if column.repeats {
        row - row % SAME
    } else {
        row
    };
    let kind = column.kind.as_str();
    let name = kind.split(['(', ' ']).next().unwrap_or(kind);
    let length = kind
        .split_once('(')
        .and_then(|(_, rest)| rest.split(')').next()?.parse::<usize>().ok());
    match name {
        _ if column.is_boolean() => (row % 2).to_string(),
        "tinyint" | "bit" => (row % 100).to_string(),
        "year" => (1970 + row % 100).to_string(),
        "int" | "integer" | "smallint" | "mediumint" | "bigint" | "decimal" | "numeric"
        | "float" | "double" | "real" => row.to_string(),
        "enum" | "set" => {
            let values = kind.matches("','").count() as u32 + 1;
            match name {
                "set" => "1".to_owned(),
                _ => (row % values + 1).to_string(),
            }
        }
        "date" => format!("'{}'", date(row)),
        "datetime" | "timestamp" => format!("'{} 12:00:00'", date(row)),
        "time" => format!("'{:02}:{:02}:00'", row / 60, row % 60),
        "json" => row.to_string(),
        "uuid" => format!("'00000000-0000-4000-8000-{row:012x}'"),
        "inet6" => format!("'::{row:x}'"),
        "inet4" => format!("'10.0.{}.{}'", row / 256, row % 256),
        "binary" | "char" | "varbinary" | "varchar" => {
            let text = format!("v{row:04}");
            let longest = length.unwrap_or(text.len());
            let start = text.len().saturating_sub(longest);
            format!("'{}'", text.get(start..).unwrap_or("v"))
        }
        _ => format!("'v{row:04}'"),
    }
}

/// A day of 28 in each month is one of every calendar.
fn date(row: u32) -> String {
    let (year, month, day) = (2000 + row / 336, row / 28 % 12 + 1, row % 28 + 1);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on")]
mod tests {
    use super::{stand, temporary, value};
    use crate::schema::TableColumn;

    fn column(kind: &str) -> TableColumn {
        TableColumn {
            name: "c".to_owned(),
            kind: kind.to_owned(),
            is_nullable: true,
            is_generated: false,
            repeats: false,
        }
    }

    #[test]
    fn a_definition_becomes_that_of_a_shadow() {
        let definition = "CREATE TABLE `posts` (\n  `id` int(11) NOT NULL,\n  `user_id` int(11) DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  CONSTRAINT `f` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`)\n) ENGINE=InnoDB\n PARTITION BY HASH (`id`)";
        assert_eq!(
            temporary(definition, "`posts`", &["KEY `k` (`user_id`)".to_owned()]),
            "CREATE TEMPORARY TABLE `posts` (`id` int(11) NOT NULL, `user_id` int(11) DEFAULT NULL, PRIMARY KEY (`id`), KEY `k` (`user_id`)) ENGINE=InnoDB"
        );
    }

    #[test]
    fn values_rise_and_fit() {
        for kind in [
            "int(11)",
            "varchar(255)",
            "datetime",
            "date",
            "decimal(10,2)",
            "time",
            "text",
        ] {
            let column = column(kind);
            let values: Vec<_> = (0..500).map(|row| value(&column, row)).collect();
            let mut sorted = values.clone();
            match kind.starts_with("int") || kind.starts_with("decimal") {
                true => sorted.sort_by_key(|it| it.parse::<u32>().expect("a number")),
                false => sorted.sort(),
            }
            assert_eq!(sorted, values, "{kind}");
        }
        assert_eq!(value(&column("varchar(2)"), 123), "'23'");
        assert_eq!(value(&column("enum('a','b','c')"), 4), "2");
        assert_eq!(value(&column("tinyint(1)"), 4), "0");
        assert_eq!(stand(&column("int(11)"), 98), "488");
    }
}
