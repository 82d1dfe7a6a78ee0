//! Statements that a program writes itself. SeaORM sends them as they are.

use sea_orm::{DbBackend, Statement};

use super::{ALL, Corpus, text};

pub(super) fn add_to(corpus: &mut Corpus) {
    binds(corpus);
    literals(corpus);
    layout(corpus);
}

fn plain(
    corpus: &mut Corpus,
    backends: &[DbBackend],
    case: &'static str,
    variant: Option<&'static str>,
    sql: &str,
) {
    for backend in backends {
        let statement = Statement::from_string(*backend, sql);
        text(corpus, *backend, case, variant, statement.sql);
    }
}

fn binds(corpus: &mut Corpus) {
    let sql = "SELECT id FROM users WHERE id = $1 AND name = $2";
    let values = || [1.into(), "Ada".into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values());
    text(
        corpus,
        DbBackend::Postgres,
        "raw-binds",
        None,
        statement.sql,
    );
    for backend in [DbBackend::MySql, DbBackend::Sqlite] {
        let sql = "SELECT id FROM users WHERE id = ? AND name = ?";
        let statement = Statement::from_sql_and_values(backend, sql, values());
        text(corpus, backend, "raw-binds", None, statement.sql);
    }
    // SQLite takes the binds of both, and names.
    for (variant, sql) in [
        (
            "dollars",
            "SELECT id FROM users WHERE id = $1 AND name = $2",
        ),
        (
            "numbers",
            "SELECT id FROM users WHERE id = ?1 AND name = ?2",
        ),
        (
            "names",
            "SELECT id FROM users WHERE id = :id AND name = @name",
        ),
    ] {
        plain(
            corpus,
            &[DbBackend::Sqlite],
            "raw-binds",
            Some(variant),
            sql,
        );
    }
    let list = |n: usize| vec!["?"; n].join(", ");
    for (variant, n) in [("list of 2", 2), ("list of 9", 9)] {
        let sql = format!("SELECT id FROM users WHERE id IN ({})", list(n));
        let backends = [DbBackend::MySql, DbBackend::Sqlite];
        plain(corpus, &backends, "raw-in-list", Some(variant), &sql);
    }
}

fn literals(corpus: &mut Corpus) {
    for (case, variant, sql) in [
        (
            "raw-literals",
            "ada",
            "SELECT id FROM users WHERE name = 'Ada' AND age > 30",
        ),
        (
            "raw-literals",
            "o'hara",
            "SELECT id FROM users WHERE name = 'O''Hara; --' AND age > -7",
        ),
        (
            "raw-literals",
            "empty",
            "SELECT id FROM users WHERE name = '' AND age > 1e3",
        ),
        (
            "raw-in-literals",
            "list of 1",
            "SELECT id FROM tags WHERE id IN (1)",
        ),
        (
            "raw-in-literals",
            "list of 4",
            "SELECT id FROM tags WHERE id IN (1, 2,3,\n 4 )",
        ),
        (
            "raw-insert",
            "1 row",
            "INSERT INTO tags (name) VALUES ('a')",
        ),
        (
            "raw-insert",
            "3 rows",
            "INSERT INTO tags (name) VALUES ('a'), ('b'), (NULL)",
        ),
        ("raw-call", "7", "SELECT set_counter(7, 'a')"),
        ("raw-call", "-7", "SELECT set_counter(-7, 'it''s')"),
    ] {
        plain(corpus, &ALL, case, Some(variant), sql);
    }
    let escape = "SELECT id FROM users WHERE name = E'it\\'s' AND data = $tag$ it's $1 $tag$";
    let short = "SELECT id FROM users WHERE name = E'' AND data = $$--$$";
    let postgres = [DbBackend::Postgres];
    plain(
        corpus,
        &postgres,
        "raw-postgres-literals",
        Some("escape"),
        escape,
    );
    plain(
        corpus,
        &postgres,
        "raw-postgres-literals",
        Some("short"),
        short,
    );
    let both = r#"SELECT `id` FROM `users` WHERE name = "it's" AND nick = 'it\'s'"#;
    let short = r#"SELECT `id` FROM `users` WHERE name = "" AND nick = '\\'"#;
    let mysql = [DbBackend::MySql];
    plain(
        corpus,
        &mysql,
        "raw-mysql-literals",
        Some("both quotes"),
        both,
    );
    plain(corpus, &mysql, "raw-mysql-literals", Some("short"), short);
}

fn layout(corpus: &mut Corpus) {
    for (variant, sql) in [
        ("lower case", "select count(*) from posts where views > 10"),
        (
            "lines and a comment",
            "SELECT COUNT(*)\n  FROM posts -- all of them\n WHERE views > 20;",
        ),
        (
            "block comments",
            "/* job:7 */ SELECT count ( * ) FROM posts /* it's */ WHERE views>30 ; ",
        ),
    ] {
        plain(corpus, &ALL, "raw-layout", Some(variant), sql);
    }
    let pragma = "PRAGMA foreign_keys = ON";
    plain(corpus, &[DbBackend::Sqlite], "raw-pragma", None, pragma);
    let set = "SET LOCAL statement_timeout = '5s'";
    plain(corpus, &[DbBackend::Postgres], "raw-set", None, set);
    let explain = "EXPLAIN SELECT id FROM posts WHERE views > 10";
    plain(corpus, &ALL, "raw-explain", None, explain);
}
