//! Foreign keys without an index.

use std::io::Write as _;
use std::time::Instant;

use serde_json::Value;

use super::on;
use super::places::{Kind, Place};
use crate::check::write;
use crate::report::{command, ended, package};

const TABLES: [&str; 3] = [
    "CREATE TABLE users (id INTEGER PRIMARY KEY)",
    "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id))",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, post_id INTEGER REFERENCES posts (id))",
];

/// `t0`, and 199 that refer to the one before, of which every second one has an index for it.
fn two_hundred(kind: Kind) -> Vec<String> {
    let mut statements = vec!["CREATE TABLE t0 (id INTEGER PRIMARY KEY)".to_owned()];
    for number in 1..200 {
        let before = number - 1;
        statements.push(format!(
            "CREATE TABLE t{number} (id INTEGER PRIMARY KEY, before_id INTEGER, \
             CONSTRAINT k{number} FOREIGN KEY (before_id) REFERENCES t{before} (id))"
        ));
        if number % 2 == 0 {
            statements.push(format!(
                "CREATE INDEX i{number} ON t{number} (before_id, id)"
            ));
        } else if kind == Kind::MySql {
            // It makes one itself, and lets it go only so.
            statements.push("SET SESSION foreign_key_checks = 0".to_owned());
            statements.push(format!("ALTER TABLE t{number} DROP INDEX k{number}"));
        }
    }
    statements
}

#[test]
fn of_two_hundred_tables_those_without_an_index_are_listed() {
    let here = tempfile::tempdir().unwrap();
    for place in Place::all() {
        place.run(&two_hundred(place.kind));
        let start = Instant::now();
        let (code, out, err) = on(here.path(), &place.url, &["schema", "--format", "json"]);
        let took = start.elapsed();
        // For people: the harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "schema of 200 tables, {:?}: {took:.0?}",
            place.kind
        );
        assert_eq!(code, Some(100), "{err}");
        let said: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(said["format"], 1);
        assert_eq!(said["tables"], 200);
        let system = match place.kind {
            Kind::MySql => "mysql",
            Kind::Postgres => "postgresql",
            Kind::Sqlite => "sqlite",
        };
        assert_eq!(said["db.system.name"], system);
        let mut keys = said["foreign_keys"].as_array().unwrap().clone();
        let number = |it: &Value| it["table"].as_str().unwrap()[1..].parse::<u32>().unwrap();
        keys.sort_by_key(number);
        let expected = (1..200).step_by(2).map(|number| {
            serde_json::json!({
                "schema": null,
                "table": format!("t{number}"),
                "columns": ["before_id"],
                "refers_to": format!("t{}", number - 1),
                "create": format!("CREATE INDEX t{number}_before_id_idx ON t{number} (before_id)"),
            })
        });
        assert_eq!(keys, expected.collect::<Vec<_>>());
    }
}

#[test]
fn each_is_shown_with_the_index_to_add() {
    let here = package();
    let place = Place::sqlite();
    place.run(&TABLES);
    let (code, out, err) = on(here.path(), &place.url, &["schema"]);
    assert_eq!((code, err.as_str()), (Some(100), ""));
    let expected = "\
perfguard: 2 foreign keys of 3 tables have no index on the side that refers

  posts (user_id) refers to users
    do: CREATE INDEX posts_user_id_idx ON posts (user_id)

  tags (post_id) refers to posts
    do: CREATE INDEX tags_post_id_idx ON tags (post_id)
";
    assert_eq!(out, expected);
    let into = ["schema", "--output", "it.txt"];
    let (code, nothing, _) = on(here.path(), &place.url, &into);
    assert_eq!((code, nothing.as_str()), (Some(100), ""));
    let file = std::fs::read_to_string(here.path().join("it.txt")).unwrap();
    assert_eq!(file, expected);
    place.run(&[
        "CREATE INDEX posts_user_id_idx ON posts (user_id)",
        "CREATE INDEX tags_post_id_idx ON tags (post_id)",
    ]);
    // As Diesel names it, and the argument wins over the environment.
    let path = place.url.strip_prefix("sqlite://").unwrap();
    let arguments = ["schema", "--database-url", path];
    let (code, out, err) = on(here.path(), "postgres://nobody@127.0.0.1:1/", &arguments);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected =
        "perfguard: every foreign key of 3 tables has an index on the side that refers\n";
    assert_eq!(out, expected);
}

