//! PostgreSQL: the generic plan of a prepared statement, sequential scans
//! priced out, over copies without rows.
//!
//! The server finds the types of placeholders itself, and a generic plan needs
//! no values. A test's tables are so small that scanning them is right, whatever
//! indexes they have: without sequential scans, what still is one is a table
//! that no index can serve. Reading all of an index costs as little as a search
//! in it there, so that copies stand for the tables, of which nothing is known.

use std::fmt::Write as _;

use perfguard_core::statement::Dialect;
use serde_json::{Map, Value};

use super::{Text, json, literal, path, quoted, values_at, written};
use crate::index::NewIndex;
use crate::plan::{Access, Plan, Way, without_values};
use crate::schema::{Table, TableColumn, indexes, is_true};
use crate::session::Connection;
use crate::sql::{Source, Token, subjects};

const NAME: &str = "perfguard_explained";

pub(super) const FOREIGN_KEYS: &str = "SELECT NULLIF(n.nspname, current_schema())::text, t.relname::text, k.oid::text, a.attname::text, \
     (CASE WHEN m.nspname = current_schema() THEN '' ELSE m.nspname || '.' END || r.relname)::text \
     FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid \
     JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_namespace m ON m.oid = r.relnamespace \
     CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS c (attnum, position) \
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.attnum \
     WHERE k.contype = 'f' AND k.conparentid = 0 AND n.nspname = ANY (current_schemas(false)) \
     ORDER BY n.nspname, t.relname, k.oid, c.position";

pub(super) const INDEXES: &str = "SELECT NULLIF(n.nspname, current_schema())::text, t.relname::text, i.relname::text, a.attname::text, \
     (x.indpred IS NOT NULL)::text \
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
     JOIN pg_namespace n ON n.oid = t.relnamespace \
     CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, position) \
     LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0 \
     WHERE x.indisvalid AND k.position <= x.indnkeyatts AND n.nspname = ANY (current_schemas(false)) \
     ORDER BY n.nspname, t.relname, i.relname, k.position";

pub(super) async fn prepare<C: Connection>(connection: &mut C) -> Result<(), String> {
    connection
        .run(
            "SET LOCAL plan_cache_mode = force_generic_plan; \
             SET LOCAL jit = off; \
             SET LOCAL lock_timeout = '3s'",
        )
        .await
}

/// A prepared statement outlives what is rolled back.
pub(super) async fn clean_up<C: Connection>(connection: &mut C) {
    const POINT: &str = "perfguard_clean_up";
    let _ = connection.run(&format!("SAVEPOINT {POINT}")).await;
    if connection.run(&format!("DEALLOCATE {NAME}")).await.is_err() {
        let _ = connection
            .run(&format!("ROLLBACK TO SAVEPOINT {POINT}"))
            .await;
    }
    let _ = connection.run(&format!("RELEASE SAVEPOINT {POINT}")).await;
}

/// Puts an empty copy over a table: a temporary one is found first. Nothing is
/// known of its rows, and PostgreSQL then plans for ten pages of them, whatever
/// the test has and whoever has analysed it. No lock is taken on the table, and
/// none of its indexes has another name.
pub(super) async fn shadow<C: Connection>(
    connection: &mut C,
    source: &Source,
) -> Result<(), String> {
    let real = indexes_of(connection, &regclass(source)).await?;
    let name = quoted(&source.table, Dialect::Postgres);
    let path = path_of(source);
    connection
        .run(&format!(
            "CREATE TEMPORARY TABLE {name} (LIKE {path} INCLUDING GENERATED INCLUDING INDEXES)"
        ))
        .await?;
    let copy = Source {
        schema: Some("pg_temp".to_owned()),
        ..source.clone()
    };
    let mut copied = indexes_of(connection, &regclass(&copy)).await?;
    let mut named = Vec::new();
    for (number, (name, definition)) in real.into_iter().enumerate() {
        let Some(at) = copied.iter().position(|(_, it)| *it == definition) else {
            continue;
        };
        let (made, _) = copied.swap_remove(at);
        let between = format!("perfguard_{number}");
        rename(connection, &made, &between).await?;
        named.push((between, name));
    }
    for (between, name) in named {
        rename(connection, &between, &name).await?;
    }
    Ok(())
}

async fn rename<C: Connection>(connection: &mut C, from: &str, to: &str) -> Result<(), String> {
    let [from, to] = [from, to].map(|it| quoted(it, Dialect::Postgres));
    connection
        .run(&format!("ALTER INDEX pg_temp.{from} RENAME TO {to}"))
        .await
}

