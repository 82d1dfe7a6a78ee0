//! The tables of a database, with their rows as its own statistics have them.

use perfguard_core::statement::Dialect;
use perfguard_explain::Session;

use super::connection::Connection;

/// A partition is a part of its table, and a table has the rows of those that inherit from it.
/// Before version 14 nothing told an empty table from one that was never analysed.
const POSTGRES: &str = "WITH RECURSIVE tree (root, part) AS (\
     SELECT c.oid, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('p', 'r') AND NOT c.relispartition \
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     UNION ALL SELECT tree.root, i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.part) \
     SELECT NULLIF(n.nspname, current_schema())::text, c.relname::text, \
     (CASE WHEN bool_and(p.reltuples > 0 OR p.reltuples = 0 AND \
     (p.relpages > 0 OR current_setting('server_version_num')::int >= 140000)) \
     THEN round(sum(p.reltuples::float8))::bigint END)::text \
     FROM tree JOIN pg_class c ON c.oid = tree.root JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_class p ON p.oid = tree.part AND p.relkind <> 'p' \
     GROUP BY n.nspname, c.relname";

const MYSQL: &str = "SELECT NULL, CAST(t.table_name AS CHAR), CAST(t.table_rows AS CHAR) \
     FROM information_schema.tables t WHERE t.table_schema = DATABASE() \
     AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')";

const SQLITE: &str = "SELECT NULL, t.name, NULL FROM pragma_table_list t \
     WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// The first number of a line is how many rows the index has; of a partial one these are not all.
const SQLITE_ANALYSED: &str = "SELECT NULL, t.name, (SELECT CAST(MAX(CAST(s.stat AS INTEGER)) AS TEXT) \
     FROM sqlite_stat1 s WHERE s.tbl = t.name COLLATE NOCASE) FROM pragma_table_list t \
     WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// A table, and how many rows it has, if the database knows.
pub(super) struct Table {
    /// With its schema, if that is not the default one.
    pub(super) name: String,
    pub(super) rows: Option<u64>,
}

/// The tables of all schemas that are not the server's own, by name. No table is read.
pub(super) fn tables(connection: &mut Connection) -> Result<Vec<Table>, String> {
    let not_read = |said| format!("the tables of this database cannot be listed: {said}");
    let sql = match connection.dialect() {
        Dialect::MySql => {
            let database = connection.read("SELECT DATABASE()").map_err(not_read)?;
            if database.iter().flatten().all(Option::is_none) {
                return Err(
                    "the URL names no database: expected `mysql://HOST/DATABASE`".to_owned(),
                );
            }
            MYSQL
        }
        Dialect::Postgres => POSTGRES,
        _ => {
            let is_analysed = "SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'";
            match connection.read(is_analysed).map_err(not_read)?.is_empty() {
                true => SQLITE,
                false => SQLITE_ANALYSED,
            }
        }
    };
    let rows = connection.read(sql).map_err(not_read)?;
    let mut tables: Vec<Table> = rows
        .into_iter()
        .filter_map(|row| {
            let [schema, name, rows]: [Option<String>; 3] = row.try_into().ok()?;
            let schema = schema.map(|it| it + ".").unwrap_or_default();
            Some(Table {
                name: schema + &name?,
                rows: rows.and_then(|it| it.parse().ok()),
            })
        })
        .collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    if tables.is_empty() {
        return Err("this database has no table that this user may see".to_owned());
    }
    Ok(tables)
}
