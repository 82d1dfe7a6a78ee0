//! A database per test: embedded SQLite, and the servers that the environment
//! names.
//!
//! | variable | for example |
//! |---|---|
//! | `PERFGUARD_TEST_POSTGRES` | `postgres://postgres@127.0.0.1:5432/test` |
//! | `PERFGUARD_TEST_MYSQL` | `mysql://root@127.0.0.1:3306/test` |
//!
//! A test takes a [`Database`], which has the blog's tables: a schema of its own
//! on PostgreSQL, a database of its own on MySQL or MariaDB, one in memory on
//! SQLite. Dropping it removes them. Nothing that it runs is seen by perfguard.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// How many tests use servers at a time: each takes a few connections, and
/// PostgreSQL has a hundred.
static SERVED: Semaphore = Semaphore::const_new(8);

/// How long a server may take to answer, or to let go of a table.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// MySQL or MariaDB.
    MySql,
    Postgres,
    Sqlite,
}

impl Backend {
    fn variable(self) -> &'static str {
        match self {
            Self::MySql => "PERFGUARD_TEST_MYSQL",
            Self::Postgres => "PERFGUARD_TEST_POSTGRES",
            Self::Sqlite => "",
        }
    }

    /// The mark of the first bound value in a statement written by hand.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::MySql | Self::Sqlite => "?",
            Self::Postgres => "$1",
        }
    }

    /// The type of a key that counts upwards.
    fn serial(self) -> &'static str {
        match self {
            Self::MySql => "INTEGER AUTO_INCREMENT PRIMARY KEY",
            Self::Postgres => "SERIAL PRIMARY KEY",
            Self::Sqlite => "INTEGER PRIMARY KEY",
        }
    }

    /// A server's own of two, MySQL's first.
    fn of<T>(self, [mysql, postgres]: &[T; 2]) -> &T {
        match self {
            Self::MySql | Self::Sqlite => mysql,
            Self::Postgres => postgres,
        }
    }

    /// Whether a server answers: asked once in a process, so that the tests of
    /// one that does not fail at once.
    async fn answers(self, server: &str) -> Result<(), String> {
        static ANSWERS: [OnceCell<Result<(), String>>; 2] = [const { OnceCell::const_new() }; 2];
        let answer = self.of(&ANSWERS).get_or_init(|| async {
            match tokio::time::timeout(PATIENCE, on_server(server, &["SELECT 1"])).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(without_password(&error.to_string(), server)),
                Err(_) => Err("it took too long".to_owned()),
            }
        });
        answer.await.clone()
    }

    /// The server's URL, or that there is none: said once in a process, and a
    /// failure where every test is required.
    ///
    /// # Panics
    /// If there is none and `PERFGUARD_REQUIRE_ALL` is set.
    #[must_use]
    pub fn server(self) -> Option<String> {
        perfguard_test_tools::server(self.variable())
    }
}

/// A blog of one test's own.
pub struct Database {
    backend: Backend,
    name: String,
    /// Of the database itself, as Diesel takes it.
    url: String,
    kind: Kind,
}

enum Kind {
    /// An in-memory database lives as long as a connection to it.
    Embedded(std::sync::Mutex<SqliteConnection>),
    Served {
        server: String,
        _turn: SemaphorePermit<'static>,
    },
}

