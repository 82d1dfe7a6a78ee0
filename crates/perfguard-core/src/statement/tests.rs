mod shape;

use std::sync::Arc;

use super::{Dialect, Fingerprint, Fingerprinter, Interner, Options, Shape, Statement};

const DIALECTS: [Dialect; 4] = [
    Dialect::Ansi,
    Dialect::MySql,
    Dialect::Postgres,
    Dialect::Sqlite,
];

fn text(sql: &str, dialect: Dialect) -> String {
    Statement::new(sql, dialect).text().to_owned()
}

#[track_caller]
fn same(dialect: Dialect, sqls: &[&str]) {
    let texts: Vec<String> = sqls.iter().map(|sql| text(sql, dialect)).collect();
    for text in &texts {
        assert_eq!(Some(text), texts.first());
    }
}

#[track_caller]
fn differ(dialect: Dialect, a: &str, b: &str) {
    assert_ne!(text(a, dialect), text(b, dialect));
}

#[test]
fn canonical_text_reads_well() {
    for (sql, dialect, expected) in [
        (
            r#"SELECT "posts"."id" FROM "posts" WHERE ("posts"."id" = $1)  LIMIT $2 -- binds: [1, 1]"#,
            Dialect::Postgres,
            r#"select "posts"."id" from "posts" where ("posts"."id" = ?) limit ?"#,
        ),
        (
            "SELECT `a``b`, COUNT( * ) FROM `T` WHERE x=-1 AND y-1>0;",
            Dialect::MySql,
            r#"select "a`b", count(*) from "T" where x = ? and y - ? > ?"#,
        ),
        (
            r#"INSERT INTO "cake" ("name", "note") VALUES ($1, NULL), ($2, 'x') ON CONFLICT ("id") DO NOTHING"#,
            Dialect::Postgres,
            r#"insert into "cake" ("name", "note") values (?) on conflict ("id") do nothing"#,
        ),
        (
            "select data->>'a', tags ? 'b', -x::int[], a[1:2] from t where v @> $1::jsonb",
            Dialect::Postgres,
            "select data ->> ?, tags ? ?, -x::int[], a[? : ?] from t where v @> ?::jsonb",
        ),
        (
            "select [my col] from t where a = :a and b = @b and c = $c and d = ?1",
            Dialect::Sqlite,
            r#"select "my col" from t where a = ? and b = ? and c = ? and d = ?"#,
        ),
        // Only PostgreSQL ends a comment at a carriage return.
        ("select a -- b\rc", Dialect::Postgres, "select a c"),
        ("select a -- b\rc\n, d", Dialect::Sqlite, "select a, d"),
        ("select a # b\rc", Dialect::MySql, "select a"),
        // `value` within a row is no list of rows.
        (
            "insert into t values (default, (select value from s)), (default, (select value from s))",
            Dialect::Postgres,
            "insert into t values (?, (select value from s))",
        ),
        // A string goes on in the next one.
        (
            "select 'a' 'b', _utf8mb4 'c' /* d */ 'e'",
            Dialect::MySql,
            "select ?, ?",
        ),
        ("select 'a'\n'b'", Dialect::Postgres, "select ?"),
        ("select 'a' 'b'", Dialect::Sqlite, "select ? ?"),
        (
            "select _utf8mb4 'c'",
            Dialect::Postgres,
            "select _utf8mb4 ?",
        ),
        (
            "select _ucs2\"c\", _utf16 0xAB",
            Dialect::MySql,
            "select ?, ?",
        ),
        // The first part says what a backslash means.
        (
            "insert into t values (E'x'\n'\\'), (7, SECRET, \\'') on conflict do nothing",
            Dialect::Postgres,
            "insert into t values (?) on conflict do nothing",
        ),
        (
            "select 'x'\n'\\' , a, 'b'",
            Dialect::Postgres,
            "select ?, a, ?",
        ),
        // What a server of MySQL takes for a name, and where a number ends.
        (
            "select 1.5from 2024_01 t where 1.0and t.2024 = 1e5or $a = `1x`",
            Dialect::MySql,
            r#"select ? from "2024_01" t where ? and t."2024" = ? or "$a" = "1x""#,
        ),
        (
            "select 1_000, 1$a$SECRET$a$",
            Dialect::Postgres,
            "select ?, ? ?",
        ),
        (
            "select b'x', #a from t",
            Dialect::Sqlite,
            "select b ?, ? from t",
        ),
        (
            r#"select U&"x" from u & "x""#,
            Dialect::Postgres,
            r#"select u&"x" from u & "x""#,
        ),
        ("set x to -1", Dialect::Postgres, "set x to ?"),
        ("select 1 --\u{7f}SECRET", Dialect::MySql, "select ?"),
        (
            "select 1 /*!999999 it's */ + a",
            Dialect::MySql,
            "select ? + a",
        ),
        (
            "select 1 /*!50701 + b */ + a",
            Dialect::MySql,
            "select ? + b + a",
        ),
        (
            "select a in (1 + value, 2 + value)",
            Dialect::MySql,
            "select a in (? + value)",
        ),
        (
            "insert into t value (1), (2)",
            Dialect::MySql,
            "insert into t value(?)",
        ),
    ] {
        assert_eq!(text(sql, dialect), expected);
    }
}

