//! Connections that a handler makes for itself, and those of a pool.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use perfguard::testing::observe_sync;

use crate::support::{assert_at, line_of, rules};

diesel::table! { settings (id) { id -> Integer, value -> Text, } }

/// A file of its own, with a table in it.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("perfguard-{}-{name}.db", std::process::id()));
        let file = Self(path);
        let mut connection = SqliteConnection::establish(&file.url()).unwrap();
        let table = "CREATE TABLE settings (id INTEGER PRIMARY KEY, value TEXT NOT NULL)";
        connection.batch_execute(table).unwrap();
        file
    }

    fn url(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn find(connection: &mut SqliteConnection) -> Option<String> {
    let found = settings::table.find(1).select(settings::value);
    found.first(connection).optional().unwrap()
}

#[perfguard::query_budget(max = 1)]
fn with_its_own(url: &str) -> Option<String> {
    let mut connection = SqliteConnection::establish(url).unwrap(); // made here
    find(&mut connection)
}

#[perfguard::query_budget(max = 1)]
fn with_a_pool(pool: &Pool<ConnectionManager<SqliteConnection>>) -> Option<String> {
    find(&mut pool.get().unwrap())
}

#[perfguard::query_budget(max = 1)]
fn with_one_that_it_keeps(url: &str, kept: &mut Option<SqliteConnection>) -> Option<String> {
    let make = || SqliteConnection::establish(url).unwrap();
    find(kept.get_or_insert_with(make))
}

#[test]
fn a_connection_for_each_request_is_found_where_it_is_made() {
    perfguard::diesel::install().unwrap();
    let file = File::new("own");
    let (_, report) = observe_sync(|| with_its_own(&file.url()));
    assert_eq!(rules(&report), ["connection-per-request"], "{report}");
    let line = line_of(include_str!("diesel_connections.rs"), "// made here");
    let path = "tests/tests/it/diesel_connections.rs";
    assert_at(&report.findings()[0], path, line);
    let connections = report.connections().unwrap();
    assert_eq!(connections.established(), 1);
    assert!(connections.establish_time().is_some());
}

#[test]
fn a_connection_that_outlives_the_request_is_none_of_its_own() {
    perfguard::diesel::install().unwrap();
    let file = File::new("kept");
    let pool = Pool::builder()
        .min_idle(Some(0))
        .max_size(2)
        .build(ConnectionManager::new(file.url()))
        .unwrap();
    let (_, report) = observe_sync(|| with_a_pool(&pool));
    assert!(report.findings().is_empty(), "{report}");
    let mut kept = None;
    let (_, report) = observe_sync(|| with_one_that_it_keeps(&file.url(), &mut kept));
    assert!(report.findings().is_empty(), "{report}");
    assert_eq!(report.connections().unwrap().established(), 1);
}
