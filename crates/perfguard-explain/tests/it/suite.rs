//! The cases of `cases/suite.txt`: data for all databases and both ORMs.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use perfguard_core::Report;
use perfguard_core::adapter::{self, Query};
use perfguard_core::generated::observe_sync;
use perfguard_core::statement::Dialect;
use perfguard_explain::{Advice, Cells, Explained, Session, check, check_async};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use crate::servers::Place;

const SUITE: &str = include_str!("../../cases/suite.txt");

#[derive(Default)]
struct Case {
    name: &'static str,
    schema: Vec<&'static str>,
    statement: &'static str,
    /// For which database, and what; a note has a `~`.
    expected: Vec<(&'static str, String)>,
}

impl Case {
    fn expected(&self, database: &str) -> Vec<String> {
        let is_own = self.expected.iter().any(|(of, _)| *of == database);
        let of = if is_own { database } else { "" };
        let expected = self.expected.iter().filter(|(it, _)| *it == of);
        let mut expected: Vec<_> = expected.map(|(_, what)| what.clone()).collect();
        if database == "mysql" {
            expected.iter_mut().for_each(|it| {
                *it = it.split(" where ").next().unwrap_or(it).to_owned();
            });
        }
        expected.retain(|it| it != "> nothing");
        expected.sort();
        expected
    }
}

/// What the tables have in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// A few, of which the database has statistics.
    Analysed,
    Few,
    None,
}

/// What all cases have, and the cases.
fn suite() -> (Vec<&'static str>, Vec<Case>) {
    let mut base = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for line in SUITE.lines().filter(|line| !line.is_empty()) {
        let (mark, rest) = line.split_once(' ').expect("a mark, and what it is for");
        match (mark, cases.last_mut()) {
            ("=", _) => cases.push(Case {
                name: rest,
                ..Case::default()
            }),
            ("+", None) => base.push(rest),
            ("+", Some(case)) => case.schema.push(rest),
            ("?", Some(case)) => case.statement = rest,
            (mark, Some(case)) => {
                let (sign, database) = mark.split_at(1);
                case.expected.push((database, format!("{sign} {rest}")));
            }
            (mark, None) => panic!("`{mark}` before the first case"),
        }
    }
    (base, cases)
}

fn report(statement: &str, dialect: Dialect) -> Report {
    let ((), report) = observe_sync(|| {
        let _ = adapter::record(&Query::new(statement, dialect));
    });
    report
}

/// An advice as the cases write it.
fn written(advice: &Advice) -> String {
    let sign = if advice.is_missing() { '>' } else { '~' };
    let columns: Vec<_> = advice.columns().collect();
    let create = advice.create();
    let function = if create.contains("((") { "fn " } else { "" };
    let partial = create
        .split(" WHERE ")
        .nth(1)
        .and_then(|it| it.strip_suffix(" IS NULL"));
    let partial = partial
        .map(|column| format!(" where {column}"))
        .unwrap_or_default();
    format!(
        "{sign} {}({function}{}){partial}",
        advice.table(),
        columns.join(", ")
    )
}

/// A connection that has the statement at hand that is asked about, with the
/// values in it.
struct WithValues<'a, C>(&'a mut C, &'a str);

impl<C: Session> Session for WithValues<'_, C> {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn begin(&mut self) -> Result<(), String> {
        self.0.begin()
    }

    fn rollback(&mut self) -> Result<(), String> {
        self.0.rollback()
    }

    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.0.run(sql)
    }

    fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        self.0.read(sql)
    }

    fn read_bound(&mut self, explain: &str) -> Option<Result<Vec<Cells>, String>> {
        Some(self.0.read(&format!("{explain}{}", self.1)))
    }
}

/// What is wrong with what was said of a case.
fn fault(case: &Case, database: &str, explained: &Explained) -> Option<String> {
    let mut said: Vec<_> = explained.advice().iter().map(written).collect();
    said.sort();
    let expected = case.expected(database);
    let is_proven = explained.advice().iter().all(|advice| {
        advice
            .after()
            .iter()
            .any(|line| line.contains(advice.name()))
    });
    let needed = expected.iter().filter(|it| it.starts_with('>')).count();
    let is_said = explained.findings().len() == needed;
    let right = said == expected && is_proven && is_said && explained.unexplained().is_empty();
    (!right).then(|| {
        format!(
            "{database}: {}\n  {}\n  expected {expected:?}\n  said     {said:?}\n{explained}\nplans {:?}\n",
            case.name,
            case.statement,
            explained.plans().collect::<Vec<_>>()
        )
    })
}