#[test]
fn partitions_are_one_table_if_asked() {
    let mut reader = Fingerprinter::with_options(Options::new().partitions());
    for (sql, expected) in [
        (
            "SELECT a_2024 FROM events_20240131 WHERE events_20240131.day_2024 > 1",
            r#"select a_2024 from "events_?" where "events_?".day_2024 > ?"#,
        ),
        (
            r#"SELECT "e_202401_202402"."x1234" FROM "s"."e_202401_202402" JOIN Log_2024x_123 USING (a1234)"#,
            r#"select "e_?_?"."x1234" from "s"."e_?_?" join "log_?x_123" using (a1234)"#,
        ),
        (
            "INSERT INTO logs12345 (b4321) VALUES (1234)",
            r#"insert into "logs?" (b4321) values (?)"#,
        ),
        ("UPDATE t_123 SET a4567 = 1", "update t_123 set a4567 = ?"),
    ] {
        assert_eq!(reader.canonical(sql, Dialect::Postgres), expected);
        assert_eq!(reader.canonical(expected, Dialect::Postgres), expected);
    }
    assert_eq!(
        text("SELECT 1 FROM a_2024", Dialect::Ansi),
        "select ? from a_2024"
    );
}

#[test]
fn ansi_quotes_make_names_in_mysql() {
    let options = Options::new().ansi_quotes();
    let statement = Statement::with_options(
        r#"SELECT "a" FROM "T" WHERE `b` = "c""d" AND e = 'f\'g'"#,
        Dialect::MySql,
        options,
    );
    let expected = r#"select "a" from "T" where "b" = "c""d" and e = ?"#;
    assert_eq!(statement.text(), expected);
    assert_eq!(statement.shape().tables(), ["T"]);
    let mut reader = Fingerprinter::with_options(options);
    assert_eq!(reader.canonical(expected, Dialect::MySql), expected);
}

#[test]
fn bytes_that_are_no_utf_8_are_read_as_if_repaired() {
    let mut reader = Fingerprinter::new();
    let bytes = b"SELECT \"\xff\" FROM t\xc3 WHERE a = '\xf0\x9f' AND b\0= $\xfe$\xff$\xfe$";
    let repaired = String::from_utf8_lossy(bytes);
    let expected = "select \"\u{fffd}\" from t\u{fffd} where a = ? and b = ?";
    assert_eq!(reader.canonical_bytes(bytes, Dialect::Postgres), expected);
    assert_eq!(reader.canonical(&repaired, Dialect::Postgres), expected);
    assert_eq!(
        reader.fingerprint_bytes(bytes, Dialect::Postgres),
        Fingerprint::of(expected.as_bytes())
    );
}

#[test]
fn nothing_that_is_kept_shows_a_text() {
    let mut reader = Fingerprinter::new();
    reader.fingerprint("SELECT 'SECRET'", Dialect::Postgres);
    let interner = Interner::new();
    interner.intern("SELECT 'SECRET'", Dialect::Postgres);
    let all = format!("{reader:?} {interner:?}");
    assert!(!all.contains("SECRET"), "{all}");
}

#[test]
fn one_shape_has_one_fingerprint_on_every_database() {
    let of = |sql, dialect| Statement::new(sql, dialect).fingerprint();
    let postgres = of(
        r#"SELECT "u"."id" FROM "u" WHERE "u"."id" = $1"#,
        Dialect::Postgres,
    );
    let backticks = "SELECT `u`.`id` FROM `u` WHERE `u`.`id` = ?";
    assert_eq!(postgres, of(backticks, Dialect::MySql));
    assert_eq!(postgres, of(backticks, Dialect::Sqlite));
}

