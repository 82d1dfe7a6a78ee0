//! SQLite: `EXPLAIN QUERY PLAN`, with placeholders that nobody binds.

use perfguard_core::statement::Dialect;

use super::{Text, literal, path, values_at, written};
use crate::index::NewIndex;
use crate::plan::{Access, Plan, Way};
use crate::schema::{Index, Table, TableColumn, indexes, is_true};
use crate::session::Connection;
use crate::sql::{Source, subjects};

pub(super) const FOREIGN_KEYS: &str = "SELECT NULL, m.name, CAST(f.id AS TEXT), f.\"from\", f.\"table\" \
     FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' \
     ORDER BY m.name, f.id, f.seq";

pub(super) const INDEXES: &str = "SELECT NULL AS n, m.name AS t, l.name AS i, x.name AS c, CAST(l.partial AS TEXT) AS p, x.seqno AS s \
     FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x \
     WHERE m.type = 'table' AND x.key = 1 \
     UNION ALL SELECT NULL, m.name, 'INTEGER PRIMARY KEY', c.name, '0', 0 \
     FROM sqlite_master m, pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND c.pk = 1 AND lower(c.type) = 'integer' ORDER BY 2, 3, 6";

const STATISTICS: &str = "perfguard_statistics";

/// Hides what ANALYZE has written, until [`finish`]: a test's tables are small,
/// and scanning them is right. Without it the planner thinks of large ones.
pub(super) async fn prepare<C: Connection>(connection: &mut C) -> Result<(), String> {
    connection.run(&format!("SAVEPOINT {STATISTICS}")).await?;
    let known = connection
        .read("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'")
        .await?;
    if !known.is_empty() {
        // A table that has been counted keeps its count where it is taken away.
        connection
            .run(
                "CREATE TEMPORARY TABLE perfguard_counted AS SELECT DISTINCT tbl FROM sqlite_stat1; \
                 DELETE FROM sqlite_stat1; \
                 INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT tbl, NULL, '1000000' FROM perfguard_counted; \
                 DROP TABLE perfguard_counted",
            )
            .await?;
        connection.run("ANALYZE sqlite_schema").await?;
    }
    Ok(())
}

/// Has the planner know again what it knew.
pub(super) async fn finish<C: Connection>(connection: &mut C) {
    let known = connection.read("SELECT name FROM sqlite_master WHERE name = 'sqlite_stat1'");
    let is_hidden = known.await.is_ok_and(|known| !known.is_empty());
    let _ = connection
        .run(&format!("ROLLBACK TO SAVEPOINT {STATISTICS}"))
        .await;
    if is_hidden {
        let _ = connection.run("ANALYZE sqlite_schema").await;
    }
    let _ = connection
        .run(&format!("RELEASE SAVEPOINT {STATISTICS}"))
        .await;
}

pub(super) async fn table<C: Connection>(
    connection: &mut C,
    source: &Source,
) -> Result<Option<Table>, String> {
    let name = literal(&source.table, Dialect::Sqlite);
    let schema = source.schema.as_deref();
    let of = schema
        .map(|it| format!(", {}", literal(it, Dialect::Sqlite)))
        .unwrap_or_default();
    let master = path(schema, "sqlite_master", Dialect::Sqlite);
    let columns = connection
        .read(&format!(
            "SELECT name, lower(type), CAST(\"notnull\" AS TEXT), CAST(hidden AS TEXT), CAST(pk AS TEXT) \
             FROM pragma_table_xinfo({name}{of}) ORDER BY cid"
        ))
        .await?;
    let kinds = connection
        .read(&format!(
            "SELECT lower(type), schema FROM pragma_table_list({name})"
        ))
        .await?;
    let is_table = kinds
        .iter()
        .any(|row| row.first().is_some_and(|it| it.as_deref() == Some("table")));
    let mut homes = kinds.into_iter().filter_map(|row| row.into_iter().nth(1)?);
    if columns.is_empty() || !is_table {
        return Ok(None);
    }
    let mut read = Table::named(source);
    // A temporary one is found first.
    read.home = homes.find(|it| it == "temp" && schema.is_none());
    let mut keys = Vec::new();
    for row in columns {
        let [Some(name), kind, Some(not_null), Some(hidden), Some(key)] = row.as_slice() else {
            continue;
        };
        let kind = kind.clone().unwrap_or_default();
        if key != "0" {
            keys.push((name.clone(), kind.clone()));
        }
        read.columns.push(TableColumn {
            name: name.clone(),
            kind,
            is_nullable: !is_true(not_null),
            is_generated: hidden != "0",
            repeats: false,
        });
    }
    let listed = connection
        .read(&format!(
            "SELECT l.name, x.name, CAST(l.\"unique\" AS TEXT), \
             CASE WHEN l.partial THEN (SELECT m.sql FROM {master} m WHERE m.name = l.name) END \
             FROM pragma_index_list({name}{of}) AS l, pragma_index_xinfo(l.name{of}) AS x \
             WHERE x.key = 1 ORDER BY l.seq, x.seqno"
        ))
        .await?;
    read.indexes = indexes(listed);
    // `INTEGER PRIMARY KEY` is the table's own order, and no index of its own.
    if let [(key, kind)] = keys.as_slice()
        && kind == "integer"
    {
        read.indexes.push(Index {
            name: "INTEGER PRIMARY KEY".to_owned(),
            columns: vec![Some(key.clone())],
            is_unique: true,
            predicate: None,
        });
    }
    Ok(Some(read))
}