/// The indexes of a table, and what they are besides their names.
async fn indexes_of<C: Connection>(
    connection: &mut C,
    class: &str,
) -> Result<Vec<(String, String)>, String> {
    let rows = connection
        .read(&format!(
            "SELECT i.relname::text, x.indisunique::text || regexp_replace(pg_get_indexdef(x.indexrelid), \
             '^.*? USING ', '') FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
             WHERE x.indrelid = {class} ORDER BY i.relname"
        ))
        .await?;
    let pairs = rows.into_iter().filter_map(|row| match row.as_slice() {
        [Some(name), Some(definition)] => Some((name.clone(), definition.clone())),
        _ => None,
    });
    Ok(pairs.collect())
}

fn regclass(source: &Source) -> String {
    let name = path_of(source);
    format!("to_regclass({})", literal(&name, Dialect::Postgres))
}

fn path_of(source: &Source) -> String {
    path(source.schema.as_deref(), &source.table, Dialect::Postgres)
}

pub(super) async fn table<C: Connection>(
    connection: &mut C,
    source: &Source,
) -> Result<Option<Table>, String> {
    let class = regclass(source);
    let columns = connection
        .read(&format!(
            "SELECT a.attname::text, format_type(a.atttypid, NULL)::text, a.attnotnull::text, \
             (a.attgenerated <> '')::text, n.nspname::text \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
             JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = {class} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
             ORDER BY a.attnum"
        ))
        .await?;
    if columns.is_empty() {
        return Ok(None);
    }
    let mut read = Table::named(source);
    for row in columns {
        let [Some(name), Some(kind), not_null, generated, home] = row.as_slice() else {
            continue;
        };
        read.home.clone_from(home);
        let is = |cell: &Option<String>| cell.as_deref().is_some_and(is_true);
        read.columns.push(TableColumn {
            name: name.clone(),
            kind: kind.clone(),
            is_nullable: !is(not_null),
            is_generated: is(generated),
            repeats: false,
        });
    }
    let listed = connection
        .read(&format!(
            "SELECT i.relname::text, a.attname::text, x.indisunique::text, pg_get_expr(x.indpred, x.indrelid) \
             FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam \
             CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, position) \
             LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum > 0 \
             WHERE x.indrelid = {class} AND x.indisvalid AND m.amname = 'btree' \
             AND k.position <= x.indnkeyatts ORDER BY i.relname, k.position"
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
    let is_shadowed = |name: &str| {
        let mut tables = text.tables.iter();
        tables.any(|(_, table)| table.is_shadowed && table.name == name)
    };
    for index in indexes {
        let mut index = (*index).clone();
        if is_shadowed(&index.table) {
            index.schema = None;
        }
        connection.run(&index.create(Dialect::Postgres)).await?;
    }
    let here = planned(connection, text).await?;
    connection.run("SET LOCAL enable_seqscan = off").await?;
    let searched = planned(connection, text).await?;
    connection.run("SET LOCAL enable_seqscan = on").await?;
    let mut plan = plan(&searched.json, text.tables)?;
    plan.has_values = searched.has_values;
    // What it costs is what it costs here, nothing priced out.
    plan.cost = root(&here.json)
        .and_then(|it| it.get("Total Cost"))
        .and_then(Value::as_f64);
    Ok(plan)
}

/// The plan of a statement: with its own values where they are at hand, else
/// the generic one.
async fn planned<C: Connection>(connection: &mut C, text: &Text<'_>) -> Result<Planned, String> {
    let tables = text.tables.iter();
    // Its own text would name the table that the copy stands for.
    let is_qualified = tables
        .into_iter()
        .any(|(source, _)| source.schema.is_some());
    if !is_qualified && let Some(json) = bound(connection).await? {
        return Ok(Planned {
            json,
            has_values: true,
        });
    }
    let (sql, values) = numbered(&unqualified(text));
    Ok(Planned {
        json: generic(connection, &sql, values).await?,
        has_values: false,
    })
}

/// A plan as PostgreSQL writes it, and whether it is for the statement's own
/// values.
struct Planned {
    json: Value,
    has_values: bool,
}

/// The plan with the statement's own values.
async fn bound<C: Connection>(connection: &mut C) -> Result<Option<Value>, String> {
    const POINT: &str = "perfguard_bound";
    connection.run(&format!("SAVEPOINT {POINT}")).await?;
    let rows = connection.read_bound("EXPLAIN (FORMAT JSON) ").await;
    let plan = rows.and_then(Result::ok).and_then(|rows| json(rows).ok());
    connection
        .run(&format!("ROLLBACK TO SAVEPOINT {POINT}"))
        .await?;
    connection
        .run(&format!("RELEASE SAVEPOINT {POINT}"))
        .await?;
    Ok(plan)
}

/// The tokens of a statement, without the schemas of tables that have a shadow.
fn unqualified(text: &Text<'_>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.tokens;
    while let Some((first, left)) = rest.split_first() {
        if let (Some(schema), [Token::Dot, table, ..]) = (first.name(), left)
            && text.tables.iter().any(|(source, known)| {
                known.is_shadowed
                    && source.schema.as_deref() == Some(schema)
                    && table.name() == Some(&source.table)
            })
        {
            rest = left.get(1..).unwrap_or_default();
            continue;
        }
        tokens.push(first.clone());
        rest = left;
    }
    tokens
}

/// The generic plan of a statement. It is prepared for each, because a plan is
/// kept as long as its statement, whatever is set in between.
async fn generic<C: Connection>(
    connection: &mut C,
    sql: &str,
    values: usize,
) -> Result<Value, String> {
    connection.run(&format!("PREPARE {NAME} AS {sql}")).await?;
    let arguments = match values {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; values].join(", ")),
    };
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE {NAME}{arguments}");
    let rows = connection.read(&explain).await?;
    connection.run(&format!("DEALLOCATE {NAME}")).await?;
    json(rows)
}

