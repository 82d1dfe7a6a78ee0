//! The blog on Rocket.

use blog_diesel::db::Pool;
use diesel::prelude::*;
use perfguard::rocket::ScopeRoutes;
use rocket::http::Status;
use rocket::{Route, State, get, routes};

use crate::{BUDGET, headlines, headlines_one_by_one};

/// All routes, with one scope a request.
#[must_use]
pub fn all() -> Vec<Route> {
    ScopeRoutes::new()
        .budget(BUDGET)
        .server_timing(|request| request.headers().contains("x-debug"))
        .wrap(routes![posts, bad_posts])
}

#[get("/posts")]
async fn posts(pool: &State<Pool>) -> Result<String, Status> {
    run(pool, headlines).await
}

#[get("/bad/posts")]
async fn bad_posts(pool: &State<Pool>) -> Result<String, Status> {
    run(pool, headlines_one_by_one).await
}

/// Runs sync Diesel code where it may block, in the scope of the request.
async fn run(
    pool: &Pool,
    body: fn(&mut SqliteConnection) -> QueryResult<Vec<String>>,
) -> Result<String, Status> {
    let pool = pool.clone();
    let run = perfguard::in_current_scope(move || {
        let mut conn = pool.get().map_err(|_| Status::ServiceUnavailable)?;
        body(&mut conn).map_err(|_| Status::InternalServerError)
    });
    let headlines = rocket::tokio::task::spawn_blocking(run).await;
    let headlines = headlines.map_err(|_| Status::InternalServerError)??;
    Ok(headlines.concat())
}
