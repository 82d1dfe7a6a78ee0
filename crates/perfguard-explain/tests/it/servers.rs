//! The servers that the environment names, as `tests/src/servers.rs` of the
//! workspace has them: a schema, or a database, for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use perfguard_test_tools::server;
use sea_orm::{ConnectionTrait, Database};

/// A place of a test's own on a server.
pub(crate) struct Place {
    server: String,
    pub(crate) name: String,
    is_schema: bool,
    /// As Diesel and SeaORM take it.
    pub(crate) url: String,
}

fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("explain_{}_{number}", std::process::id())
}

impl Place {
    pub(crate) async fn on_postgres() -> Option<Self> {
        let url = server("PERFGUARD_TEST_POSTGRES")?;
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
        let url = server("PERFGUARD_TEST_MYSQL")?;
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
