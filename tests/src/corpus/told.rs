//! Statements that are told to the adapter interface, as a driver would.

use perfguard::adapter::{self, Adapter, BindHasher, Binds, Completion, Connection, Query};
use perfguard::statement::Dialect;

static DRIVER: Adapter = Adapter::new("the corpus").source(file!());

/// A number that the optimiser does not know.
pub(super) fn opaque<T>(value: T) -> T {
    std::hint::black_box(value)
}

pub(super) fn bind(value: u64) -> Binds {
    let mut hasher = BindHasher::new();
    hasher.write(&value);
    hasher.finish()
}

/// A statement with a value.
pub(super) fn query(dialect: Dialect, sql: &str, value: u64) -> Query<'_> {
    DRIVER.installed();
    DRIVER.connected();
    Query::new(sql, dialect).binds(bind(value))
}

/// A statement ran once, with a value.
pub(super) fn ran(dialect: Dialect, sql: &str, value: u64) {
    adapter::record(&query(dialect, sql, value));
}

/// A statement returned so many rows.
pub(super) fn returned(dialect: Dialect, sql: &str, value: u64, rows: u64) {
    let completion = Completion::new().rows(rows);
    adapter::record(&query(dialect, sql, value).completion(completion));
}

/// A connection of a driver that tells of its transactions.
pub(super) fn connect(dialect: Dialect) -> Connection {
    DRIVER.installed();
    DRIVER.connect(dialect)
}
