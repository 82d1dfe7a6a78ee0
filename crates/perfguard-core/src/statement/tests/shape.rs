use super::super::{Class, Dialect, Kind, Limit, List, Shape, Statement};

fn shape(sql: &str) -> Shape {
    Statement::new(sql, Dialect::Postgres).shape().clone()
}

fn columns(sql: &str) -> Vec<String> {
    shape(sql)
        .equalities()
        .iter()
        .map(|column| match column.table() {
            Some(table) => format!("{table}.{}", column.name()),
            None => column.name().to_owned(),
        })
        .collect()
}

#[test]
fn classes() {
    for (sql, class) in [
        ("BEGIN", Class::Transaction),
        ("START TRANSACTION READ ONLY", Class::Transaction),
        ("COMMIT;", Class::Transaction),
        ("ROLLBACK TO SAVEPOINT x", Class::Transaction),
        (
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            Class::Transaction,
        ),
        ("PREPARE TRANSACTION 'x'", Class::Transaction),
        ("SELECT 1", Class::Ping),
        ("select $1", Class::Ping),
        ("SET TIME ZONE 'UTC'", Class::Setup),
        (
            "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5",
            Class::Setup,
        ),
        ("SHOW server_version", Class::Setup),
        (
            r#"SELECT "pg_type"."oid" FROM "pg_type" WHERE "typname" = $1"#,
            Class::Catalog,
        ),
        (
            "SELECT * FROM information_schema.tables t JOIN pg_catalog.pg_class c ON true",
            Class::Catalog,
        ),
        ("SELECT name FROM sqlite_master", Class::Catalog),
        ("SELECT * FROM pragma_table_info('t')", Class::Catalog),
        ("SELECT * FROM pg_class JOIN posts ON true", Class::Query),
        ("SELECT * FROM pg_authors WHERE id = $1", Class::Query),
        ("SELECT * FROM posts", Class::Query),
        ("BEGIN; UPDATE posts SET a = 1; COMMIT", Class::Query),
        ("SELECT now()", Class::Query),
        ("", Class::Query),
    ] {
        assert_eq!(shape(sql).class(), class, "{sql}");
    }
}

#[test]
fn kinds_are_those_of_the_final_verb() {
    for (sql, kind) in [
        ("WITH a AS (SELECT 1) UPDATE t SET b = 1", Kind::Update),
        (
            "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
            Kind::Select,
        ),
        ("INSERT INTO t SELECT * FROM u", Kind::Insert),
        ("REPLACE INTO t VALUES (1)", Kind::Insert),
        ("delete from t", Kind::Delete),
        ("(SELECT 1) UNION (SELECT 2)", Kind::Select),
        ("CREATE TABLE t AS SELECT * FROM u", Kind::Schema),
        ("CALL p(1)", Kind::Call),
        ("EXPLAIN SELECT * FROM t", Kind::Other),
        ("SELECT 1; SELECT 2", Kind::Other),
    ] {
        assert_eq!(shape(sql).kind(), kind, "{sql}");
    }
}

#[test]
fn tables_are_found_at_any_depth() {
    for (sql, tables) in [
        (
            r#"SELECT * FROM ("a" LEFT JOIN "S"."b" ON TRUE), C"#,
            &["a", "S.b", "c"][..],
        ),
        (
            "WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b USING (id)",
            &["a", "b"],
        ),
        (
            "SELECT * FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x IS DISTINCT FROM c)",
            &["a", "b"],
        ),
        ("UPDATE a SET x = 1 FROM b WHERE a.id = b.id", &["a", "b"]),
        ("DELETE FROM a USING b WHERE a.id = b.id", &["a", "b"]),
        ("INSERT INTO a (x) SELECT y FROM b", &["a", "b"]),
        ("SELECT extract(year FROM d) FROM unnest($1) u, a", &["a"]),
        ("SELECT * FROM a UNION ALL SELECT * FROM a", &["a"]),
    ] {
        assert_eq!(shape(sql).tables(), tables, "{sql}");
    }
}

