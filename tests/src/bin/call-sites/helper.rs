//! What may be said to be a library's.

use perfguard::adapter::{self, BindHasher, Query};
use perfguard::statement::Dialect;

pub(crate) fn query(id: u64) -> Query<'static> {
    let mut binds = BindHasher::new();
    binds.write(&id);
    Query::new("SELECT name FROM authors WHERE id = ?", Dialect::Sqlite).binds(binds.finish())
}

pub(crate) fn find(id: u64) {
    adapter::record(&query(id));
}
