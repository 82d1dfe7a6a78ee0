//! Plans are not read in production. A process of its own, because the
//! settings are the process's.
#![expect(clippy::expect_used, reason = "a test that cannot go on")]

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use perfguard_core::adapter::{self, Query};
use perfguard_core::statement::Dialect;
use perfguard_core::{Enforcement, Scope, Settings};
use perfguard_explain::check;

#[test]
fn a_report_of_production_is_refused() {
    let settings = Settings::new().enforcement(Enforcement::Warn);
    settings.install().expect("nothing was installed before");
    let mut connection = SqliteConnection::establish(":memory:").expect("it opens");
    connection
        .batch_execute("CREATE TABLE posts (id INTEGER, user_id INTEGER)")
        .expect("a table");
    let scope = Scope::new("nightly");
    let _ = scope.in_scope(|| {
        adapter::record(&Query::new(
            "SELECT id FROM posts WHERE user_id = ?",
            Dialect::Sqlite,
        ))
    });
    let error = check(&mut connection, &scope.close()).expect_err("it is refused");
    assert!(error.is_explain());
    let said = error.to_string();
    assert!(
        said.contains("`nightly`") && said.contains("testing::observe"),
        "{said}"
    );
}
