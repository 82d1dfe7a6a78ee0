//! MySQL and MariaDB: `EXPLAIN FORMAT=JSON` over shadows of the tables.

use std::fmt::Write as _;

use perfguard_core::statement::Dialect;
use serde_json::{Map, Value};

use super::{Text, json, literal, shadow, values_at, written};
use crate::index::NewIndex;
use crate::plan::{Access, Plan, Way, without_values};
use crate::schema::{Table, TableColumn, indexes, is_true};
use crate::session::Connection;
use crate::sql::{Column, Source, Stand};

pub(super) const FOREIGN_KEYS: &str = "SELECT NULL, CAST(k.table_name AS CHAR), \
     CAST(k.constraint_name AS CHAR), CAST(k.column_name AS CHAR), CAST(k.referenced_table_name AS CHAR) \
     FROM information_schema.key_column_usage k \
     WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL \
     ORDER BY k.table_name, k.constraint_name, k.ordinal_position";

pub(super) const INDEXES: &str = "SELECT NULL, CAST(s.table_name AS CHAR), CAST(s.index_name AS CHAR), \
     CAST(s.column_name AS CHAR), '0' FROM information_schema.statistics s \
     WHERE s.table_schema = DATABASE() ORDER BY s.table_name, s.index_name, s.seq_in_index";

pub(super) async fn table<C: Connection>(
    connection: &mut C,
    source: &Source,
) -> Result<Option<Table>, String> {
    let schema = source.schema.as_deref();
    let schema = schema.map_or("DATABASE()".to_owned(), |it| literal(it, Dialect::MySql));
    let name = literal(&source.table, Dialect::MySql);
    let of =
        |alias: &str| format!("{alias}.table_schema = {schema} AND {alias}.table_name = {name}");
    let columns = connection
        .read(&format!(
            "SELECT CAST(c.column_name AS CHAR), CAST(LOWER(c.column_type) AS CHAR), \
             CAST(c.is_nullable AS CHAR), CAST(c.extra AS CHAR) \
             FROM information_schema.columns c JOIN information_schema.tables t \
             ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
             WHERE {} AND t.table_type = 'BASE TABLE' ORDER BY c.ordinal_position",
            of("c")
        ))
        .await?;
    if columns.is_empty() {
        return Ok(None);
    }
    let mut read = Table::named(source);
    for row in columns {
        let [Some(name), Some(kind), nullable, extra] = row.as_slice() else {
            continue;
        };
        read.columns.push(TableColumn {
            name: name.clone(),
            kind: kind.clone(),
            is_nullable: nullable.as_deref().is_some_and(is_true),
            is_generated: extra
                .as_deref()
                .is_some_and(|it| it.to_uppercase().contains("GENERATED")),
            repeats: false,
        });
    }
    let listed = connection
        .read(&format!(
            "SELECT CAST(s.index_name AS CHAR), CAST(s.column_name AS CHAR), \
             CAST(1 - s.non_unique AS CHAR), NULL FROM information_schema.statistics s \
             WHERE {} AND s.index_type = 'BTREE' ORDER BY s.index_name, s.seq_in_index",
            of("s")
        ))
        .await?;
    read.indexes = indexes(listed);
    Ok(Some(read))
}