#[test]
fn all_schemas_of_postgres_are_looked_at() {
    let Some(place) = Place::postgres() else {
        return;
    };
    place.run(&[
        "CREATE SCHEMA shop",
        "CREATE TABLE users (id INTEGER PRIMARY KEY)",
        "CREATE TABLE shop.\"Orders\" (user_id INTEGER REFERENCES users (id))",
        "CREATE TABLE shop.lines (id INTEGER PRIMARY KEY, line_id INTEGER REFERENCES shop.lines (id))",
        "CREATE TABLE lines (id INTEGER PRIMARY KEY, line_id INTEGER REFERENCES shop.lines (id))",
        "CREATE INDEX ON lines (line_id)",
    ]);
    let here = package();
    let (code, out, err) = on(here.path(), &place.url, &["schema"]);
    assert_eq!((code, err.as_str()), (Some(100), ""));
    let expected = "\
perfguard: 2 foreign keys of 4 tables have no index on the side that refers

  shop.Orders (user_id) refers to users
    do: CREATE INDEX \"Orders_user_id_idx\" ON shop.\"Orders\" (user_id)

  shop.lines (line_id) refers to shop.lines
    do: CREATE INDEX lines_line_id_idx ON shop.lines (line_id)

on tables that are in use: CREATE INDEX CONCURRENTLY, outside a transaction
";
    assert_eq!(out, expected);
    let small = "[small_tables]\n\"shop.lines\" = \"seven of them\"\n";
    write(here.path(), "perfguard.toml", small);
    let (_, out, _) = on(here.path(), &place.url, &["schema"]);
    assert!(out.contains("Orders") && !out.contains("lines"), "{out}");
}

#[test]
fn tables_that_are_small_are_left_out() {
    let place = Place::sqlite();
    place.run(&TABLES);
    let tables = |here: &std::path::Path| {
        let (code, out, err) = on(here, &place.url, &["schema", "--format", "json"]);
        let keys: Value = serde_json::from_str(&out).unwrap();
        let keys = keys["foreign_keys"].as_array().unwrap();
        let tables: Vec<_> = keys
            .iter()
            .map(|it| it["table"].as_str().unwrap())
            .collect();
        (code, tables.join(" "), err)
    };
    let here = package();
    let small = "[small_tables]\nposts = \"ten of them\"\n";
    write(here.path(), ".config/perfguard.toml", small);
    let (code, left, err) = tables(here.path());
    assert_eq!((code, left.as_str(), err.as_str()), (Some(100), "tags", ""));
    // From a folder below, by what is at the root.
    let (_, left, _) = tables(&here.path().join("src"));
    assert_eq!(left, "tags");
    let rows = "format = 1\n[rows]\nposts = 7\ntags = 499\n";
    write(here.path(), "rows.toml", rows);
    write(
        here.path(),
        "perfguard.toml",
        "table_rows = \"rows.toml\"\npages = 3\n",
    );
    let (code, left, err) = tables(here.path());
    assert_eq!((code, left.as_str()), (Some(0), ""));
    assert!(
        err.starts_with("warning: perfguard.toml:2: nobody knows the key `pages`"),
        "{err}"
    );
    write(
        here.path(),
        "perfguard.toml",
        "table_rows = \"rows.toml\"\nsmall_rows = 499\n",
    );
    assert_eq!(tables(here.path()).1, "tags");
    write(here.path(), "rows.toml", "format = 1\n[rows]\nposts = -7\n");
    let (code, out, err) = on(here.path(), &place.url, &["schema"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        err.contains("rows.toml:3: the value of `rows.posts`"),
        "{err}"
    );
}

#[test]
fn what_is_missing_is_said() {
    let here = tempfile::tempdir().unwrap();
    let mut none = command(here.path(), &["schema"]);
    let (code, _, err) = ended(none.env_remove("DATABASE_URL"));
    assert_eq!(code, Some(1));
    for part in [
        "there is no workspace here",
        "`--database-url`",
        "DATABASE_URL",
    ] {
        assert!(err.contains(part), "{err}");
    }
    let (code, _, err) = on(here.path(), "sqlite://no/such.db", &["schema"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("unable to open database file"), "{err}");
    assert!(!here.path().join("no").exists());
    let empty = Place::sqlite();
    let (code, _, err) = on(here.path(), &empty.url, &["schema"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("has no table"), "{err}");
    let arguments = ["schema", "--manifest-path", "no/Cargo.toml"];
    assert_eq!(on(here.path(), &empty.url, &arguments).0, Some(102));
}
