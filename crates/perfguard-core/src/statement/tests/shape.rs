use super::super::{Class, Dialect, Kind, Limit, List, Pattern, Projection, Shape, Statement};

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
        ("XA START 'x'", Class::Transaction),
        ("SELECT set_config('app.tenant', $1, true)", Class::Setup),
        (
            "CLOSE ALL; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all()",
            Class::Setup,
        ),
        ("SELECT * FROM pg_locks", Class::Catalog),
        ("BEGIN; UPDATE posts SET a = 1; COMMIT", Class::Query),
        ("SELECT now()", Class::Query),
        ("", Class::Ping),
        ("/* ping */;", Class::Ping),
        ("SELECT 1 FROM dual", Class::Ping),
    ] {
        assert_eq!(shape(sql).class(), class, "{sql}");
    }
}

#[test]
fn a_variable_of_the_server_is_no_row() {
    let variables = Statement::new("SELECT @@version, @@sql_mode", Dialect::MySql);
    assert_eq!(variables.shape().class(), Class::Setup);
    let counter = Statement::new("SELECT @@version, @counter", Dialect::MySql);
    assert_eq!(counter.shape().class(), Class::Query);
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
        (
            "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
            Kind::Merge,
        ),
        (
            "WITH RECURSIVE x AS (SELECT 1) SEARCH DEPTH FIRST BY a SET b SELECT * FROM x",
            Kind::Select,
        ),
        ("TABLE t", Kind::Select),
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
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", &["a"]),
        (
            "WITH RECURSIVE x AS (SELECT 1 UNION SELECT * FROM x) SELECT * FROM x",
            &[],
        ),
        (
            "INSERT INTO a WITH x AS (SELECT * FROM b) SELECT * FROM x",
            &["a", "b"],
        ),
        (
            "INSERT INTO a SELECT * FROM b ON DUPLICATE KEY UPDATE c = b.c, d = e",
            &["a", "b"],
        ),
        ("INSERT IGNORE a (x) VALUES (1)", &["a"]),
        ("INSERT IGNORE INTO a (x) VALUES (1)", &["a"]),
        ("INSERT OR REPLACE INTO a (x) VALUES (1)", &["a"]),
        ("REPLACE LOW_PRIORITY a (x) VALUES (1)", &["a"]),
        ("SELECT STRAIGHT_JOIN a FROM b STRAIGHT_JOIN c", &["b", "c"]),
        ("SELECT 1 FROM dual WHERE EXISTS (SELECT 1 FROM a)", &["a"]),
    ] {
        assert_eq!(shape(sql).tables(), tables, "{sql}");
    }
}

