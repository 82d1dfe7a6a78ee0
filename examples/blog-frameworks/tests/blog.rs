//! What perfguard says of the routes under `cargo test`.
#![allow(clippy::unwrap_used)]

use actix_web::test;
use blog_diesel::db::Pool;
use blog_frameworks::{on_actix, on_rocket};
use perfguard::testing::observe;
use rocket::local::asynchronous::Client;

/// A database of its own; to be made outside of what is observed.
fn pool() -> Pool {
    perfguard::diesel::install().unwrap();
    blog_diesel::db::open().unwrap()
}

/// The status and the text of an answer by actix-web.
async fn by_actix(pool: Pool, path: &str) -> (u16, String) {
    let app = actix_web::App::new()
        .wrap(on_actix::scopes())
        .configure(|config| on_actix::configure(config, pool));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri(path).to_request();
    let response = test::call_service(&app, request).await;
    let status = response.status().as_u16();
    let body = test::read_body(response).await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// The status and the text of an answer by Rocket.
async fn by_rocket(pool: Pool, path: &str) -> (u16, String) {
    let rocket = rocket::build().manage(pool).mount("/", on_rocket::all());
    let client = Client::untracked(rocket).await.unwrap();
    let response = client.get(path.to_owned()).dispatch().await;
    let status = response.status().code;
    (status, response.into_string().await.unwrap())
}

#[actix_web::test]
async fn both_answer_the_same_and_the_bad_route_runs_too_many_queries() {
    let (good, report) = observe(by_actix(pool(), "/posts")).await;
    assert_eq!((good.0, report.queries()), (200, 1));
    for (bad, report) in [
        observe(by_actix(pool(), "/bad/posts")).await,
        observe(by_rocket(pool(), "/bad/posts")).await,
    ] {
        assert_eq!(bad, good);
        assert_eq!(report.queries(), 21);
        let text = report.to_string();
        assert!(
            text.contains("query budget broken: GET /bad/posts"),
            "{text}"
        );
        assert!(text.contains("21 statements, at most 3 allowed"), "{text}");
        assert!(text.contains("n-plus-one: 20 times"), "{text}");
    }
    let (answer, report) = observe(by_rocket(pool(), "/posts")).await;
    assert_eq!((answer, report.queries()), (good, 1));
}

#[perfguard::test]
#[actix_web::test]
#[should_panic = "query budget broken: GET /bad/posts"]
async fn behind_actix_a_broken_budget_is_answered_with_the_report() {
    let (status, report) = by_actix(pool(), "/bad/posts").await;
    assert_eq!(status, 500);
    assert!(
        report.contains("21 statements, at most 3 allowed"),
        "{report}"
    );
}

#[perfguard::test]
#[tokio::test]
#[should_panic = "query budget broken: GET /bad/posts"]
async fn behind_rocket_a_broken_budget_is_answered_with_the_report() {
    let (status, report) = by_rocket(pool(), "/bad/posts").await;
    assert_eq!(status, 500);
    assert!(
        report.contains("21 statements, at most 3 allowed"),
        "{report}"
    );
}
