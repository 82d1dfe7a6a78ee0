//! The attribute beside other attributes, in either order, and the place and
//! the name that it gives a scope.

use axum::extract::State;
use perfguard::testing::{observe, observe_sync};
use perfguard::{Scope, query_budget};
use tower::ServiceExt as _;

/// The name of the scope that the caller's body runs in.
fn scope() -> String {
    Scope::current().expect("a scope is open").name().to_owned()
}

#[axum::debug_handler]
#[query_budget(max = 3, allow_empty)]
async fn below_debug_handler(State(()): State<()>) -> String {
    scope()
}

#[query_budget(max = 3, allow_empty)]
#[axum::debug_handler]
async fn above_debug_handler(State(()): State<()>) -> String {
    scope()
}

#[tokio::test]
async fn axum_handlers() {
    let router = axum::Router::new()
        .route("/below", axum::routing::get(below_debug_handler))
        .route("/above", axum::routing::get(above_debug_handler))
        .with_state(());
    for order in ["below", "above"] {
        let request = axum::http::Request::get(format!("/{order}")).body(axum::body::Body::empty());
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1_000)
            .await
            .unwrap();
        assert_eq!(body, format!("it::attribute::{order}_debug_handler"));
    }
}

mod actix {
    use super::{query_budget, scope};
    use actix_web::{App, get, test};

    #[get("/below")]
    #[query_budget(max = 3, allow_empty)]
    async fn below_route() -> String {
        scope()
    }

    #[query_budget(max = 3, allow_empty)]
    #[get("/above")]
    async fn above_route() -> String {
        scope()
    }

    #[actix_web::test]
    async fn actix_routes() {
        let app = test::init_service(App::new().service(below_route).service(above_route)).await;
        for order in ["below", "above"] {
            let request = test::TestRequest::get()
                .uri(&format!("/{order}"))
                .to_request();
            let body = test::call_and_read_body(&app, request).await;
            assert_eq!(body, format!("it::attribute::actix::{order}_route"));
        }
    }
}

mod rocket_routes {
    // Rocket's code generation looks for the crate at the root.
    use super::{query_budget, scope};
    use rocket::{get, local::asynchronous::Client, routes};

    #[get("/below")]
    #[query_budget(max = 3, allow_empty)]
    async fn below_route() -> String {
        scope()
    }

    #[query_budget(max = 3, allow_empty)]
    #[get("/above")]
    async fn above_route() -> String {
        scope()
    }

    #[get("/sync")]
    #[query_budget(max = 3, allow_empty)]
    fn sync_route() -> String {
        scope()
    }

    #[tokio::test]
    async fn rocket_routes() {
        let config = rocket::Config {
            log_level: rocket::config::LogLevel::Off,
            ..rocket::Config::debug_default()
        };
        let rocket =
            rocket::custom(config).mount("/", routes![below_route, above_route, sync_route]);
        let client = Client::untracked(rocket).await.unwrap();
        for order in ["below", "above", "sync"] {
            let answer = client.get(format!("/{order}")).dispatch().await;
            let body = answer.into_string().await.unwrap();
            assert_eq!(body, format!("it::attribute::rocket_routes::{order}_route"));
        }
    }
}

#[tokio::test]
#[query_budget(max = 3, allow_empty)]
async fn below_a_test_attribute() {
    assert_eq!(scope(), "it::attribute::below_a_test_attribute");
}

#[query_budget(max = 3, allow_empty)]
#[tokio::test]
async fn above_a_test_attribute() {
    assert_eq!(scope(), "it::attribute::above_a_test_attribute");
}

#[perfguard::test]
fn a_test_needs_no_other_attribute() {
    assert_eq!(scope(), "it::attribute::a_test_needs_no_other_attribute");
}

#[async_trait::async_trait]
trait Repository {
    async fn by_trait(&self) -> String;
}

struct Blog;

#[async_trait::async_trait]
impl Repository for Blog {
    #[query_budget(max = 3, allow_empty)]
    async fn by_trait(&self) -> String {
        tokio::task::yield_now().await;
        scope()
    }
}

impl Blog {
    #[query_budget(max = 3, allow_empty)]
    async fn by_method(&self) -> String {
        scope()
    }

    #[query_budget(max = 3, allow_empty, name = "the name given")]
    fn named(&self) -> String {
        scope()
    }
}

#[tokio::test]
async fn methods_are_named_by_their_type() {
    assert_eq!(Blog.by_method().await, "it::attribute::Blog::by_method");
    assert_eq!(Blog.named(), "the name given");
    let blog: Box<dyn Repository> = Box::new(Blog);
    let name = blog.by_trait().await;
    assert!(
        name.contains("it::attribute::Blog") && name.ends_with("::by_trait"),
        "{name}"
    );
}

const PLACE: u32 = line!() + 5;

#[query_budget(max = 0)]
// Other attributes stand between this one and the function.
#[must_use]
fn placed() -> u8 {
    perfguard::adapter::record(&perfguard::Query::new(
        "SELECT count(*) FROM t",
        perfguard::statement::Dialect::Sqlite,
    ));
    1
}

#[test]
fn the_place_is_the_functions_own_line() {
    let failed = std::panic::catch_unwind(placed);
    let report = failed.unwrap_err().downcast::<String>().unwrap();
    let place = format!("it::attribute::placed ({}:{PLACE})", file!());
    assert!(report.contains(&place), "no `{place}` in {report}");
}

#[test]
fn the_known_rules_are_the_rules_that_exist() {
    let (_, report) = observe_sync(placed);
    assert_eq!(report.findings()[0].rule(), "query-budget");
    // What the attribute accepts is tested in its own crate, against this list.
    assert!(perfguard::rules::IDS.is_sorted());
}

#[tokio::test]
async fn the_future_stays_send() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let ((), report) = observe(is_send(async {
        is_send(below_debug_handler(State(()))).await;
    }))
    .await;
    assert_eq!(report.queries(), 0);
}