/// The statement with numbered placeholders, and how many there are.
fn numbered(tokens: &[Token]) -> (String, usize) {
    let mut values = 0;
    let sql = written(tokens, Dialect::Postgres, |at| {
        let before = at.checked_sub(1).and_then(|it| tokens.get(it));
        // The grammar wants a literal after the name of a type.
        match before {
            Some(word) if word.is("interval") => return "'1 day'".to_owned(),
            Some(word) if word.is_any(&["date", "timestamp", "timestamptz"]) => {
                return "'2000-01-01'".to_owned();
            }
            Some(word) if word.is("time") => return "'00:00'".to_owned(),
            _ => {}
        }
        let list = (0..values_at(tokens, at)).map(|_| {
            values += 1;
            format!("${values}")
        });
        list.collect::<Vec<_>>().join(", ")
    });
    (sql, values)
}

fn root(explained: &Value) -> Option<&Map<String, Value>> {
    explained.get(0)?.get("Plan")?.as_object()
}

fn plan(explained: &Value, tables: &[(Source, Table)]) -> Result<Plan, String> {
    let root = root(explained).ok_or("the plan has no node")?;
    let mut plan = Plan::default();
    walk(root, 0, tables, &mut plan);
    Ok(plan)
}

fn text<'a>(node: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

fn children(node: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let plans = node.get("Plans").and_then(Value::as_array);
    plans.into_iter().flatten().filter_map(Value::as_object)
}

fn walk(node: &Map<String, Value>, depth: usize, tables: &[(Source, Table)], plan: &mut Plan) {
    let kind = text(node, "Node Type").unwrap_or_default();
    let line = line(node, kind);
    plan.lines.push(format!("{}{line}", "  ".repeat(depth)));
    // One that only sorts among equal first columns reads no more than it gives.
    plan.sorts |= kind == "Sort";
    let name = text(node, "Alias").or_else(|| text(node, "Relation Name"));
    if let Some(name) = name {
        let mut indexes = Vec::new();
        let mut by = searched_by(node);
        let mut scanned = None;
        match kind {
            "Bitmap Heap Scan" => {
                for child in children(node) {
                    bitmap(child, tables, &mut indexes, &mut by);
                }
            }
            "Index Scan" | "Index Only Scan" => {
                let index = text(node, "Index Name").unwrap_or_default().to_owned();
                match is_led(node, tables) {
                    true => indexes.push(index),
                    false => scanned = Some(index),
                }
            }
            // A row by its address, a function: nothing that an index is for.
            "Seq Scan" => {}
            _ => indexes.push(String::new()),
        }
        // What changes rows names their table too, above what finds them.
        if kind != "ModifyTable" {
            let way = match indexes.is_empty() {
                true => Way::Scan { index: scanned },
                false => Way::Search { indexes },
            };
            plan.accesses.push(Access {
                name: name.to_owned(),
                way,
                by,
                line,
            });
        }
    }
    for child in children(node) {
        walk(child, depth + 1, tables, plan);
    }
}

