//! How many rows tables have.

use std::fs;

use super::on;
use super::places::{Kind, Place};
use crate::check::write;
use crate::report::package;

const FILE: &str = "perfguard-rows.toml";

/// Two tables of 600 and of 3 rows; what the database knows of them then.
fn filled(kind: Kind) -> Vec<String> {
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT i FROM n";
    let mut statements = vec![
        "CREATE TABLE users (id INTEGER PRIMARY KEY)".to_owned(),
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id))"
            .to_owned(),
        "CREATE INDEX posts_by_user ON posts (user_id)".to_owned(),
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id))"
            .to_owned(),
        format!("INSERT INTO users (id) {numbers}"),
        format!("INSERT INTO posts (id) {numbers}"),
        "INSERT INTO tags (id) VALUES (1), (2), (3)".to_owned(),
    ];
    statements.extend(match kind {
        Kind::MySql => vec!["ANALYZE TABLE users, posts, tags".to_owned()],
        _ => vec!["ANALYZE users; ANALYZE posts; ANALYZE tags".to_owned()],
    });
    statements
}

#[test]
fn rows_are_written_that_the_database_knows() {
    for place in Place::all() {
        let here = package();
        place.run(&filled(place.kind));
        let (code, out, err) = on(here.path(), &place.url, &["stats"]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        assert!(
            err.contains("perfguard-rows.toml has the rows of 3 of 3 tables"),
            "{err}"
        );
        let text = fs::read_to_string(here.path().join(FILE)).unwrap();
        let expected = "\
# How many rows tables have, by the statistics of a database: made by `cargo perfguard stats`, and
# made anew rather than edited. There are names of tables and numbers in it, and no data.
format = 1

[rows]
posts = 600
tags = 3
users = 600
";
        assert_eq!(text, expected, "{:?}", place.kind);
        let (code, out, err) = on(here.path(), &place.url, &["stats", "--output", "-"]);
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected, ""));

        write(
            here.path(),
            "perfguard.toml",
            &format!("table_rows = \"{FILE}\""),
        );
        let (code, out, err) = on(here.path(), &place.url, &["schema"]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    }
}

#[test]
fn what_nobody_knows_is_said_and_not_written() {
    let here = package();
    let place = Place::sqlite();
    place.run(&[
        "CREATE TABLE users (id INTEGER)",
        "CREATE TABLE posts (id INTEGER)",
    ]);
    let (code, _, err) = on(here.path(), &place.url, &["stats"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("the rows of 2 tables (not analysed"), "{err}");
    assert!(err.contains("nothing is written"), "{err}");
    assert!(!here.path().join(FILE).exists());
    place.run(&[
        "INSERT INTO posts VALUES (1)",
        "ANALYZE",
        "INSERT INTO posts VALUES (2)",
    ]);
    let (code, _, err) = on(here.path(), &place.url, &["stats"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("the rows of 1 table (not analysed"), "{err}");
    assert!(err.contains("): users\n"), "{err}");
    let text = fs::read_to_string(here.path().join(FILE)).unwrap();
    assert!(text.ends_with("[rows]\nposts = 1\n"), "not counted: {text}");
}

#[test]
fn postgres_knows_what_was_analysed() {
    let Some(place) = Place::postgres() else {
        return;
    };
    place.run(&[
        "CREATE SCHEMA shop",
        "CREATE TABLE never (id INTEGER)",
        "CREATE TABLE empty (id INTEGER)",
        "CREATE TABLE \"Odd \"\"name\" (id INTEGER)",
        "CREATE TABLE shop.orders (id INTEGER)",
        "CREATE TABLE events (id INTEGER) PARTITION BY RANGE (id)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)",
        "CREATE TABLE half (id INTEGER) PARTITION BY RANGE (id)",
        "CREATE TABLE half_1 PARTITION OF half FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE half_2 PARTITION OF half FOR VALUES FROM (10) TO (20)",
        "INSERT INTO shop.orders VALUES (1), (2)",
        "INSERT INTO events VALUES (1), (11), (12)",
        "INSERT INTO half VALUES (1)",
        "ANALYZE empty; ANALYZE \"Odd \"\"name\"; ANALYZE shop.orders; ANALYZE events_1; ANALYZE events_2; ANALYZE half_1",
    ]);
    let here = package();
    let (code, out, err) = on(here.path(), &place.url, &["stats", "--output", "-"]);
    assert_eq!(code, Some(0), "{err}");
    let (_, rows) = out.split_once("[rows]\n").unwrap();
    assert_eq!(
        rows,
        "\"Odd \\\"name\" = 0\nempty = 0\nevents = 3\n\"shop.orders\" = 2\n"
    );
    assert!(
        err.contains("the rows of 2 tables (never analysed: "),
        "{err}"
    );
    assert!(err.ends_with("): half, never\n"), "{err}");
}

#[test]
fn a_file_may_be_written_anywhere() {
    let place = Place::sqlite();
    place.run(&filled(Kind::Sqlite));
    let here = tempfile::tempdir().unwrap();
    let (code, _, err) = on(here.path(), &place.url, &["stats"]);
    assert_eq!(code, Some(102), "no workspace: {err}");
    let (code, _, err) = on(here.path(), &place.url, &["stats", "--output", "it.toml"]);
    assert_eq!(code, Some(0), "{err}");
    let first = fs::read_to_string(here.path().join("it.toml")).unwrap();
    let (code, _, again) = on(here.path(), &place.url, &["stats", "--output", "it.toml"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        fs::read_to_string(here.path().join("it.toml")).unwrap(),
        first
    );
    assert!(err.contains("`table_rows = \"it.toml\"`"), "{err}");
    assert!(!again.contains("table_rows"), "{again}");
    let (code, _, err) = on(
        here.path(),
        &place.url,
        &["stats", "--output", "no/it.toml"],
    );
    assert_eq!(code, Some(1));
    assert!(err.contains("failed to write no/it.toml"), "{err}");
}

#[test]
fn a_database_of_mysql_has_to_be_named() {
    let Some(place) = Place::mysql() else {
        return;
    };
    let here = package();
    let (server, _) = place.url.rsplit_once('/').unwrap();
    let (code, _, err) = on(here.path(), server, &["stats"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("names no database"), "{err}");
}