#[test]
fn a_statement_is_about_one_table() {
    for (sql, table, brief) in [
        (
            "WITH x AS (SELECT id FROM posts) UPDATE users SET a = 1",
            "users",
            "UPDATE users",
        ),
        (
            "WITH x AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM x",
            "b",
            "INSERT INTO b",
        ),
        (
            "DELETE p FROM users u JOIN posts p ON true",
            "posts",
            "DELETE FROM posts",
        ),
        (
            "DELETE FROM posts USING users",
            "posts",
            "DELETE FROM posts",
        ),
        (
            "SELECT (SELECT max(a) FROM comments) FROM posts",
            "posts",
            "SELECT .. FROM comments, posts",
        ),
        (
            "INSERT IGNORE INTO s.posts (a) VALUES (1)",
            "s.posts",
            "INSERT INTO s.posts",
        ),
    ] {
        let statement = Statement::new(sql, Dialect::MySql);
        assert_eq!(statement.shape().main_table(), Some(table), "{sql}");
        assert_eq!(statement.brief(), brief, "{sql}");
    }
    for sql in [
        "SELECT now()",
        "SELECT 1 FROM (SELECT 2 FROM t) s",
        "SELECT 1; SELECT 2",
    ] {
        assert_eq!(shape(sql).main_table(), None, "{sql}");
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
        ("SELECT TOP 9 PERCENT a FROM t", Limit::Bound),
        ("SELECT TOP (9) WITH TIES a FROM t", Limit::Bound),
        ("SELECT a FROM t FETCH FIRST 7 ROWS WITH TIES", Limit::Bound),
        ("SELECT a FROM t LIMIT 10 * 20", Limit::Bound),
        ("SELECT a FROM t LIMIT 10 + $1 OFFSET 3", Limit::Bound),
        ("SELECT a FROM t LIMIT (7)", Limit::Rows(7)),
        ("SELECT a FROM t LIMIT 7::bigint", Limit::Rows(7)),
        ("SELECT a FROM t LIMIT (1 + 2), 8", Limit::Rows(8)),
        (
            "(SELECT a FROM t LIMIT 5) UNION ALL (SELECT a FROM u LIMIT 6)",
            Limit::Bound,
        ),
        (
            "(SELECT a FROM t LIMIT 5) UNION ALL (SELECT a FROM u)",
            Limit::Absent,
        ),
        (
            "SELECT count(*) FROM t UNION ALL SELECT 1 + max(a) FROM u",
            Limit::Bound,
        ),
        (
            "SELECT count(*) FROM t UNION ALL SELECT a FROM u",
            Limit::Absent,
        ),
    ] {
        assert_eq!(shape(sql).limit(), limit, "{sql}");
    }
    for tail in [
        "LIMIT 40, 20",
        "LIMIT CAST($1 AS bigint) OFFSET CAST($2 AS bigint)",
        "ORDER BY a DESC OFFSET greatest($1, 0)",
        "WHERE b = 1 OFFSET $1 ROWS",
    ] {
        let sql = format!("SELECT a FROM t {tail}");
        assert!(shape(&sql).has_offset(), "{sql}");
    }
    for sql in [
        "SELECT offset - 1 FROM t",
        "SELECT offset (1) FROM t",
        "SELECT a FROM t WHERE offset = 1 AND offset > 2",
    ] {
        assert!(!shape(sql).has_offset(), "{sql}");
    }
}

#[test]
fn keywords_may_be_columns() {
    let minus = shape("SELECT a AS minus, b FROM t WHERE minus = 5");
    assert!(minus.has_where());
    assert_eq!(minus.projection(), Projection::Columns(2));
    let lock = shape("SELECT a FROM t WHERE lock IN ($1) AND b = 2");
    assert!(!lock.is_locking());
    assert_eq!(lock.list(), List::One);
    assert_eq!(lock.equalities().len(), 1);
    assert_eq!(
        shape("SELECT window, a FROM t").projection(),
        Projection::Columns(2)
    );
    assert!(shape("SELECT a FROM t LOCK IN SHARE MODE").is_locking());
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
        "SELECT DISTINCT count(*), $1, now() AS at, 'a' kind, 5::int FROM t",
        "SELECT -sum(a), 100 * sum(a) / count(*) FROM t",
        "SELECT nullif(max(a), 0), date_trunc('day', max(b)) FROM t",
        "SELECT CASE WHEN count(*) > 0 THEN 1 ELSE 0 END FROM t",
        "SELECT max(a), (SELECT count(*) FROM u) AS n FROM t",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t",
        "SELECT SQL_NO_CACHE COUNT(*) FROM t",
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
        "SELECT unnest(array_agg(a)) FROM t",
        "SELECT count(*) FILTER (WHERE a) OVER (PARTITION BY b) FROM t",
        "SELECT 1, now() FROM t",
        "SELECT (SELECT count(*) FROM u), a FROM t",
        "SELECT max(a), max(b, c) FROM t",
    ] {
        assert!(!shape(sql).is_aggregate(), "{sql}");
    }
}

