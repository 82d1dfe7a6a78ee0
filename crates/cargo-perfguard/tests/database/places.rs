//! Databases of a test's own: a file of SQLite, and a database on each server that the environment
//! names.

use std::sync::atomic::{AtomicU32, Ordering};

use perfguard_test_tools::server;
use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection};
use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    MySql,
    Postgres,
    Sqlite,
}

pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) url: String,
    /// What removes it, and where.
    server: Option<(String, String)>,
    _folder: TempDir,
}

impl Place {
    pub(super) fn all() -> Vec<Self> {
        let all = [Self::sqlite()].into_iter();
        all.chain(Self::postgres()).chain(Self::mysql()).collect()
    }

    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.db");
        std::fs::write(&path, "").unwrap();
        Self {
            kind: Kind::Sqlite,
            url: format!("sqlite://{}", path.display()),
            server: None,
            _folder: folder,
        }
    }

    pub(super) fn postgres() -> Option<Self> {
        Self::on(Kind::Postgres, "PERFGUARD_TEST_POSTGRES")
    }

    pub(super) fn mysql() -> Option<Self> {
        Self::on(Kind::MySql, "PERFGUARD_TEST_MYSQL")
    }

    fn on(kind: Kind, variable: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = server(variable)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("command_{}_{number}", std::process::id());
        run(kind, &server, &[format!("CREATE DATABASE {name}")]);
        let address = server.split('?').next().unwrap();
        let (host, _) = address.rsplit_once('/').unwrap();
        Some(Self {
            kind,
            url: format!("{host}/{name}"),
            server: Some((server, format!("DROP DATABASE {name}"))),
            _folder: tempfile::tempdir().unwrap(),
        })
    }

    pub(super) fn run(&self, statements: &[impl AsRef<str>]) {
        run(self.kind, &self.url, statements);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((server, drop)) = &self.server else {
            return;
        };
        // A second panic would hide the first.
        let removed = std::panic::catch_unwind(|| run(self.kind, server, &[drop]));
        assert!(removed.is_ok() || std::thread::panicking());
    }
}

fn run(kind: Kind, url: &str, statements: &[impl AsRef<str>]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    macro_rules! run {
        ($connection:ty) => {{
            let mut connection = <$connection>::connect(url).await.unwrap();
            for sql in statements {
                let sql = sqlx::AssertSqlSafe(sql.as_ref().to_owned());
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            connection.close().await.unwrap();
        }};
    }
    runtime.unwrap().block_on(async {
        match kind {
            Kind::MySql => run!(MySqlConnection),
            Kind::Postgres => run!(PgConnection),
            Kind::Sqlite => run!(SqliteConnection),
        }
    });
}
