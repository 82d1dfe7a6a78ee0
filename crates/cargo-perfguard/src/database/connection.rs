//! One connection, which only reads.
//!
//! On servers all of it is one transaction that is read-only, and that is rolled back: a setting of
//! the session would stay with a connection that a pooler hands to somebody else.

use std::str::FromStr;
use std::time::Duration;

use perfguard_core::statement::Dialect;
use perfguard_explain::{Cells, Session};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::url::Url;
use crate::escape::escape;

/// How long a server may take to let us in.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a statement may take, for the server, and for us, who wait a little longer. The catalog
/// of 200 tables takes less than a second.
const STATEMENT: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(35);

/// All schemas of the database, the default one first. Where there is none, none of the user's is
/// taken for it.
const ALL_SCHEMAS: &str = "SELECT set_config('search_path', \
     (CASE WHEN current_schema() !~ '^pg_' THEN '' ELSE 'pg_catalog, ' END) || \
     COALESCE((SELECT string_agg(quote_ident(nspname), ', ' \
     ORDER BY (nspname = current_schema()) DESC, nspname) FROM pg_namespace \
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'), ''), true)";

pub(super) struct Connection {
    runtime: Runtime,
    driver: Driver,
    url: Url,
}

enum Driver {
    MySql(MySqlConnection),
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Connection {
    pub(super) fn open(url: Url) -> Result<Self, String> {
        let dialect = url.dialect()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("failed to start a runtime: {error}"))?;
        let connecting = async { timeout(CONNECT, connect(&url, dialect)).await };
        let driver = runtime.block_on(connecting).unwrap_or_else(|_| {
            Err(format!(
                "it did not answer within {} seconds",
                CONNECT.as_secs()
            ))
        });
        let driver = driver.map_err(|said| {
            format!(
                "cannot connect to the database that {} names: {said}",
                url.source
            )
        })?;
        let mut connection = Self {
            runtime,
            driver,
            url,
        };
        connection.restrict().map_err(|said| {
            format!(
                "cannot ask the database that {} names without the right to change it: {said}",
                connection.url.source
            )
        })?;
        Ok(connection)
    }

    /// Sees to it that it only reads, and not for long.
    fn restrict(&mut self) -> Result<(), String> {
        let limit = STATEMENT.as_secs();
        match self.dialect() {
            Dialect::MySql => {
                // MariaDB's name of it, and MySQL's.
                let limited = self.run(&format!("SET SESSION max_statement_time = {limit}"));
                if limited.is_err() {
                    self.run(&format!("SET SESSION max_execution_time = {limit}000"))?;
                }
                self.run("SET SESSION TRANSACTION READ ONLY")?;
                self.run("START TRANSACTION READ ONLY")
            }
            Dialect::Postgres => {
                self.run("BEGIN TRANSACTION READ ONLY")?;
                self.run(&format!(
                    "SET LOCAL statement_timeout = '{limit}s'; SET LOCAL lock_timeout = '5s'"
                ))?;
                self.read(ALL_SCHEMAS).map(|_| ())
            }
            // It is opened so.
            _ => Ok(()),
        }
    }

    fn ask<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut Driver) -> Result<T, sqlx::Error>,
    ) -> Result<T, String> {
        let asking = async { timeout(ANSWER, ask(&mut self.driver)).await };
        match self.runtime.block_on(asking) {
            Ok(answer) => answer.map_err(|error| told(&error, &self.url)),
            Err(_) => Err(format!(
                "it did not answer within {} seconds",
                ANSWER.as_secs()
            )),
        }
    }
}

async fn connect(url: &Url, dialect: Dialect) -> Result<Driver, String> {
    let text = url.for_driver();
    let told = |error: sqlx::Error| told(&error, url);
    Ok(match dialect {
        Dialect::MySql => {
            let options: MySqlConnectOptions = parsed(text.as_deref(), "mysql")?;
            Driver::MySql(options.connect().await.map_err(told)?)
        }
        Dialect::Postgres => {
            let options: PgConnectOptions = parsed(text.as_deref(), "postgres")?;
            Driver::Postgres(options.connect().await.map_err(told)?)
        }
        _ => {
            let options = match text {
                None => SqliteConnectOptions::new().filename(url.path()),
                Some(text) => SqliteConnectOptions::from_str(&text).map_err(|_| {
                    "expected `sqlite://PATH`, with nothing behind a `?` than `immutable=1`"
                        .to_owned()
                })?,
            };
            // Over what the URL says of it.
            let options = options.create_if_missing(false).read_only(true);
            Driver::Sqlite(options.connect().await.map_err(told)?)
        }
    })
}

