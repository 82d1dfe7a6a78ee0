//! A driver of the tests' own, where rows and binds are what a test says.

use perfguard::adapter::{self, Adapter, BindHasher, Binds, Completion, Connection, Orm, Query};
use perfguard::statement::Dialect;

static ADAPTER: Adapter = Adapter::new("the tests");

pub(crate) const POSTS: &str = "SELECT * FROM posts WHERE blog_id = 7 LIMIT 20";
pub(crate) const COMMENTS: &str = "SELECT * FROM comments WHERE post_id = ? LIMIT 5";
pub(crate) const AUTHOR: &str = "SELECT name FROM authors WHERE id = ?";

pub(crate) fn bind(value: u64) -> Binds {
    let mut hasher = BindHasher::new();
    hasher.write(&value);
    hasher.finish()
}

/// Says that the driver is there.
pub(crate) fn connected() {
    ADAPTER.installed();
    ADAPTER.connected();
}

/// A connection that tells what happens to it.
pub(crate) fn connect() -> Connection {
    ADAPTER.installed();
    ADAPTER.connect(Dialect::Sqlite)
}

/// Runs a statement; what is `None` is unknown.
pub(crate) fn run(sql: &str, value: Option<u64>, rows: Option<u64>) {
    connected();
    let mut completion = Completion::new();
    if let Some(rows) = rows {
        completion = completion.rows(rows);
    }
    let query = Query::new(sql, Dialect::Sqlite)
        .orm(Orm::SeaOrm)
        .binds(value.map_or(Binds::Unknown, bind))
        .completion(completion);
    adapter::record(&query);
}