impl Database {
    /// A database with `posts` posts, each by its own author; `None` if there
    /// is no server for it.
    ///
    /// # Panics
    /// If the server does not answer.
    pub async fn create(backend: Backend, posts: u32) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("perfguard_blog_{}_{number}", std::process::id());
        let database = match backend {
            Backend::Sqlite => Self::embedded(name),
            Backend::MySql | Backend::Postgres => {
                let server = backend.server()?;
                let turn = SERVED.acquire().await.expect("it is never closed");
                Self::served(backend, name, server, turn).await
            }
        };
        let mut statements = vec![
            format!(
                "CREATE TABLE authors (id {}, name TEXT NOT NULL, email TEXT)",
                backend.serial()
            ),
            "CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, title TEXT NOT NULL)"
                .to_owned(),
        ];
        if posts > 0 {
            let list =
                |row: &dyn Fn(u32) -> String| (1..=posts).map(row).collect::<Vec<_>>().join(", ");
            statements.push(format!(
                "INSERT INTO authors (name) VALUES {}",
                list(&|i| format!("('author {i}')"))
            ));
            statements.push(format!(
                "INSERT INTO posts (id, author_id, title) VALUES {}",
                list(&|i| format!("({i}, {i}, 'post {i}')"))
            ));
        }
        let statements: Vec<_> = statements.iter().map(String::as_str).collect();
        database.run(&statements).await;
        Some(database)
    }

    fn embedded(name: String) -> Self {
        let url = format!("file:{name}?mode=memory&cache=shared");
        let mut connection = SqliteConnection::establish(&url).expect("sqlite opens");
        connection.set_instrumentation(None::<Box<dyn diesel::connection::Instrumentation>>);
        Self {
            backend: Backend::Sqlite,
            name,
            url,
            kind: Kind::Embedded(std::sync::Mutex::new(connection)),
        }
    }

    async fn served(
        backend: Backend,
        name: String,
        server: String,
        turn: SemaphorePermit<'static>,
    ) -> Self {
        if let Err(error) = backend.answers(&server).await {
            panic!(
                "{} names a server that does not answer: {error}\nstart it, or unset the variable \
                 to skip its tests (CONTRIBUTING.md says how to start one)",
                backend.variable(),
            );
        }
        on_server(&server, &[&format!("CREATE {} {name}", noun(backend))])
            .await
            .unwrap_or_else(|error| {
                panic!(
                    "the user of {} may not create a {}: {}",
                    backend.variable(),
                    noun(backend).to_lowercase(),
                    without_password(&error.to_string(), &server),
                )
            });
        Self {
            backend,
            url: url_of(backend, &name, &server),
            name,
            kind: Kind::Served {
                server,
                _turn: turn,
            },
        }
    }

    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// As Diesel and diesel-async take it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As SeaORM takes it.
    #[must_use]
    pub fn sea_orm_url(&self) -> String {
        match self.backend {
            Backend::MySql | Backend::Postgres => self.url.clone(),
            Backend::Sqlite => format!("sqlite:{}", self.url),
        }
    }

    /// Runs statements that perfguard does not see.
    pub async fn run(&self, statements: &[&str]) {
        match &self.kind {
            Kind::Embedded(connection) => {
                let mut connection = connection.lock().expect("nobody panicked with it");
                for sql in statements {
                    connection.batch_execute(sql).expect("it runs");
                }
            }
            Kind::Served { .. } => on_server(&self.url, statements).await.expect("it runs"),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Kind::Served { server, .. } = &self.kind else {
            return;
        };
        let cascade = match self.backend {
            Backend::Postgres => " CASCADE",
            Backend::MySql | Backend::Sqlite => "",
        };
        let drop = format!("DROP {} {}{cascade}", noun(self.backend), self.name);
        // A thread of its own: this one may be a runtime's.
        let dropped = std::thread::scope(|threads| {
            let dropped = threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime starts");
                runtime.block_on(async {
                    tokio::time::timeout(PATIENCE, on_server(server, &[&drop])).await
                })
            });
            dropped.join()
        });
        if !std::thread::panicking() {
            let dropped = dropped.expect("it ends").expect("nobody holds it");
            dropped.expect("it is removed");
        }
    }
}

fn noun(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "SCHEMA",
        Backend::MySql | Backend::Sqlite => "DATABASE",
    }
}

/// The URL of a schema, or of a database, on a server.
fn url_of(backend: Backend, name: &str, server: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    match backend {
        Backend::Postgres => {
            let others = if options.is_empty() { "" } else { "&" };
            format!("{address}?{options}{others}options=-csearch_path%3D{name}")
        }
        Backend::MySql | Backend::Sqlite => {
            let mut parts: Vec<_> = address.splitn(4, '/').collect();
            parts.truncate(3);
            let others = if options.is_empty() { "" } else { "?" };
            format!("{}/{name}{others}{options}", parts.join("/"))
        }
    }
}

/// Runs statements on a connection that is watched by nobody.
async fn on_server(url: &str, statements: &[&str]) -> Result<(), DbErr> {
    let db = connect(url).await?;
    let mut result = Ok(());
    for sql in statements {
        result = db.execute_unprepared(sql).await.map(|_| ());
        if result.is_err() {
            break;
        }
    }
    let closed = db.close().await;
    result.and(closed)
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

/// What a driver said, without the password of the URL that it got.
fn without_password(said: &str, url: &str) -> String {
    let user = url
        .split_once("://")
        .and_then(|(_, rest)| rest.rsplit_once('@'))
        .map_or("", |(user, _)| user);
    match user.split_once(':') {
        Some((_, password)) if !password.is_empty() => said.replace(password, "..."),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Backend, url_of, without_password};

    #[test]
    fn the_url_of_a_server_becomes_that_of_a_database() {
        for (backend, server, url) in [
            (
                Backend::Postgres,
                "postgres://user:word@host:5432/test",
                "postgres://user:word@host:5432/test?options=-csearch_path%3Dmine",
            ),
            (
                Backend::Postgres,
                "postgres://host/test?sslmode=disable",
                "postgres://host/test?sslmode=disable&options=-csearch_path%3Dmine",
            ),
            (
                Backend::MySql,
                "mysql://root@host:3306/test",
                "mysql://root@host:3306/mine",
            ),
            (Backend::MySql, "mysql://host", "mysql://host/mine"),
            (
                Backend::MySql,
                "mysql://host/test?ssl-mode=DISABLED",
                "mysql://host/mine?ssl-mode=DISABLED",
            ),
        ] {
            assert_eq!(url_of(backend, "mine", server), url);
        }
    }

    #[test]
    fn a_password_is_not_repeated() {
        for (said, url, repeated) in [
            (
                "no such host: s3cret@host",
                "mysql://root:s3cret@host/test",
                "no such host: ...@host",
            ),
            ("refused", "mysql://root@host/test", "refused"),
            ("refused", "mysql://root:@host/test", "refused"),
            ("refused", "mysql://host:3306/test", "refused"),
        ] {
            assert_eq!(without_password(said, url), repeated);
        }
    }
}
