//! How many rows the keys of a table have.

use perfguard_core::statement::Dialect;

use super::{path, quoted};
use crate::filter::Counted;
use crate::schema::{Table, TableColumn};
use crate::session::Connection;

/// Rows of a table that are counted, so that a test with more does not wait.
const MOST: u32 = 100_000;

/// Of the key of these columns that finds the most rows: how many, and how many
/// have the most frequent values of the filtered columns. `None` of a table
/// without rows, and where reading would lock them.
pub(crate) async fn count<C: Connection>(
    connection: &mut C,
    table: &Table,
    found_by: &[&TableColumn],
    filtered: &[&TableColumn],
) -> Result<Option<Counted>, String> {
    if is_locking(connection).await? {
        return Ok(None);
    }
    let rows = connection
        .read(&sql(table, found_by, filtered, connection.dialect()))
        .await?;
    let number = |cell: &Option<String>| cell.as_deref()?.parse().ok();
    let counted = rows.first().and_then(|row| match row.as_slice() {
        [found, left] => Some(Counted {
            found: number(found)?,
            left: number(left)?,
        }),
        _ => None,
    });
    Ok(counted)
}

/// Whether what is read stays locked until the user's transaction ends, or may
/// have it fail.
async fn is_locking<C: Connection>(connection: &mut C) -> Result<bool, String> {
    let level = match connection.dialect() {
        Dialect::MySql => {
            "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')"
        }
        Dialect::Postgres => "SELECT current_setting('transaction_isolation')",
        _ => return Ok(false),
    };
    let rows = connection.read(level).await?;
    let mut cells = rows.iter().flatten().flatten();
    Ok(cells.any(|it| it.eq_ignore_ascii_case("serializable")))
}

/// No value leaves the database, only two numbers.
fn sql(
    table: &Table,
    found_by: &[&TableColumn],
    filtered: &[&TableColumn],
    dialect: Dialect,
) -> String {
    let names = |columns: &[&TableColumn]| -> Vec<_> {
        let names = columns.iter().map(|it| quoted(&it.name, dialect));
        names.collect()
    };
    let key = names(found_by);
    let all = [key.clone(), names(filtered)].concat().join(", ");
    // Nothing is equal to NULL.
    let known: Vec<_> = key.iter().map(|it| format!("{it} IS NOT NULL")).collect();
    let (key, known) = (key.join(", "), known.join(" AND "));
    let schema = table.schema.as_deref().or(table.home.as_deref());
    let table = path(schema, &table.name, dialect);
    let text = match dialect {
        Dialect::MySql => "CHAR",
        _ => "TEXT",
    };
    format!(
        "SELECT CAST(perfguard_found AS {text}), CAST(perfguard_left AS {text}) FROM \
         (SELECT sum(perfguard_rows) AS perfguard_found, max(perfguard_rows) AS perfguard_left FROM \
         (SELECT {key}, count(*) AS perfguard_rows FROM \
         (SELECT {all} FROM {table} LIMIT {MOST}) AS perfguard_read \
         WHERE {known} GROUP BY {all}) AS perfguard_filtered GROUP BY {key}) AS perfguard_keys \
         ORDER BY perfguard_keys.perfguard_found DESC, perfguard_keys.perfguard_left DESC LIMIT 1"
    )
}