fn tables(base: &[&str]) -> Vec<String> {
    let created = base
        .iter()
        .filter_map(|it| it.strip_prefix("CREATE TABLE "));
    created
        .map(|it| it.split(' ').next().unwrap_or(it).to_owned())
        .collect()
}

fn in_diesel<C: Session + SimpleConnection>(
    connection: &mut C,
    database: &str,
    dialect: Dialect,
    rows: Rows,
) {
    let (mut base, cases) = suite();
    if rows == Rows::None {
        base.retain(|sql| !sql.starts_with("INSERT"));
    }
    let mut faults = Vec::new();
    for case in &cases {
        for sql in base.iter().chain(&case.schema) {
            connection.batch_execute(sql).expect("the schema is made");
        }
        if rows == Rows::Analysed {
            connection.batch_execute("ANALYZE").expect("it counts");
        }
        let report = report(case.statement, dialect);
        let explained = check(connection, &report).expect("it is explained");
        faults.extend(fault(case, database, &explained));
        if !case.statement.contains('?') {
            let mut known = WithValues(connection, case.statement);
            let explained = check(&mut known, &report).expect("it is explained");
            faults.extend(fault(case, database, &explained));
        }
        for table in tables(&base) {
            connection
                .batch_execute(&format!("DROP TABLE {table}"))
                .expect("nothing holds it");
        }
    }
    let count = faults.len();
    assert!(
        faults.is_empty(),
        "{rows:?}: {count} of {} cases\n{}",
        cases.len(),
        faults.join("\n")
    );
}

async fn in_sea_orm(db: &DatabaseConnection, database: &str, dialect: Dialect) {
    let (base, cases) = suite();
    let mut faults = Vec::new();
    for case in &cases {
        for sql in base.iter().chain(&case.schema) {
            db.execute_unprepared(sql)
                .await
                .expect("the schema is made");
        }
        let report = report(case.statement, dialect);
        let explained = check_async(db, &report).await.expect("it is explained");
        faults.extend(fault(case, database, &explained));
        for table in tables(&base) {
            let drop = format!("DROP TABLE {table}");
            db.execute_unprepared(&drop)
                .await
                .expect("nothing holds it");
        }
    }
    let count = faults.len();
    assert!(
        faults.is_empty(),
        "{count} of {} cases\n{}",
        cases.len(),
        faults.join("\n")
    );
}

pub(crate) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .expect("the database opens")
}

#[test]
fn the_suite_has_both_sides() {
    let (_, cases) = suite();
    for database in ["sqlite", "postgres", "mysql"] {
        let needed = cases
            .iter()
            .filter(|it| !it.expected(database).is_empty())
            .count();
        assert!(needed >= 20, "{database}: {needed} cases need an index");
        assert!(cases.len() - needed >= 20, "{database}: the others");
    }
    assert!(
        cases
            .iter()
            .all(|it| !it.statement.is_empty() && !it.expected.is_empty())
    );
}

#[test]
fn sqlite_in_diesel() {
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    for rows in [Rows::Few, Rows::None, Rows::Analysed] {
        in_diesel(&mut connection, "sqlite", Dialect::Sqlite, rows);
    }
}

#[tokio::test]
async fn sqlite_in_sea_orm() {
    in_sea_orm(&connect("sqlite::memory:").await, "sqlite", Dialect::Sqlite).await;
}

#[tokio::test]
async fn postgres_in_diesel() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let mut connection = PgConnection::establish(&place.url).expect("it opens");
    for rows in [Rows::Few, Rows::None, Rows::Analysed] {
        in_diesel(&mut connection, "postgres", Dialect::Postgres, rows);
    }
    drop(connection);
}

#[tokio::test]
async fn postgres_in_sea_orm() {
    let Some(place) = Place::on_postgres().await else {
        return;
    };
    let db = connect(&place.url).await;
    in_sea_orm(&db, "postgres", Dialect::Postgres).await;
    db.close().await.expect("it closes");
}

#[tokio::test]
async fn mysql_in_sea_orm() {
    let Some(place) = Place::on_mysql().await else {
        return;
    };
    let db = connect(&place.url).await;
    in_sea_orm(&db, "mysql", Dialect::MySql).await;
    db.close().await.expect("it closes");
}
