//! A whole adapter for a driver that perfguard does not know: rusqlite. A thin
//! wrapper rather than SQLite's trace hook, which sees neither the rows that
//! the application takes nor the errors.

use std::time::Instant;

use perfguard::adapter::{self, Adapter, BindHasher, Completion, Connection, Recorded};
use perfguard::statement::Dialect;
use rusqlite::{Result, Row, ToSql};

static ADAPTER: Adapter = Adapter::new("rusqlite").source(file!());

/// A connection of rusqlite's that reports what it runs.
#[derive(Debug)]
pub struct Db {
    sqlite: rusqlite::Connection,
    told: Connection,
}

impl Db {
    /// Opens a database; `:memory:` for one in memory.
    pub fn open(path: &str) -> Result<Self> {
        ADAPTER.installed();
        let started = Instant::now();
        let sqlite = rusqlite::Connection::open(path)?;
        let mut told = ADAPTER.connect(Dialect::Sqlite);
        told.established(started.elapsed());
        told.checked_out(); // without a pool: for as long as it lives
        Ok(Self { sqlite, told })
    }

    /// Runs a write, and tells how many rows it changed.
    pub fn execute(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize> {
        let running = self.start(sql, values);
        let changed = self.sqlite.execute(sql, values);
        let told = Completion::new();
        let rows = changed
            .as_ref()
            .map(|rows| told.rows_affected(*rows as u64));
        running.end(rows.unwrap_or(told), changed)
    }

    /// Runs a read, and gives what `read` makes of each row.
    pub fn query<T, F>(&self, sql: &str, values: &[&dyn ToSql], mut read: F) -> Result<Vec<T>>
    where
        F: FnMut(&Row<'_>) -> Result<T>,
    {
        let running = self.start(sql, values);
        let mut list = Vec::new();
        let result = self.sqlite.prepare(sql).and_then(|mut statement| {
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                list.push(read(row)?);
            }
            Ok(())
        });
        let told = Completion::new().rows(list.len() as u64);
        running.end(told, result).map(|()| list)
    }

    /// Runs `body` in a transaction, or in a savepoint of the one around it.
    pub fn transaction<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.sqlite.execute_batch("SAVEPOINT step")?;
        self.told.begin();
        let done = body(self).and_then(|value| {
            self.sqlite.execute_batch("RELEASE step")?;
            Ok(value)
        });
        if done.is_ok() {
            self.told.commit();
            return done;
        }
        self.told.rollback();
        self.sqlite
            .execute_batch("ROLLBACK TO step; RELEASE step")?;
        done
    }

    /// On the stack of the caller, where the call site is read.
    fn start(&self, sql: &str, values: &[&dyn ToSql]) -> Running {
        let mut binds = BindHasher::new();
        for value in values {
            binds.write_debug(&value.to_sql());
        }
        let query = self.told.query(sql).binds(binds.finish());
        Running(adapter::record(&query), Instant::now())
    }
}

/// A statement that has been reported, and is not over.
struct Running(Recorded, Instant);

impl Running {
    fn end<T>(self, told: Completion, result: Result<T>) -> Result<T> {
        let told = told.elapsed(self.1.elapsed()).failed(result.is_err());
        self.0.complete(told);
        result
    }
}