pub(super) async fn explain<C: Connection>(
    connection: &mut C,
    text: &Text<'_>,
    indexes: &[&NewIndex],
) -> Result<Plan, String> {
    let mut cast: Vec<&Table> = Vec::new();
    let mut failed = None;
    for (_, table) in text.tables {
        if cast
            .iter()
            .any(|it| it.name == table.name && it.schema == table.schema)
        {
            continue;
        }
        let its: Vec<_> = indexes
            .iter()
            .copied()
            .filter(|it| it.table == table.name)
            .collect();
        match shadow::cast(connection, table, &its).await {
            Ok(()) => cast.push(table),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let explained = match failed {
        None => {
            connection
                .read(&format!("EXPLAIN FORMAT=JSON {}", valued(text)))
                .await
        }
        Some(error) => Err(error),
    };
    for table in cast {
        shadow::lift(connection, table).await;
    }
    plan(&json(explained?)?)
}

/// A page of a shadow's rows, which is as small for it as a page is for a table.
const LIMIT: &str = "2";

/// The statement with values where placeholders were.
fn valued(text: &Text<'_>) -> String {
    written(text.tokens, Dialect::MySql, |at| {
        let before = at.checked_sub(1).and_then(|it| text.tokens.get(it));
        match before {
            Some(word) if word.is("limit") => return LIMIT.to_owned(),
            Some(word) if word.is("offset") => return "0".to_owned(),
            _ => {}
        }
        let stand = text.stands.iter().find(|(position, _)| *position == at);
        let value = |number: usize| match stand {
            Some((_, Stand::Of { column, part })) => {
                let column = column_of(column, text.tables)?;
                // Another value of the list: four in a hundred further.
                let shift = u8::try_from(number * 4).unwrap_or_default();
                Some(shadow::stand(column, part.saturating_add(shift)))
            }
            Some((_, Stand::Row(columns))) => {
                let column = column_of(columns.get(number)?, text.tables)?;
                Some(shadow::stand(column, 50))
            }
            Some((_, Stand::PatternOf(_))) => Some("'v02%'".to_owned()),
            None => None,
        };
        let values = (0..values_at(text.tokens, at))
            .map(|number| value(number).unwrap_or_else(|| (number + 1).to_string()));
        values.collect::<Vec<_>>().join(", ")
    })
}

fn column_of<'a>(column: &Column, tables: &'a [(Source, Table)]) -> Option<&'a TableColumn> {
    let mut tables = tables.iter().filter(|(source, _)| {
        let qualifier = column.qualifier.as_deref();
        qualifier.is_none_or(|qualifier| source.is_called(qualifier))
    });
    tables.find_map(|(_, table)| table.column(&column.name))
}

fn plan(explained: &Value) -> Result<Plan, String> {
    let mut plan = Plan::default();
    walk(explained, &mut plan);
    let block = explained.get("query_block");
    if plan.accesses.is_empty()
        && let Some(message) = find(explained, "message").and_then(Value::as_str)
        && !NOTHING_TO_READ.contains(&message)
    {
        return Err(format!("the server does not plan it: {message}"));
    }
    let cost = block.and_then(|block| {
        let cost = block
            .get("cost")
            .or_else(|| block.get("cost_info")?.get("query_cost"))?;
        cost.as_f64().or_else(|| cost.as_str()?.parse().ok())
    });
    plan.cost = cost;
    Ok(plan)
}

/// What the server says of statements that it answers without reading a table.
const NOTHING_TO_READ: [&str; 2] = ["No tables used", "Select tables optimized away"];

/// The first value of this key, at any depth.
fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(object) => object
            .get(key)
            .or_else(|| object.values().find_map(|inner| find(inner, key))),
        Value::Array(items) => items.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}