pub(super) async fn explain<C: Connection>(
    connection: &mut C,
    text: &Text<'_>,
    indexes: &[&NewIndex],
) -> Result<Plan, String> {
    for index in indexes {
        connection.run(&index.create(Dialect::Sqlite)).await?;
    }
    const EXPLAIN: &str = "EXPLAIN QUERY PLAN ";
    let bound = connection.read_bound(EXPLAIN).await.and_then(Result::ok);
    let has_values = bound.is_some();
    let rows = match bound {
        Some(rows) => rows,
        None => {
            let sql = written(text.tokens, Dialect::Sqlite, |at| {
                vec!["?"; values_at(text.tokens, at)].join(", ")
            });
            connection.read(&format!("{EXPLAIN}{sql}")).await?
        }
    };
    let details = rows
        .into_iter()
        .filter_map(|row| row.into_iter().nth(3).flatten());
    Ok(Plan {
        has_values,
        ..plan(details.collect())
    })
}

fn plan(lines: Vec<String>) -> Plan {
    Plan {
        accesses: lines.iter().filter_map(|line| access(line)).collect(),
        // One for the last terms only sorts among equal first columns.
        sorts: lines
            .iter()
            .any(|line| line == "USE TEMP B-TREE FOR ORDER BY"),
        cost: None,
        has_values: false,
        lines,
    }
}

/// `SEARCH posts USING INDEX posts_user_id_idx (user_id=?)`
fn access(line: &str) -> Option<Access> {
    let (is_search, rest) = match line.split_once(' ')? {
        ("SCAN", rest) => (false, rest),
        ("SEARCH", rest) => (true, rest),
        _ => return None,
    };
    let rest = [" LEFT-JOIN", " RIGHT-JOIN", " FULL-JOIN", " EXISTS"]
        .iter()
        .fold(rest, |rest, suffix| {
            rest.strip_suffix(suffix).unwrap_or(rest)
        });
    let (name, how) = match rest.split_once(" USING ") {
        Some((name, how)) => (name, how),
        None => match rest.split_once(" VIRTUAL TABLE") {
            // Full text and the like have an order of their own.
            Some(_) => return None,
            None => (rest, ""),
        },
    };
    let is_automatic = how.starts_with("AUTOMATIC");
    let index = (!is_automatic && !how.is_empty()).then(|| {
        let how = how.strip_prefix("COVERING ").unwrap_or(how);
        match how.strip_prefix("INDEX ") {
            Some(index) => index.split(" (").next().unwrap_or(index),
            None => how.split(" (").next().unwrap_or(how),
        }
        .to_owned()
    });
    // `ANY(a) AND b=?` skips through the index from one value to the next.
    let is_skipping = how.contains("(ANY(");
    let way = match (is_search && !is_automatic && !is_skipping, index) {
        (true, Some(index)) => Way::Search {
            indexes: vec![index],
        },
        (_, index) => Way::Scan { index },
    };
    // As canonical text has it.
    let condition = how
        .split_once('(')
        .map_or("", |(_, it)| it.trim_end_matches(')'));
    let condition = condition.replace(" AND ", " and ");
    Some(Access {
        name: name.to_owned(),
        way,
        by: subjects(&condition),
        line: line.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{access, plan};
    use crate::plan::Way;

    #[test]
    fn lines_say_how_a_table_is_read() {
        let way = |line: &str| access(line).map(|it| (it.name, it.way));
        let scan = |index: Option<&str>| Way::Scan {
            index: index.map(str::to_owned),
        };
        let search = |index: &str| Way::Search {
            indexes: vec![index.to_owned()],
        };
        for (line, expected) in [
            ("SCAN posts", scan(None)),
            ("SCAN posts EXISTS", scan(None)),
            ("SCAN posts LEFT-JOIN", scan(None)),
            ("SCAN posts USING INDEX a", scan(Some("a"))),
            ("SCAN posts USING COVERING INDEX a", scan(Some("a"))),
            (
                "SEARCH posts USING INDEX a (user_id=? AND status>?)",
                search("a"),
            ),
            (
                "SEARCH posts USING COVERING INDEX a (user_id=?) LEFT-JOIN",
                search("a"),
            ),
            (
                "SEARCH posts USING INTEGER PRIMARY KEY (rowid=?)",
                search("INTEGER PRIMARY KEY"),
            ),
            (
                "SEARCH posts USING AUTOMATIC COVERING INDEX (user_id=?)",
                scan(None),
            ),
            (
                "SEARCH posts USING AUTOMATIC PARTIAL COVERING INDEX (user_id=?) LEFT-JOIN",
                scan(None),
            ),
            (
                "SEARCH posts USING INDEX a (ANY(status) AND user_id=?)",
                scan(Some("a")),
            ),
        ] {
            assert_eq!(way(line), Some(("posts".to_owned(), expected)), "{line}");
        }
        for line in [
            "USE TEMP B-TREE FOR ORDER BY",
            "SCAN t VIRTUAL TABLE INDEX 0:",
            "MULTI-INDEX OR",
        ] {
            assert_eq!(way(line), None, "{line}");
        }
    }

    #[test]
    fn a_sort_is_one_for_an_order() {
        let sorts = |line: &str| plan(vec![line.to_owned()]).sorts;
        assert!(sorts("USE TEMP B-TREE FOR ORDER BY"));
        assert!(!sorts("USE TEMP B-TREE FOR LAST TERM OF ORDER BY"));
        assert!(!sorts("USE TEMP B-TREE FOR GROUP BY"));
    }
}