#[test]
fn equalities_are_what_every_row_must_satisfy() {
    for (sql, expected) in [
        (
            r#"SELECT 1 FROM "a" WHERE (("a"."x" = $1) AND ("a"."y" = $2))"#,
            &["a.x", "a.y"][..],
        ),
        (
            "SELECT 1 FROM s.t WHERE x = 1 AND 'b' = s.t.Y AND z > 1",
            &["s.t.x", "s.t.y"],
        ),
        (
            "SELECT 1 FROM t WHERE x = CAST($1 AS \"mood\") AND y = $2::uuid LIMIT 1",
            &["t.x", "t.y"],
        ),
        (
            "UPDATE t SET a = 1 WHERE id = $1 RETURNING b = 2",
            &["t.id"],
        ),
        ("SELECT 1 FROM t WHERE x = 1 AND (y = 2 OR z = 3)", &["t.x"]),
        ("SELECT 1 FROM t WHERE x = 1 AND y = 2 OR z = 3", &[]),
        ("SELECT 1 FROM t WHERE NOT (x = 1) AND NOT y = 2", &[]),
        (
            "SELECT 1 FROM t WHERE (x = 1) = false AND (y = 2) IS NOT TRUE",
            &[],
        ),
        (
            "SELECT 1 FROM t WHERE x = y AND x = 1 + y AND lower(x) = 'a' AND 1 = 0 AND 1 = 1",
            &[],
        ),
        (
            "SELECT 1 FROM t WHERE CASE WHEN x = 1 THEN true END AND y = 2",
            &["t.y"],
        ),
        (
            "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE x = 1)",
            &[],
        ),
        ("SELECT 1 FROM t JOIN u ON u.x = 1", &[]),
        (
            r#"SELECT 1 FROM t WHERE x = (CAST($1 AS "mood")) AND y = ($2) AND z = ($3::varchar(20))"#,
            &["t.x", "t.y", "t.z"],
        ),
        (
            "SELECT 1 FROM t WHERE x = $1::timestamp with time zone AND y = $2::numeric(10, 2) AND z = DATE '2026-01-31'",
            &["t.x", "t.y", "t.z"],
        ),
        (
            "SELECT 1 FROM t WHERE x = $1::int IS NOT TRUE AND current_user = 'a' AND y <=> 2",
            &["t.y"],
        ),
    ] {
        assert_eq!(columns(sql), expected, "{sql}");
    }
}

#[test]
fn joins() {
    for sql in [
        "SELECT 1 FROM a JOIN b ON true",
        "SELECT 1 FROM (a JOIN b ON true)",
        "SELECT 1 FROM a, (SELECT 1) s",
        "UPDATE a JOIN b ON true SET c = 1",
        "UPDATE a SET c = 1 FROM b",
        "DELETE FROM a USING b",
        "DELETE a FROM a JOIN b ON true",
    ] {
        assert!(shape(sql).has_join(), "{sql}");
    }
    for sql in [
        "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b)",
        "UPDATE a SET c = (SELECT 1 FROM b)",
        "DELETE FROM a",
        "INSERT INTO a SELECT * FROM b",
        "SELECT 1 FROM a UNION SELECT 1 FROM (SELECT 2) s; SELECT 1",
    ] {
        assert!(!shape(sql).has_join(), "{sql}");
    }
}

#[test]
fn a_column_is_one_of_a_table() {
    for (sql, expected) in [
        ("SELECT 1 FROM posts AS p WHERE p.id = 1", &["posts.id"][..]),
        (
            "SELECT 1 FROM posts p WHERE posts.id = 1 AND a = 1",
            &["id", "posts.a"],
        ),
        (
            r#"SELECT 1 FROM ("posts" INNER JOIN "app"."users" ON true) WHERE "users"."id" = $1 AND "x" = 2"#,
            &["app.users.id", "x"],
        ),
        (
            "SELECT 1 FROM posts a JOIN posts b ON a.id = b.id WHERE b.x = 1",
            &["posts.x"],
        ),
        (
            "SELECT 1 FROM posts JOIN (SELECT 2) d ON true WHERE d.a = 1 AND b = 2",
            &["a", "b"],
        ),
        (
            "WITH c AS (SELECT 1) SELECT 1 FROM c WHERE c.a = 1 AND b = 2",
            &["a", "b"],
        ),
        ("SELECT 1 FROM unnest($1) WHERE a = 1", &["a"]),
        (
            "UPDATE posts AS p SET a = 2 FROM users u WHERE u.id = 1 AND p.id = 2",
            &["users.id", "posts.id"],
        ),
        ("DELETE FROM posts WHERE id = 1", &["posts.id"]),
        (
            "INSERT INTO archive SELECT * FROM posts WHERE id = 1",
            &["posts.id"],
        ),
        (
            "SELECT (SELECT max(a) FROM users) FROM posts WHERE id = 1",
            &["posts.id"],
        ),
        ("SELECT 1 FROM my_posts WHERE posts.id = 1", &["id"]),
        (
            "WITH x AS (SELECT 1) UPDATE posts SET a = 1 WHERE id = $1",
            &["posts.id"],
        ),
        (
            "WITH x AS (SELECT 1) SELECT * FROM posts, x WHERE id = $1",
            &["id"],
        ),
    ] {
        assert_eq!(columns(sql), expected, "{sql}");
    }
}

