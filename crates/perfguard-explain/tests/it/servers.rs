//! The servers that the environment names, as `tests/src/servers.rs` of the
//! workspace has them: a schema, or a database, for each test.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, Database};

/// A place of a test's own on a server.
pub(crate) struct Place {
    server: String,
    pub(crate) name: String,
    is_schema: bool,
    /// As Diesel and SeaORM take it.
    pub(crate) url: String,
}

fn server(variable: &str, said: &'static Once) -> Option<String> {
    if let Some(url) = std::env::var(variable).ok().filter(|url| !url.is_empty()) {
        return Some(url);
    }
    assert!(
        std::env::var_os("PERFGUARD_REQUIRE_ALL").is_none(),
        "{variable} is not set, and every test is required here: CONTRIBUTING.md says how to start \
         a server"
    );
    said.call_once(|| {
        // Not through a macro: the test harness would keep that to itself.
        let _ = writeln!(
            std::io::stderr(),
            "\nSKIPPED: {variable} is not set (CONTRIBUTING.md)\n"
        );
    });
    None
}

fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("explain_{}_{number}", std::process::id())
}

impl Place {
    pub(crate) async fn on_postgres() -> Option<Self> {
        static SAID: Once = Once::new();
        let url = server("PERFGUARD_TEST_POSTGRES", &SAID)?;
        let name = name();
        let db = Database::connect(&url).await.expect("PostgreSQL answers");
        let create = format!("CREATE SCHEMA {name}");
        db.execute_unprepared(&create)
            .await
            .expect("a schema is made");
        let sign = if url.contains('?') { '&' } else { '?' };
        Some(Self {
            url: format!("{url}{sign}options=-csearch_path%3D{name}"),
            server: url,
            name,
            is_schema: true,
        })
    }

    pub(crate) async fn on_mysql() -> Option<Self> {
        static SAID: Once = Once::new();
        let url = server("PERFGUARD_TEST_MYSQL", &SAID)?;
        let name = name();
        let db = Database::connect(&url).await.expect("MySQL answers");
        let create = format!("CREATE DATABASE {name}");
        db.execute_unprepared(&create)
            .await
            .expect("a database is made");
        let address = url.split('?').next().unwrap_or(&url);
        let (host, _) = address.rsplit_once('/').expect("the URL names a database");
        Some(Self {
            url: format!("{host}/{name}"),
            server: url,
            name,
            is_schema: false,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let drop = match self.is_schema {
            true => format!("DROP SCHEMA {} CASCADE", self.name),
            false => format!("DROP DATABASE {}", self.name),
        };
        let server = &self.server;
        // A thread of its own: this one may be a runtime's.
        let removed = std::thread::scope(|threads| {
            let removing = threads.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.expect("a runtime starts").block_on(async {
                    let db = Database::connect(server).await.expect("the server answers");
                    db.execute_unprepared(&drop).await.expect("it is removed");
                });
            });
            removing.join()
        });
        if !std::thread::panicking() {
            removed.expect("it ends");
        }
    }
}