#[test]
fn a_fingerprint_is_the_xxh3_of_the_text() {
    // The published XXH3-64 of no bytes: it must never change.
    let empty = Fingerprint::of(b"");
    assert_eq!(empty.to_string(), "2d06800538d394c2");
    assert_eq!(empty.as_u64(), 0x2d06_8005_38d3_94c2);
    assert_eq!(format!("{empty:?}"), "Fingerprint(2d06800538d394c2)");
}

#[test]
fn values_do_not_split_a_statement() {
    same(
        Dialect::Postgres,
        &[
            "SELECT * FROM t WHERE f = $1",
            "select *\n from t /* traceparent='00-1' */ where f=42",
            "SELECT * FROM t WHERE f = E'it\\'s';",
            "SELECT * FROM t WHERE f = $$quotes '\" inside$$ ; -- done",
            "SELECT * FROM t WHERE f = $a$nested $b$ here$a$",
            "SELECT * FROM t WHERE f = U&'d\\0061t'",
            "SELECT /*+ hint */ * FROM t WHERE f = -1.5e-3 /* /* nested */ */",
            "SELECT * FROM t WHERE f = TRUE",
            "SELECT * FROM t WHERE f = - - 1",
        ],
    );
    same(
        Dialect::MySql,
        &[
            "SELECT * FROM t WHERE f = ?",
            "SELECT * FROM t WHERE f = \"it\\\"s\" # comment",
            "SELECT * FROM t WHERE f = _utf8mb4'x' -- comment",
            "SELECT * FROM t WHERE f = 0xAB",
            "SELECT * FROM t WHERE f = \\N",
            "/*!40001 SELECT */ * FROM t WHERE f = /*M! 7 */",
        ],
    );
}

#[test]
fn lists_of_any_length_are_one_statement() {
    same(
        Dialect::Postgres,
        &[
            "SELECT a FROM t WHERE id IN ($1)",
            "SELECT a FROM t WHERE id IN ($1, $2, $3)",
            "SELECT a FROM t WHERE id IN (-1,+2 , .5, 0x1f, 'x', NULL)",
        ],
    );
    same(
        Dialect::Postgres,
        &[
            "select 1 where (a, b) in (($1::uuid, 2), ($3::uuid, 4))",
            "select 1 where (a, b) in (($1::uuid, 2))",
        ],
    );
    same(
        Dialect::Postgres,
        &[
            "INSERT INTO t (a, b) VALUES ($1, DEFAULT), ($2, $3) RETURNING id",
            "INSERT INTO t (a, b) VALUES ($1, $2) RETURNING id",
        ],
    );
    same(
        Dialect::Postgres,
        &[
            "INSERT INTO t (a, b) VALUES ($1, now()), ($2, now()) RETURNING id",
            "INSERT INTO t (a, b) VALUES (1, now()) RETURNING id",
        ],
    );
    same(
        Dialect::MySql,
        &[
            "INSERT INTO t VALUES ROW(1, 2), ROW(3, 4)",
            "INSERT INTO t VALUES ROW(?)",
        ],
    );
    same(
        Dialect::Sqlite,
        &[
            "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v",
            "SELECT * FROM (VALUES (?, ?)) AS v",
        ],
    );
    same(
        Dialect::Postgres,
        &["select any(array[1, 2])", "select any(array[$1])"],
    );
}