#[test]
fn projections() {
    for (sql, projection) in [
        ("SELECT * FROM t", Projection::Star),
        ("SELECT DISTINCT t.* FROM t", Projection::Star),
        (r#"SELECT a, "t".* FROM t"#, Projection::Star),
        ("SELECT a FROM t", Projection::Columns(1)),
        ("SELECT count(*) FROM t", Projection::Columns(1)),
        ("SELECT a * 2, b * c FROM t", Projection::Columns(2)),
        (
            "SELECT f(a, b), (1, 2), ARRAY[1, 2] FROM t",
            Projection::Columns(3),
        ),
        (
            "SELECT DISTINCT ON (a, b) c, d FROM t",
            Projection::Columns(2),
        ),
        ("SELECT TOP (5) a, b FROM t", Projection::Columns(2)),
        ("SELECT (SELECT * FROM u) FROM t", Projection::Columns(1)),
        (
            "SELECT a, b FROM t UNION SELECT * FROM u",
            Projection::Columns(2),
        ),
        (
            "WITH x AS (SELECT * FROM u) SELECT a, b FROM x",
            Projection::Columns(2),
        ),
        ("SELECT 1", Projection::Columns(1)),
        ("INSERT INTO t VALUES (1)", Projection::Absent),
        (
            "INSERT INTO t VALUES (1) RETURNING id, a",
            Projection::Columns(2),
        ),
        ("DELETE FROM t RETURNING *", Projection::Star),
        ("SELECT 1; SELECT 2", Projection::Unknown),
        ("INSERT INTO t SELECT * FROM u", Projection::Absent),
        (
            "INSERT INTO t SELECT * FROM u RETURNING id",
            Projection::Columns(1),
        ),
        ("SELECT SQL_CALC_FOUND_ROWS * FROM t", Projection::Star),
    ] {
        assert_eq!(shape(sql).projection(), projection, "{sql}");
    }
}

#[test]
fn patterns() {
    use Pattern::{Absent, LeadingWildcard, Prefix, Unknown};

    for (condition, pattern) in [
        ("a = '%a'", Absent),
        ("a LIKE '%a'", LeadingWildcard),
        ("a ILIKE E'_a' ESCAPE '!'", LeadingWildcard),
        ("a NOT ILIKE E'_a' ESCAPE '!'", Absent),
        ("a LIKE ('%' || $1)", LeadingWildcard),
        ("a LIKE concat('%', $1, '%')", LeadingWildcard),
        ("a LIKE $$%a$$", LeadingWildcard),
        ("a LIKE $x$%a$x$", LeadingWildcard),
        ("a SIMILAR TO '%a'", LeadingWildcard),
        ("a GLOB '*a'", LeadingWildcard),
        ("a GLOB '%a'", Prefix),
        ("a LIKE 'a%'", Prefix),
        (r"a LIKE '\%a'", Prefix),
        ("a LIKE $1", Unknown),
        ("a LIKE '' || $1", Unknown),
        ("a LIKE $1 || '%'", Unknown),
        ("a LIKE b", Unknown),
        ("a LIKE NULL", Unknown),
        ("a LIKE 'a%' AND b LIKE '%b'", LeadingWildcard),
        (
            "EXISTS (SELECT 1 FROM u WHERE b LIKE '%b')",
            LeadingWildcard,
        ),
    ] {
        let sql = format!("SELECT 'a' LIKE '%a' FROM t WHERE {condition} ORDER BY c LIKE '%d'");
        assert_eq!(shape(&sql).pattern(), pattern, "{sql}");
    }
}

#[test]
fn inlined_values() {
    for sql in [
        "SELECT a FROM t WHERE id = 5",
        "SELECT a FROM t WHERE 5 < id",
        "SELECT a FROM t WHERE lower(a) = 'b'",
        "SELECT a FROM t WHERE a LIKE 'b%'",
        "SELECT a FROM t WHERE a IN ($1, 2)",
        "SELECT a FROM t WHERE (a, b) IN ((1, $1))",
        "SELECT a FROM t WHERE a BETWEEN $1 AND 5",
        "SELECT a FROM t WHERE a BETWEEN 1 AND $1",
        "SELECT a FROM t JOIN u ON u.b = -1 WHERE t.id = $1",
        "SELECT a FROM t GROUP BY a HAVING count(*) > 3",
        "UPDATE t SET a = $1 WHERE id = 5",
        "DELETE FROM t WHERE ((t.id = '5'))",
        "SELECT a FROM (SELECT b FROM u WHERE c = 1) s",
        "WITH x AS (SELECT b FROM u WHERE c = 1) SELECT b FROM x",
        "SELECT a FROM t WHERE a IS DISTINCT FROM b AND c = 1",
        "SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = 'x')",
        "SELECT a FROM t WHERE a = DATE '2026-01-31'",
        "SELECT a FROM t WHERE a = '2026-01-31'::date",
    ] {
        assert!(shape(sql).has_inlined_values(), "{sql}");
    }
    for sql in [
        "SELECT 1 FROM t WHERE id = $1 LIMIT 5",
        "SELECT a FROM t WHERE 1 = 0 AND $1 = 2",
        "SELECT a FROM t WHERE 1 = 1",
        "SELECT a FROM t WHERE a = TRUE AND b = NULL",
        "SELECT a FROM t WHERE a = b + 5 AND c > now() - interval '1 day'",
        "SELECT a FROM t WHERE data ->> 'key' = $1 AND data ->> 'a' = b",
        "SELECT a FROM t WHERE coalesce(a, 0) = $1",
        "SELECT a FROM t WHERE a LIKE '%' || $1 || '%'",
        "SELECT a FROM t WHERE a > 0.5 * total AND b = 1::int + $1",
        "SELECT DISTINCT ON (a) CASE WHEN b = 'x' THEN 1 END FROM t",
        "SELECT count(*) FILTER (WHERE a = 'x') FROM t",
        "INSERT INTO t VALUES ($1) ON CONFLICT (a) WHERE b = 1 DO NOTHING",
        "SELECT CASE WHEN a = 1 THEN 2 END FROM t ORDER BY a = 3",
        "UPDATE t SET a = 'x', b = b = 2 WHERE id = $1",
        "INSERT INTO t (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET a = 'y'",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id LIMIT 1)",
        "CREATE TABLE t (a int CHECK (a > 5) REFERENCES u ON DELETE CASCADE)",
    ] {
        assert!(!shape(sql).has_inlined_values(), "{sql}");
    }
}