#[test]
fn clauses_are_those_of_the_top_level() {
    let plain =
        shape("SELECT * FROM (SELECT a FROM t WHERE b = 1 ORDER BY a LIMIT 1 FOR UPDATE) s");
    assert!(plain.has_from());
    assert!(!plain.has_where() && !plain.has_order_by() && !plain.is_locking());
    assert_eq!(plain.limit(), Limit::Absent);

    let full =
        shape("SELECT a FROM t WHERE b > 1 GROUP BY a ORDER BY a LIMIT 5 OFFSET $1 FOR SHARE");
    assert!(full.has_where() && full.has_group_by() && full.has_order_by());
    assert!(full.has_offset() && full.is_locking() && full.has_range());

    // A filter of one half leaves the other half unfiltered.
    assert!(!shape("SELECT a FROM t WHERE b = 1 UNION SELECT a FROM u").has_where());
    let union =
        shape("(SELECT a FROM t WHERE b = 1 LIMIT 1) UNION ALL (SELECT a FROM u WHERE b = 2)");
    assert!(union.has_from() && union.has_where());
    assert_eq!(union.limit(), Limit::Absent);
    assert!(union.equalities().is_empty());
    assert_eq!(shape("(SELECT a FROM t LIMIT 3)").limit(), Limit::Rows(3));
    assert!(!shape("SELECT t.limit, t.offset, t.from FROM t").has_offset());
}

#[test]
fn limits() {
    for (sql, limit) in [
        ("SELECT a FROM t", Limit::Absent),
        ("SELECT a FROM t LIMIT 10", Limit::Rows(10)),
        ("SELECT a FROM t LIMIT $1", Limit::Bound),
        ("SELECT a FROM t LIMIT (1 + 2)", Limit::Bound),
        ("SELECT a FROM t LIMIT ALL OFFSET 3", Limit::Absent),
        ("SELECT a FROM t LIMIT -1 OFFSET 3", Limit::Absent),
        (
            "SELECT a FROM t LIMIT 18446744073709551615 OFFSET 3",
            Limit::Absent,
        ),
        ("SELECT a FROM t LIMIT 40, 20", Limit::Rows(20)),
        ("SELECT a FROM t FETCH FIRST 7 ROWS ONLY", Limit::Rows(7)),
        ("SELECT a FROM t FETCH NEXT ROW ONLY", Limit::Rows(1)),
        ("SELECT TOP (9) a FROM t", Limit::Rows(9)),
    ] {
        assert_eq!(shape(sql).limit(), limit, "{sql}");
    }
    assert!(shape("SELECT a FROM t LIMIT 40, 20").has_offset());
}

#[test]
fn aggregates_return_one_row() {
    for sql in [
        "SELECT COUNT(*) FROM t",
        r#"SELECT COUNT(*) AS num_items FROM (SELECT "a" FROM "t") AS "sub_query""#,
        "SELECT count(*), max(a) AS m, coalesce(sum(b), 0)::bigint FROM t WHERE c = 1",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM t",
        "SELECT EXISTS (SELECT 1 FROM t)",
        "SELECT count(*) FILTER (WHERE a) FROM t HAVING count(*) > 1",
    ] {
        assert!(shape(sql).is_aggregate(), "{sql}");
    }
    for sql in [
        "SELECT a, count(*) FROM t",
        "SELECT count(*) FROM t GROUP BY a",
        "SELECT count(*) OVER () FROM t",
        "SELECT max(a, b) FROM t",
        "SELECT EXISTS (SELECT 1 FROM u) FROM t",
        "SELECT (SELECT count(*) FROM u) FROM t",
        "SELECT count(*) FROM t UNION SELECT count(*) FROM u",
        "SELECT lower(a) FROM t",
    ] {
        assert!(!shape(sql).is_aggregate(), "{sql}");
    }
}

