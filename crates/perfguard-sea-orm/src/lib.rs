//! Connects [SeaORM](sea_orm) to [perfguard](https://docs.rs/perfguard).
//!
//! One call per connection ([`install`]), before it is cloned. It uses the
//! metric callback of `DatabaseConnection`, which runs on the task and the
//! stack that ran the statement, inside transactions and streams too.
//!
//! What SeaORM tells: the statement, the bound values (of which only a keyed
//! hash is kept), the time, errors. What it does not tell: how many rows came
//! back, `execute_unprepared`, statements that were cancelled, and errors in
//! the middle of a stream. Mock and proxy connections have no callback.

use perfguard_core::adapter::{self, Adapter, BindHasher, Binds, Completion, Orm, Query};
use perfguard_core::statement::Dialect;
use sea_orm::metric::Info;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

static ADAPTER: Adapter = Adapter::new("SeaORM");

/// Watches a connection and every clone that is made of it from now on.
///
/// Call it right after `Database::connect`: a clone made earlier is not
/// watched. Calling it again changes nothing. SeaORM has one callback per
/// connection: to keep one of your own use [`install_with`].
///
/// A mock connection has no callback; a warning says so, and budgeted tests
/// on it fail as `not-connected` rather than pass unseen.
pub fn install(db: &mut DatabaseConnection) {
    install_with(db, |_| {});
}

/// As [`install`], with your own metric callback beside perfguard's.
pub fn install_with(
    db: &mut DatabaseConnection,
    users_own: impl Fn(&Info<'_>) + Send + Sync + 'static,
) {
    ADAPTER.installed();
    if db.is_mock_connection() {
        tracing::warn!(
            target: "perfguard",
            "a mock connection has no metric callback: its statements cannot be counted"
        );
    } else {
        ADAPTER.connected();
    }
    db.set_metric_callback(move |info| {
        record(info);
        users_own(info);
    });
}

/// Called in the poll that finishes the statement.
#[inline(never)]
fn record(info: &Info<'_>) {
    if !adapter::is_scoped() {
        adapter::record_unattributed();
        return;
    }
    let completion = Completion::new().elapsed(info.elapsed).failed(info.failed);
    let query = Query::new(&info.statement.sql, dialect(info.statement.db_backend))
        .orm(Orm::SeaOrm)
        .binds(binds(info.statement))
        .completion(completion);
    let _complete = adapter::record(&query);
}

fn binds(statement: &Statement) -> Binds {
    let mut hasher = BindHasher::new();
    for value in statement.values.iter().flat_map(|values| &values.0) {
        hasher.write_debug(value);
    }
    hasher.finish()
}

fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::Postgres,
        DbBackend::Sqlite => Dialect::Sqlite,
        _ => Dialect::Ansi,
    }
}