/// The options of a driver. What it says of a URL that it cannot read may repeat the URL.
fn parsed<O: FromStr>(text: Option<&str>, scheme: &str) -> Result<O, String> {
    text.and_then(|it| it.parse().ok()).ok_or_else(|| {
        format!(
            "the URL cannot be read: expected `{scheme}://USER:PASSWORD@HOST:PORT/DATABASE`, with other signs in a password than letters and digits percent-encoded, as `%40` for `@`"
        )
    })
}

/// What a driver or a server says, with its code.
fn told(error: &sqlx::Error, url: &Url) -> String {
    let said = match error {
        // It repeats what it could not read.
        sqlx::Error::Configuration(_) => {
            return "the URL, or a file that it names, cannot be used".to_owned();
        }
        sqlx::Error::Database(said) => said.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    let said = escape(&url.scrubbed(said.trim_end()));
    let code = error.as_database_error().and_then(|it| it.code());
    match code {
        Some(code) => format!("{said} (code {})", escape(&code)),
        None => said,
    }
}

/// The rows of a statement, as text. All that is asked is text, or is cast to it.
macro_rules! rows {
    ($connection:expr, $sql:expr) => {{
        let rows = sqlx::raw_sql(AssertSqlSafe($sql))
            .fetch_all($connection)
            .await?;
        let cells = rows.iter().map(|row| {
            let columns = 0..row.len();
            columns.map(|at| row.try_get_unchecked(at)).collect()
        });
        cells.collect()
    }};
}

impl Session for Connection {
    fn dialect(&self) -> Dialect {
        match self.driver {
            Driver::MySql(_) => Dialect::MySql,
            Driver::Postgres(_) => Dialect::Postgres,
            Driver::Sqlite(_) => Dialect::Sqlite,
        }
    }

    fn begin(&mut self) -> Result<(), String> {
        self.run("SAVEPOINT perfguard_session")
    }

    fn rollback(&mut self) -> Result<(), String> {
        self.run("ROLLBACK TO SAVEPOINT perfguard_session")
    }

    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.read(sql).map(|_| ())
    }

    fn read(&mut self, sql: &str) -> Result<Vec<Cells>, String> {
        let sql = sql.to_owned();
        self.ask(async |driver| match driver {
            Driver::MySql(connection) => rows!(connection, sql),
            Driver::Postgres(connection) => rows!(connection, sql),
            Driver::Sqlite(connection) => rows!(connection, sql),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod tests {
    use perfguard_explain::Session;
    use perfguard_test_tools::server;

    use super::Connection;
    use crate::database::url::given;

    fn opened(url: &str) -> Connection {
        Connection::open(given(url).unwrap()).unwrap()
    }

    #[test]
    fn nothing_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.db");
        std::fs::write(&path, "").unwrap();
        let file = format!("sqlite://{}?mode=rwc", path.display());
        let names = ["PERFGUARD_TEST_MYSQL", "PERFGUARD_TEST_POSTGRES"];
        let servers = names.into_iter().filter_map(server);
        for url in servers.chain([file]) {
            let mut connection = opened(&url);
            let made = connection.run("CREATE TABLE perfguard_must_not_be (id INTEGER)");
            let said = made.unwrap_err().to_lowercase();
            assert!(said.contains("read"), "{said}");
        }
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }

    #[test]
    fn a_file_is_never_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.db");
        let url = given(&format!("sqlite://{}?mode=rwc", path.display())).unwrap();
        let error = Connection::open(url).err().unwrap();
        assert!(error.contains("unable to open database file"), "{error}");
        assert!(!path.exists());
    }
}
