//! SeaORM's metric callback.

use std::sync::atomic::{AtomicBool, Ordering};

use perfguard_core::adapter::{self, Adapter, BindHasher, Binds, Completion, Glance, Orm, Query};
use perfguard_core::statement::Dialect;
use sea_orm::metric::Info;
use sea_orm::{DatabaseConnection, DbBackend, Statement};

use crate::transit;

pub(crate) static ADAPTER: Adapter = Adapter::new("SeaORM");

/// Whether any connection of the process has the callback.
static HAS_CALLBACK: AtomicBool = AtomicBool::new(false);

pub(crate) fn has_callback() -> bool {
    // Relaxed: a connection gets it before its first statement, on the thread
    // that hands it on.
    HAS_CALLBACK.load(Ordering::Relaxed)
}

/// Watches a connection and every clone that is made of it from now on.
///
/// Call it right after `Database::connect`: a clone made earlier is not
/// watched. Calling it again changes nothing. SeaORM has one callback per
/// connection: to keep one of your own use [`install_with`].
///
/// Mock and proxy connections have no callback; a warning says so, and
/// budgeted tests on them fail as `not-connected` rather than pass unseen.
/// [`Guarded`](crate::Guarded) counts there too.
pub fn install(db: &mut DatabaseConnection) {
    install_with(db, |_| {});
}

/// As [`install`], with your own metric callback beside perfguard's.
///
/// Yours is called for every statement, also for those that a
/// [`Guarded`](crate::Guarded) connection counts.
pub fn install_with(
    db: &mut DatabaseConnection,
    users_own: impl Fn(&Info<'_>) + Send + Sync + 'static,
) {
    ADAPTER.installed();
    HAS_CALLBACK.store(true, Ordering::Relaxed);
    match without_callback(db) {
        Some(connection) => tracing::warn!(
            target: "perfguard",
            "{connection} has no metric callback: its statements cannot be counted, unless it is wrapped in `Guarded`"
        ),
        None => ADAPTER.connected(),
    }
    db.set_metric_callback(move |info| {
        if !transit::takes(info) {
            record(info);
        }
        users_own(info);
    });
}

/// The connections whose callback SeaORM drops silently. Its variants depend
/// on SeaORM's features, which this crate does not know: their names do not.
fn without_callback(db: &DatabaseConnection) -> Option<&'static str> {
    match format!("{:?}", db.inner).as_str() {
        "MockDatabaseConnection" => Some("a mock connection"),
        "ProxyDatabaseConnection" => Some("a proxy connection"),
        "Disconnected" => Some("a connection that is not connected"),
        _ => None,
    }
}

/// Called in the poll that finishes the statement.
#[inline(never)]
fn record(info: &Info<'_>) {
    let completion = Completion::new().elapsed(info.elapsed).failed(info.failed);
    let query = Query::new(&info.statement.sql, dialect(info.statement.db_backend))
        .orm(Orm::SeaOrm)
        .completion(completion);
    if let Glance::Look = adapter::glance_text(&query) {
        let _complete = adapter::look(&query, || binds(info.statement));
    }
}

pub(crate) fn binds(statement: &Statement) -> Binds {
    let mut hasher = BindHasher::new();
    for value in statement.values.iter().flat_map(|values| &values.0) {
        hasher.write_debug(value);
    }
    hasher.finish()
}

pub(crate) fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::Postgres,
        DbBackend::Sqlite => Dialect::Sqlite,
        _ => Dialect::Ansi,
    }
}