#[test]
fn what_a_table_is_joined_with_may_be_a_list() {
    for sql in [
        "SELECT a FROM t JOIN unnest($1::int[]) AS u (id) USING (id)",
        "SELECT a FROM t, unnest(ARRAY[$1, $2]) AS u WHERE u = t.id",
        "SELECT a FROM t JOIN UNNEST(CAST($1 AS int[])) u ON u = t.id",
        "SELECT a FROM t JOIN json_each(?) AS u ON u.value = t.id",
        "SELECT a FROM jsonb_to_recordset($1) AS u (id int) JOIN t USING (id)",
        "UPDATE t SET a = u.a FROM unnest($1::int[], $2::int[]) AS u (id, a) WHERE u.id = t.id",
    ] {
        assert_eq!(shape(sql).list(), List::Unknown, "{sql}");
    }
    for sql in [
        "SELECT a FROM t, unnest(t.tags) AS u",
        "SELECT a FROM t JOIN find_some($1) AS u ON u = t.id",
        "SELECT a FROM t JOIN unnest ON unnest.id = t.id",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM unnest($1) AS u WHERE u > t.a)",
    ] {
        assert_eq!(shape(sql).list(), List::Absent, "{sql}");
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
        ("NOT (a IN (1, 2))", false, List::Absent),
        ("NOT a IN (1, 2)", false, List::Absent),
        ("NOT (a = ANY($1))", false, List::Absent),
        ("$1 = ANY(a)", false, List::Absent),
        ("1 = 0", false, List::Unknown),
        ("1 = 2", false, List::Unknown),
        ("1 = 1", false, List::Absent),
        ("1 = 98675309", false, List::Absent),
        ("55598675309 = 98675309", false, List::Absent),
        ("'a' = 'a'", false, List::Unknown),
        ("'a' = 'b'", false, List::Unknown),
        ("$1 = $1", false, List::Unknown),
        ("a >= DATE '2026-01-31'", true, List::Absent),
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
    assert!(!derived(
        r#"SELECT * FROM ("posts" INNER JOIN "users" ON true), (comments), a JOIN (b JOIN c) "#
    ));
    assert!(derived("SELECT * FROM posts, (SELECT 1) s"));
    assert!(derived("SELECT * FROM posts p, LATERAL (SELECT 1) s"));
    assert!(derived("DELETE FROM posts USING (SELECT 1) s WHERE true"));
    assert!(derived("UPDATE posts, (SELECT 1) s SET a = 1"));
    assert!(derived("(WITH x AS (SELECT 1) SELECT * FROM x)"));
    assert!(derived(
        "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x"
    ));
}

