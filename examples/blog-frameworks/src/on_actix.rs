//! The blog on actix-web.

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, get};
use blog_diesel::db::Pool;
use diesel::prelude::*;
use perfguard::actix_web::ScopeMiddleware;

use crate::{BUDGET, headlines, headlines_one_by_one};

/// One scope a request; to be made once, and cloned for each worker.
#[must_use]
pub fn scopes() -> ScopeMiddleware {
    ScopeMiddleware::new()
        .budget(BUDGET)
        .server_timing(|request| request.headers().contains_key("x-debug"))
}

/// All routes, on the given database.
pub fn configure(config: &mut ServiceConfig, pool: Pool) {
    config
        .app_data(Data::new(pool))
        .service(posts)
        .service(bad_posts);
}

#[get("/posts")]
async fn posts(pool: Data<Pool>) -> Result<String, Error> {
    run(pool, headlines).await
}

#[get("/bad/posts")]
async fn bad_posts(pool: Data<Pool>) -> Result<String, Error> {
    run(pool, headlines_one_by_one).await
}

/// Runs sync Diesel code where it may block, in the scope of the request.
async fn run(
    pool: Data<Pool>,
    body: fn(&mut SqliteConnection) -> QueryResult<Vec<String>>,
) -> Result<String, Error> {
    let run = perfguard::in_current_scope(move || {
        let headlines = body(&mut *pool.get()?)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(headlines)
    });
    let headlines = web::block(run).await?;
    Ok(headlines.map_err(ErrorInternalServerError)?.concat())
}