#[test]
fn what_is_written_differently_stays_different() {
    let pg = Dialect::Postgres;
    differ(pg, "SELECT (1)", "SELECT ((1))");
    differ(pg, "a IS NULL", "a IS NOT NULL");
    differ(pg, "a = NULL", "a IS NULL");
    differ(pg, "SELECT a-1", "SELECT a, -1");
    differ(pg, "x !~ 'a'", "x !~* 'a'");
    differ(pg, "WHERE a = $1", "WHERE a IN ($1)");
    differ(pg, "WHERE a = ANY($1)", "WHERE a IN ($1)");
    differ(
        pg,
        "SELECT * FROM t LIMIT 1",
        "SELECT * FROM t LIMIT 1 OFFSET 1",
    );
    differ(pg, r#"SELECT "null""#, "SELECT null");
    differ(pg, r#"SELECT "A""#, "SELECT A");
    differ(pg, "SELECT c #>> '{a}'", "SELECT c -- #>> '{a}'");
    differ(
        pg,
        "SELECT a, a FROM t WHERE f(b, b)",
        "SELECT a FROM t WHERE f(b)",
    );
    differ(
        pg,
        "CREATE TABLE t (a int NOT NULL)",
        "CREATE TABLE t (a int)",
    );
    for dialect in DIALECTS {
        differ(
            dialect,
            "set offset = offset - 1",
            "set offset = offset + 1",
        );
        differ(dialect, "select t.offset - 1", "select t.offset + 1");
        differ(dialect, "select t.case-1", "select t.case+1");
        differ(
            dialect,
            "select value, (a / 10), (a / 100) from t",
            "select value, (a / 10) from t",
        );
        differ(
            dialect,
            "select a from t group by t.value, (a > 1), (a > 2)",
            "select a from t group by t.value, (a > 1)",
        );
    }
    differ(pg, "select mod - 1", "select mod + 1");
    let my = Dialect::MySql;
    differ(my, "select a from 2024_01", "select a from 2024_02");
    differ(my, "select $a", "select $b");
    differ(my, "SELECT 5--1", "SELECT 5-- 1");
    differ(my, "SELECT * FROM `a b`", "SELECT * FROM `a`.`b`");
    differ(my, "SELECT 123foo", "SELECT 123bar");
    differ(my, "SELECT @user_var", "SELECT @@sql_mode");
}

#[test]
fn names_of_savepoints_are_no_part_of_a_statement() {
    for dialect in DIALECTS {
        assert_eq!(text("SAVEPOINT diesel_savepoint_1", dialect), "savepoint ?");
        assert_eq!(text("RELEASE SAVEPOINT s1", dialect), "release savepoint ?");
        assert_eq!(
            text("ROLLBACK TO \"s\"", Dialect::Postgres),
            "rollback to ?"
        );
        assert_eq!(text("ROLLBACK; SELECT a", dialect), "rollback; select a");
    }
}

#[test]
fn broken_text_hides_its_rest() {
    for (dialect, sql, expected) in [
        (
            Dialect::Postgres,
            "select a from t where b = 'SECRET",
            "select a from t where b = ?",
        ),
        (Dialect::Postgres, "select $tag$SECRET", "select ?"),
        (Dialect::Postgres, "select \"SECRET from t", "select ?"),
        (Dialect::Postgres, "select 1 /* SECRET", "select ?"),
        (Dialect::MySql, "select `a`, \"SECRET", r#"select "a", ?"#),
        // A backslash that the server reads the other way.
        (Dialect::Postgres, r"select 'it\'s SECRET'", "select ?"),
        (Dialect::MySql, r"select 'a\', SECRET, 'b'", "select ?"),
        // A value with a quote of its own, in quotes: `O'SECRET`, ..
        (
            Dialect::Sqlite,
            "select a from t where b = 'O'SECRET' and c = 'd'",
            "select a from t where b = ?",
        ),
        (Dialect::Postgres, "select 'a' , 'b' SECRET '", "select ?"),
        (Dialect::MySql, "select 'it's SECRET, isn't it'", "select ?"),
        (Dialect::MySql, "select \"a \"b\" SECRET\"", "select ?"),
        (Dialect::Ansi, "select 'it's SECRET -- it'", "select ?"),
        (Dialect::Ansi, "select N'it's SECRET', 1", "select ?"),
        (
            Dialect::Ansi,
            "select 'a'and'SECRET', 'it's SECRET'",
            "select ?",
        ),
    ] {
        let statement = Statement::new(sql, dialect);
        assert_eq!(statement.text(), expected);
        assert!(!statement.shape().is_complete(), "{sql}");
    }
    for whole in [
        "select 'a' /* b */ from \"c\"",
        "select 'a'as b from c where d='e'and f='g'or h in('i')order by j",
    ] {
        let whole = Statement::new(whole, Dialect::Postgres);
        assert!(whole.shape().is_complete(), "{}", whole.text());
    }
}

#[test]
fn where_a_long_text_is_cut_does_not_show() {
    for dialect in DIALECTS {
        let mut texts = std::collections::HashSet::new();
        for width in 0..40 {
            let value = "7".repeat(width + 1);
            let row = format!("(7, '{value}', NULL), ");
            let rows = row.repeat(100_000 / row.len());
            texts.insert(text(
                &format!("insert into t (a, b, c) values {rows}(1, 2, 3)"),
                dialect,
            ));
        }
        let texts: Vec<_> = texts.into_iter().collect();
        assert_eq!(texts, ["insert into t(a, b, c) values (?)"]);

        let values = "12345678, ".repeat(10_000);
        let sql = format!("select a from t where b in ({values}1) and c = 2");
        assert_eq!(text(&sql, dialect), "select a from t where b in (?");
        let sql = format!(
            "select a from t where b = '{}' and c = 2",
            "x".repeat(70_000)
        );
        assert_eq!(text(&sql, dialect), "select a from t where b = ?");
    }
}

#[test]
fn no_byte_of_a_literal_is_kept() {
    let literals = [
        ("'SECRET'", &DIALECTS[..]),
        ("'a''SECRET'", &DIALECTS),
        ("'\u{e9} SECRET\n -- /* '", &DIALECTS),
        ("n'SECRET'", &DIALECTS),
        ("0x5EC2E7", &DIALECTS),
        ("'\\'SECRET'", &[Dialect::MySql]),
        ("\"SECRET\"", &[Dialect::MySql]),
        ("_latin1'SECRET'", &[Dialect::MySql]),
        ("e'\\'SECRET'", &[Dialect::Postgres]),
        ("$$SECRET '$$", &[Dialect::Ansi, Dialect::Postgres]),
        ("$a$ $$ SECRET $b$ $a$", &[Dialect::Ansi, Dialect::Postgres]),
    ];
    for (literal, dialects) in literals {
        for context in [
            "{}",
            "select * from t where a = {} and b in ({}, {}) limit {}",
            "insert into t (a) values ({}), ({})",
            "update t set a = {} -- {}",
            "call p({})",
            "set a = {}",
            "grant x to {}@{}",
            "from {} join {}",
        ] {
            let sql = context.replace("{}", literal);
            for dialect in dialects {
                let statement = Statement::new(&sql, *dialect);
                let all = format!("{statement:?} {}", statement.brief()).to_uppercase();
                assert!(
                    !all.contains("SECRET") && !all.contains("5EC2E7"),
                    "{sql}: {all}"
                );
            }
        }
    }
}

#[test]
fn long_and_deep_texts_are_cut_and_marked() {
    for piece in [
        "(",
        "[",
        ")",
        "(1,",
        "(select ",
        "+-",
        "'a',",
        "a,",
        "from a,",
        "values(",
        "case ",
        "with a as (",
        "in (",
        "not (",
        "((?,?),",
        "'\\'",
        "select a from (",
        ";select 1",
        "\u{e9}'",
    ] {
        let sql = piece.repeat(100_000 / piece.len());
        for dialect in DIALECTS {
            let statement = Statement::new(&sql, dialect);
            assert!(statement.text().len() <= 64 * 1024);
            assert!(statement.summary().chars().count() <= 255);
            assert!(statement.shape().tables().len() <= 64);
            assert!(!statement.shape().is_complete());
        }
    }
    // No walk over the tokens goes deeper with them, or over them twice.
    for (before, piece, after) in [
        ("select ", "all ", ""),
        ("select count(*) ", "filter () ", ""),
        ("select ", "f(", ""),
        ("select ", "max(1, ", ""),
        ("select a limit ", "(", ")"),
        ("select a from t where a = ", "(", ")"),
        ("select a from t where a like ", "(", ")"),
        ("select a from ", "(", ")"),
    ] {
        let pieces = 60_000 / (piece.len() + after.len());
        let sql = format!("{before}{}1{}", piece.repeat(pieces), after.repeat(pieces));
        for dialect in DIALECTS {
            assert!(!Statement::new(&sql, dialect).shape().is_aggregate() || before.contains('*'));
        }
    }
    let secret = format!("select '{}", "SECRET".repeat(20_000));
    assert_eq!(text(&secret, Dialect::Postgres), "select ?");
}

#[test]
fn summaries_follow_opentelemetry() {
    for (sql, summary) in [
        ("select col from table1, table2 t", "select table1 table2"),
        (
            "SELECT * FROM \"My Table\" JOIN b ON true",
            "SELECT \"My Table\" b",
        ),
        (
            "INSERT INTO t1 a SELECT * FROM t2 WHERE t2.id = $1",
            "INSERT t1 SELECT t2",
        ),
        ("UPDATE t1 SET col = t2.col FROM t2", "UPDATE t1"),
        ("DELETE t1 FROM t1 JOIN t2 ON t1.id = t2.t1_id", "DELETE t1"),
        (
            "SELECT p.name, (SELECT MAX(price) FROM products) FROM products p",
            "SELECT SELECT products products",
        ),
        (
            "WITH cte1 AS (SELECT * FROM t1), cte2 AS (SELECT * FROM cte1 JOIN t2 ON true) SELECT * FROM cte2",
            "SELECT t1 SELECT t2 SELECT",
        ),
        (
            "(SELECT a FROM t1) UNION ALL (SELECT b FROM t2)",
            "SELECT t1 SELECT t2",
        ),
        (
            "SELECT * FROM GENERATE_SERIES(1, 10) AS gs",
            "SELECT GENERATE_SERIES",
        ),
        (
            "SELECT from, select, where FROM keywords",
            "SELECT keywords",
        ),
        ("SELECT * FROM update", "SELECT update"),
        ("SELECT * FROM t FOR UPDATE OF t.name NOWAIT", "SELECT t"),
        (
            "CREATE TABLE IF NOT EXISTS s.t (id int)",
            "CREATE TABLE s.t",
        ),
        (
            "EXPLAIN (ANALYZE) SELECT * FROM users",
            "EXPLAIN SELECT users",
        ),
        (
            "; SELECT * FROM t1; ; SELECT * FROM t2;",
            "SELECT t1; SELECT t2",
        ),
        ("GRANT SELECT ON users TO admin", "GRANT"),
        ("BEGIN", "BEGIN"),
    ] {
        assert_eq!(Statement::new(sql, Dialect::Postgres).summary(), summary);
    }
}

#[test]
fn a_long_summary_is_cut_at_a_word() {
    let tables: Vec<String> = (0..100).map(|n| format!("table_{n}")).collect();
    let sql = format!("SELECT * FROM {}", tables.join(", "));
    let statement = Statement::new(&sql, Dialect::Ansi);
    assert!((246..=255).contains(&statement.summary().len()));
    assert!(
        tables
            .iter()
            .any(|table| statement.summary().ends_with(&format!(" {table}")))
    );
}

#[test]
fn briefs() {
    for (sql, brief) in [
        ("SELECT a FROM posts", "SELECT .. FROM posts"),
        ("SELECT a FROM b, c, d, e", "SELECT .. FROM b, c, d, .."),
        ("INSERT INTO t SELECT * FROM u", "INSERT INTO t"),
        ("UPDATE t SET a = 1", "UPDATE t"),
        ("DELETE FROM t", "DELETE FROM t"),
        ("SELECT 1", "SELECT"),
        ("CREATE TABLE t (a int)", "CREATE TABLE t"),
    ] {
        assert_eq!(Statement::new(sql, Dialect::Sqlite).brief(), brief);
    }
}

#[test]
fn interned_texts_share_a_statement() {
    let sql = "SELECT interned_texts FROM share_a_statement WHERE id = $1";
    let interner = Interner::new();
    let intern = |dialect| interner.intern_with_literals(sql, dialect);
    let first = intern(Dialect::Postgres);
    let second = intern(Dialect::Postgres);
    assert!(Arc::ptr_eq(&first.statement, &second.statement));
    assert_eq!(first.literals, 0);
    let other = intern(Dialect::MySql);
    assert_eq!(other.statement.dialect(), Dialect::MySql);
}

#[test]
fn literals_tell_texts_of_one_statement_apart() {
    let interner = Interner::new();
    let literals = |sql| interner.intern_with_literals(sql, Dialect::Sqlite).literals;
    let one = literals("select a from t where id = 1");
    assert_ne!(one, 0);
    assert_eq!(one, literals("SELECT a FROM t WHERE id=1 -- 7"));
    assert_ne!(one, literals("select a from t where id = 2"));
    assert_ne!(one, literals("select a from t where id = -1"));
    assert_ne!(literals("f('a', 'b')"), literals("f('ab', '')"));
    assert_eq!(literals("select a from t where id = ?"), 0);
}

#[test]
fn the_interner_is_bounded() {
    let interner = Interner::new();
    for id in 0..20_000 {
        interner.intern(&format!("SELECT {id}"), Dialect::Sqlite);
        assert!(interner.len() <= 4096);
    }
    for id in 0..2_000 {
        let long = format!("SELECT {id} {}", "x".repeat(10_000));
        interner.intern(&long, Dialect::Sqlite);
    }
    assert!(interner.bytes() <= 8 * 1024 * 1024);

    let interner = Interner::new();
    interner.intern(&"x".repeat(10 * 1024 + 1), Dialect::Sqlite);
    assert!(interner.is_empty());
    assert_eq!(interner.bytes(), 0);
}

#[test]
fn public_types_cross_threads() {
    fn assert_shared<T: Send + Sync + 'static>() {}
    assert_shared::<Statement>();
    assert_shared::<Shape>();
    assert_shared::<Fingerprint>();
}