#[test]
fn equalities_are_what_every_row_must_satisfy() {
    for (sql, expected) in [
        (
            r#"SELECT 1 FROM t WHERE (("a"."x" = $1) AND ("a"."y" = $2))"#,
            &["a.x", "a.y"][..],
        ),
        (
            "SELECT 1 FROM t WHERE x = 1 AND 'b' = s.t.Y AND z > 1",
            &["x", "s.t.y"],
        ),
        (
            "SELECT 1 FROM t WHERE x = CAST($1 AS \"mood\") AND y = $2::uuid LIMIT 1",
            &["x", "y"],
        ),
        ("UPDATE t SET a = 1 WHERE id = $1 RETURNING b = 2", &["id"]),
        ("SELECT 1 FROM t WHERE x = 1 AND (y = 2 OR z = 3)", &["x"]),
        ("SELECT 1 FROM t WHERE x = 1 AND y = 2 OR z = 3", &[]),
        ("SELECT 1 FROM t WHERE NOT (x = 1) AND NOT y = 2", &[]),
        (
            "SELECT 1 FROM t WHERE (x = 1) = false AND (y = 2) IS NOT TRUE",
            &[],
        ),
        (
            "SELECT 1 FROM t WHERE x = y AND x = 1 + y AND lower(x) = 'a' AND 1 = 0",
            &[],
        ),
        (
            "SELECT 1 FROM t WHERE CASE WHEN x = 1 THEN true END AND y = 2",
            &["y"],
        ),
        (
            "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE x = 1)",
            &[],
        ),
        ("SELECT 1 FROM t JOIN u ON u.x = 1", &[]),
    ] {
        assert_eq!(columns(sql), expected, "{sql}");
    }
}

#[test]
fn ranges_and_lists() {
    for (predicate, has_range, list) in [
        ("a = 1", false, List::Absent),
        ("a IN ($1)", false, List::One),
        ("a IN (1, 2)", false, List::Many),
        ("(a, b) IN ((1, 2))", false, List::One),
        ("(a, b) IN ((1, 2), (3, 4))", false, List::Many),
        ("a NOT IN (1, 2)", false, List::Absent),
        ("a = ANY($1)", false, List::Unknown),
        ("a IN (SELECT b FROM u WHERE c > 1)", false, List::Unknown),
        (
            "a IN ($1) AND b = ANY($2) AND c IN (1, 2)",
            false,
            List::Many,
        ),
        ("a > $1", true, List::Absent),
        ("a <= b", false, List::Absent),
        ("a BETWEEN $1 AND $2", true, List::Absent),
        ("((a > $1) OR ((a = $1) AND (b > $2)))", true, List::Absent),
        ("(a, b) > ($1, $2)", true, List::Absent),
    ] {
        let shape = shape(&format!("SELECT a FROM t WHERE {predicate} ORDER BY a"));
        assert_eq!(shape.has_range(), has_range, "{predicate}");
        assert_eq!(shape.list(), list, "{predicate}");
    }
}

#[test]
fn rows_of_a_subquery_are_bounded_in_there() {
    let derived = |sql| Statement::new(sql, Dialect::Sqlite).shape().reads_derived();
    assert!(derived(
        "SELECT * FROM (SELECT * FROM posts LIMIT 5) AS latest"
    ));
    assert!(derived(
        "SELECT * FROM posts JOIN (SELECT 1 AS id) AS one ON one.id = posts.id"
    ));
    assert!(derived(
        "SELECT * FROM posts JOIN LATERAL (SELECT 1) AS one ON true"
    ));
    assert!(derived(
        "WITH latest AS (SELECT * FROM posts LIMIT 5) SELECT * FROM latest"
    ));
    assert!(!derived(
        "SELECT * FROM posts WHERE id IN (SELECT id FROM drafts)"
    ));
    assert!(!derived(
        "SELECT (SELECT count(*) FROM comments) FROM posts JOIN authors USING (id)"
    ));
}