fn walk(value: &Value, plan: &mut Plan) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, plan)),
        Value::Object(object) => {
            if object.contains_key("filesort") || object.get("using_filesort") == Some(&true.into())
            {
                plan.sorts = true;
                plan.lines
                    .push(match find(value, "sort_key").and_then(Value::as_str) {
                        Some(key) => format!("filesort by {}", without_values(key, Dialect::MySql)),
                        None => "filesort".to_owned(),
                    });
            }
            let access = access(object, plan);
            plan.accesses.extend(access);
            for inner in object.values() {
                walk(inner, plan);
            }
        }
        _ => {}
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn access(object: &Map<String, Value>, plan: &mut Plan) -> Option<Access> {
    let name = text(object, "table_name")?;
    let kind = text(object, "access_type")?;
    // `<derived2>` and the like are no tables.
    if name.starts_with('<') {
        return None;
    }
    let mut keys = Vec::new();
    keys_of(object, &mut keys);
    let mut line = format!("{name}: {kind}");
    if !keys.is_empty() {
        let _ = write!(line, " by {}", keys.join(", "));
    }
    if let Some(rows) = object
        .get("rows")
        .or_else(|| object.get("rows_examined_per_scan"))
    {
        let _ = write!(line, ", {rows} rows");
    }
    if let Some(condition) = text(object, "attached_condition") {
        let _ = write!(
            line,
            ", where {}",
            without_values(condition, Dialect::MySql)
        );
    }
    plan.lines.push(line.clone());
    let way = match kind {
        "ALL" | "index" => Way::Scan {
            index: keys.into_iter().next(),
        },
        _ => Way::Search { indexes: keys },
    };
    let parts = object.get("used_key_parts").and_then(Value::as_array);
    let parts = parts.into_iter().flatten().filter_map(Value::as_str);
    Some(Access {
        name: name.to_owned(),
        way,
        by: parts.map(str::to_owned).collect(),
        line,
    })
}

/// The indexes of an access; several where they are merged.
fn keys_of(object: &Map<String, Value>, keys: &mut Vec<String>) {
    match text(object, "key") {
        Some(key) if !object.contains_key("index_merge") => keys.push(key.to_owned()),
        _ => {}
    }
    if let Some(merged) = object.get("index_merge") {
        merged_keys(merged, keys);
    }
}

fn merged_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(key) = text(object, "key") {
                keys.push(key.to_owned());
            }
            object.values().for_each(|inner| merged_keys(inner, keys));
        }
        Value::Array(items) => items.iter().for_each(|inner| merged_keys(inner, keys)),
        _ => {}
    }
}

#[cfg(test)]
#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on"
)]
mod tests {
    use super::plan;
    use crate::plan::Way;

    fn read(json: &str) -> Result<crate::plan::Plan, String> {
        plan(&serde_json::from_str(json).expect("it is JSON"))
    }

    #[test]
    fn tables_say_how_they_are_read() {
        let plan = read(
            r#"{"query_block": {"select_id": 1, "cost": 2.5, "nested_loop": [
                {"read_sorted_file": {"filesort": {"sort_key": "p.id", "table": {
                    "table_name": "p", "access_type": "ALL", "rows": 500, "attached_condition": "p.a = 1"}}}},
                {"table": {"table_name": "users", "access_type": "eq_ref", "key": "PRIMARY"}}]}}"#,
        )
        .expect("it is a plan");
        assert!(plan.sorts);
        assert_eq!(plan.cost, Some(2.5));
        let ways: Vec<_> = plan
            .accesses
            .iter()
            .map(|it| (it.name.as_str(), &it.way))
            .collect();
        let search = Way::Search {
            indexes: vec!["PRIMARY".to_owned()],
        };
        assert_eq!(
            ways,
            [("p", &Way::Scan { index: None }), ("users", &search)]
        );
        assert_eq!(plan.lines[0], "filesort by p.id");
        assert_eq!(plan.lines[1], "p: ALL, 500 rows, where p.a = ?");
    }

    #[test]
    fn merged_indexes_are_searched() {
        let plan = read(
            r#"{"query_block": {"table": {"table_name": "t", "access_type": "index_merge",
                "key": "sort_union(a,b)", "index_merge": {"sort_union": [
                    {"range": {"key": "a"}}, {"range": {"key": "b"}}]}}}}"#,
        )
        .expect("it is a plan");
        assert!(plan.searches_by("a") && plan.searches_by("b"));
    }

    #[test]
    fn what_is_not_planned_is_said() {
        let said = read(r#"{"query_block": {"table": {"message": "Impossible WHERE"}}}"#);
        assert_eq!(
            said.err().as_deref(),
            Some("the server does not plan it: Impossible WHERE")
        );
    }
}