/// The indexes that a bitmap is made of, where each is searched.
fn bitmap(
    node: &Map<String, Value>,
    tables: &[(Source, Table)],
    indexes: &mut Vec<String>,
    by: &mut Vec<String>,
) {
    by.extend(searched_by(node));
    if let Some(index) = text(node, "Index Name")
        && is_led(node, tables)
    {
        indexes.push(index.to_owned());
    }
    for child in children(node) {
        bitmap(child, tables, indexes, by);
    }
}

/// Whether the condition is on the first column of the index. On another one
/// all of the index is read.
fn is_led(node: &Map<String, Value>, tables: &[(Source, Table)]) -> bool {
    if !node.contains_key("Index Cond") {
        return false;
    }
    let name = text(node, "Index Name").unwrap_or_default();
    let known = tables.iter().find_map(|(_, table)| table.index(name));
    let Some(leading) = known.and_then(|index| index.leading()) else {
        // An expression, another kind of index, or one that is tried out.
        return true;
    };
    searched_by(node).iter().any(|column| column == leading)
}

/// The columns of an index that its condition is on.
fn searched_by(node: &Map<String, Value>) -> Vec<String> {
    let condition = text(node, "Index Cond").unwrap_or_default();
    subjects(&without_values(condition, Dialect::Postgres))
}

fn line(node: &Map<String, Value>, kind: &str) -> String {
    let mut line = kind.to_owned();
    if let Some(index) = text(node, "Index Name") {
        let _ = write!(line, " using {index}");
    }
    if let Some(relation) = text(node, "Relation Name") {
        let _ = write!(line, " on {relation}");
        if let Some(alias) = text(node, "Alias").filter(|it| *it != relation) {
            let _ = write!(line, " {alias}");
        }
    }
    for key in [
        "Index Cond",
        "Filter",
        "Hash Cond",
        "Merge Cond",
        "Join Filter",
    ] {
        if let Some(condition) = text(node, key) {
            let _ = write!(
                line,
                "  {key}: {}",
                without_values(condition, Dialect::Postgres)
            );
        }
    }
    if let Some(keys) = node.get("Sort Key").and_then(Value::as_array) {
        let keys: Vec<_> = keys.iter().filter_map(Value::as_str).collect();
        let _ = write!(
            line,
            "  Sort Key: {}",
            without_values(&keys.join(", "), Dialect::Postgres)
        );
    }
    line
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test that cannot go on")]
mod tests {
    use super::{numbered, plan};
    use crate::plan::Way;
    use crate::sql::tokens;

    #[test]
    fn placeholders_are_numbered_and_lists_have_two() {
        for (text, sql, values) in [
            (
                r#"select "a" from "t" where "t"."b" in (?) and c = ? limit ?"#,
                r#"select "a" from "t" where "t"."b" in ($1, $2) and c = $3 limit $4"#,
                4,
            ),
            (
                "select a from t where at > now() - interval ? and b = any(?)",
                "select a from t where at > now() - interval '1 day' and b = any ($1)",
                1,
            ),
            (
                "select lower(a), ?::int[] from t",
                "select lower(a), $1::int []  from t",
                1,
            ),
        ] {
            let (written, count) = numbered(&tokens(text));
            let squeezed = |it: &str| it.replace(' ', "");
            assert_eq!(squeezed(&written), squeezed(sql));
            assert_eq!(count, values);
        }
    }

    #[test]
    fn nodes_say_how_a_table_is_read() {
        let json = r#"[{"Plan": {"Node Type": "Limit", "Total Cost": 3.5, "Plans": [
            {"Node Type": "Sort", "Sort Key": ["p.id"], "Plans": [
              {"Node Type": "Nested Loop", "Plans": [
                {"Node Type": "Bitmap Heap Scan", "Relation Name": "posts", "Alias": "p", "Plans": [
                  {"Node Type": "Bitmap Index Scan", "Index Name": "i", "Index Cond": "(user_id = $1)"}]},
                {"Node Type": "Seq Scan", "Relation Name": "users", "Alias": "users", "Filter": "(a = $2)"}]}]}]}}]"#;
        let json: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
        let plan = plan(&json, &[]).expect("it is a plan");
        assert!(plan.sorts);
        let ways: Vec<_> = plan
            .accesses
            .iter()
            .map(|it| (it.name.as_str(), &it.way))
            .collect();
        let search = Way::Search {
            indexes: vec!["i".to_owned()],
        };
        assert_eq!(
            ways,
            [("p", &search), ("users", &Way::Scan { index: None })]
        );
        assert!(
            plan.lines
                .iter()
                .any(|it| it.ends_with("Seq Scan on users  Filter: (a = ?)"))
        );
    }
}