#[test]
fn rows_after_values() {
    for (sql, rows) in [
        ("INSERT INTO t (a, b) VALUES ($1, f($2))", List::One),
        ("INSERT INTO t (a) VALUES ($1), ($2)", List::Many),
        (
            "INSERT INTO t (a) VALUES ((1)), ((2)) RETURNING id",
            List::Many,
        ),
        ("INSERT INTO t VALUES ROW(1, 2), ROW(3, 4)", List::Many),
        ("INSERT INTO t SET a = ?, b = 1", List::One),
        (
            "INSERT INTO t SELECT a FROM u ON CONFLICT (a) DO UPDATE SET a = 1",
            List::Absent,
        ),
        ("UPDATE t SET a = ?", List::Absent),
        (
            "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET (a, b) = (1, 2)",
            List::One,
        ),
        (
            "INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = VALUES(b)",
            List::One,
        ),
        ("INSERT INTO t (a) VALUE (1), (2)", List::Many),
        ("INSERT INTO value (value) VALUES (1), (2)", List::Many),
        ("INSERT INTO t DEFAULT VALUES", List::Absent),
        ("INSERT INTO t SELECT a FROM u", List::Absent),
        (
            "UPDATE t SET a = $1 FROM (VALUES (1), (2)) AS v",
            List::Absent,
        ),
        ("SELECT value FROM t WHERE id IN (1, 2)", List::Absent),
    ] {
        assert_eq!(shape(sql).values(), rows, "{sql}");
    }
}

#[test]
fn offsets() {
    for (sql, offset) in [
        ("SELECT a FROM t LIMIT 20 OFFSET 40", Limit::Rows(40)),
        ("SELECT a FROM t LIMIT 40, 20", Limit::Rows(40)),
        ("SELECT a FROM t LIMIT ?, ?", Limit::Bound),
        ("SELECT a FROM t LIMIT $1 OFFSET $2", Limit::Bound),
        ("SELECT a FROM t OFFSET (20) LIMIT 1", Limit::Bound),
        (
            "SELECT a FROM t OFFSET 20 ROWS FETCH NEXT 10 ROWS ONLY",
            Limit::Rows(20),
        ),
        ("(SELECT a FROM t LIMIT 1 OFFSET 7)", Limit::Rows(7)),
        ("SELECT a FROM t LIMIT 20", Limit::Absent),
        (
            "SELECT a FROM (SELECT a FROM t LIMIT 1 OFFSET 7) AS u",
            Limit::Absent,
        ),
    ] {
        assert_eq!(shape(sql).offset(), offset, "{sql}");
    }
}
