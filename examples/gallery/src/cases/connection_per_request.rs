//! How many posts there are. Before: on a connection of its own. After: on one
//! of the pool. SeaORM has no version: its connection is a pool.
#![expect(
    deprecated,
    reason = "the compiler warns of these mistakes: they are what is shown"
)]

use axum::extract::State;
use axum::routing::get;
use diesel::Connection as _;
use diesel::prelude::*;

use crate::case::Case;
use crate::failed::Failed;
use crate::in_diesel::blog::posts;
use crate::in_diesel::{Connection, Diesel};

pub(super) const CASE: Case = Case::new(
    "connection per request",
    "/count",
    &["connection-per-request"],
)
.diesel(|| get(before), || get(after));

#[perfguard::query_budget(max = 1)]
async fn before(State(diesel): State<Diesel>) -> Result<String, Failed> {
    let count = perfguard::in_current_scope(move || -> Result<i64, Failed> {
        let mut connection = Connection::establish(&diesel.url)?;
        Ok(posts::table.count().get_result(&mut connection)?)
    });
    let count = tokio::task::spawn_blocking(count).await??;
    Ok(count.to_string())
}

#[perfguard::query_budget(max = 1)]
async fn after(State(diesel): State<Diesel>) -> Result<String, Failed> {
    let count = diesel.run(|conn| posts::table.count().get_result::<i64>(conn));
    Ok(count.await?.to_string())
}
