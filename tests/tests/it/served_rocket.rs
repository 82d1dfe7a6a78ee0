//! The same around Rocket's routes.

use perfguard::rocket::ScopeRoutes;
use perfguard::testing::observe;
use perfguard::{Budget, Report, Scope};
use perfguard_tests::diesel_blog::{Pool, connection, find_author, latest, pool};
use perfguard_tests::sea_orm_blog;
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::stream::TextStream;
use rocket::{State, get, post, routes};
use sea_orm::DatabaseConnection;

use crate::support::{opaque, rules};

/// The name of the scope that it runs in.
fn scope() -> String {
    Scope::current().map_or_else(String::new, |scope| scope.name().to_owned())
}

#[get("/posts/<id>?<page>")]
async fn name(id: u32, page: Option<u32>) -> String {
    let _ = (id, page);
    scope()
}

#[post("/posts")]
fn posted() -> String {
    scope()
}

/// A guard that asks the database three times.
struct User;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Some(pool) = request.rocket().state::<Pool>() else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        for id in 1..=opaque(3) {
            find_author(&mut connection(pool), id);
        }
        Outcome::Success(Self)
    }
}

#[get("/guarded")]
fn guarded(_user: User) -> &'static str {
    "five!"
}

#[get("/plain")]
fn plain(pool: &State<Pool>) -> String {
    let conn = &mut connection(pool);
    let posts = latest(conn, 2).len();
    format!("{posts} of {}", latest(conn, 20).len())
}

#[get("/annotated")]
#[perfguard::query_budget(max = 2)]
fn annotated(pool: &State<Pool>) -> String {
    plain(pool)
}

/// Twenty names, each asked for when it is about to be sent.
#[get("/names")]
fn names(db: &State<DatabaseConnection>) -> TextStream![String + '_] {
    TextStream! {
        for id in 1..=20 {
            yield sea_orm_blog::find_author(db.inner(), id).await.name;
        }
    }
}

#[get("/refused")]
fn refused(_user: User) -> Status {
    Status::ImATeapot
}

#[get("/refused/<_..>", rank = 2)]
fn forwarded() -> Result<String, Status> {
    Err(Status::NotFound)
}

async fn client(scopes: ScopeRoutes) -> Client {
    let config = rocket::Config {
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let routes = routes![
        name, posted, guarded, plain, annotated, names, refused, forwarded
    ];
    let rocket = rocket::custom(config)
        .manage(pool(20))
        .manage(sea_orm_blog::connect(20).await)
        .mount("/blog", scopes.wrap(routes));
    Client::untracked(rocket).await.unwrap()
}

async fn asked(scopes: ScopeRoutes, path: &str) -> (String, Report) {
    let path = path.to_owned();
    observe(async move {
        let client = client(scopes).await;
        let answer = client.get(path).dispatch().await;
        answer.into_string().await.unwrap_or_default()
    })
    .await
}

fn is_cancelled(report: &Report) -> bool {
    let text = report.to_string();
    assert!(text.contains("GET /blog/"), "{text}");
    text.contains(", cancelled\n")
}

#[tokio::test]
async fn a_request_is_named_by_its_route_and_where_that_is_mounted() {
    for (path, expected) in [
        ("/blog/posts/7?page=3", "GET /blog/posts/<id>?<page>"),
        ("/blog/posts/7", "GET /blog/posts/<id>?<page>"),
    ] {
        assert_eq!(asked(ScopeRoutes::new(), path).await.0, expected);
    }
    let client = client(ScopeRoutes::new()).await;
    let answer = client.post("/blog/posts").dispatch().await;
    assert_eq!(answer.into_string().await.unwrap(), "POST /blog/posts");
}

#[tokio::test]
async fn guards_are_seen_and_the_answer_is_as_it_was() {
    let (answer, report) = asked(ScopeRoutes::new(), "/blog/guarded").await;
    assert_eq!(answer, "five!");
    assert_eq!(rules(&report), ["n-plus-one"], "{report}");
    let text = report.to_string();
    assert!(text.contains("GET /blog/guarded\n  3 statements"), "{text}");
    let (response, _) = observe(async {
        let client = client(ScopeRoutes::new()).await;
        let response = client.get("/blog/guarded").dispatch().await;
        let length = response.body().preset_size();
        let kind = response.content_type().map(|it| it.to_string());
        (response.status().code, length, kind)
    })
    .await;
    let kind = Some("text/plain; charset=utf-8".to_owned());
    assert_eq!(response, (200, Some(5), kind));
}

#[tokio::test]
async fn what_a_route_refuses_a_catcher_answers() {
    let (status, report) = observe(async {
        let client = client(ScopeRoutes::new()).await;
        client.get("/blog/refused").dispatch().await.status().code
    })
    .await;
    assert_eq!(status, 418);
    assert_eq!(rules(&report), ["n-plus-one"], "{report}");
    assert!(!is_cancelled(&report), "{report}");
}

#[tokio::test]
async fn a_route_without_an_attribute_is_held_to_a_budget() {
    let (answer, report) = asked(ScopeRoutes::new().budget(Budget::new(1)), "/blog/plain").await;
    assert_eq!(answer, "2 of 20");
    assert_eq!(rules(&report), ["query-budget"], "{report}");
    let none = ScopeRoutes::new().budget(Budget::new(0));
    let (_, report) = asked(none, "/blog/annotated").await;
    assert!(report.findings().is_empty(), "{report}");
}

#[tokio::test]
async fn what_a_body_asks_while_it_is_sent_counts_for_its_request() {
    let (answer, report) = asked(ScopeRoutes::new(), "/blog/names").await;
    assert!(answer.ends_with("author 20"), "{answer}");
    let text = report.to_string();
    assert!(text.contains("GET /blog/names\n  20 statements"), "{text}");
    assert!(!is_cancelled(&report), "{report}");
}

#[tokio::test]
async fn a_client_that_leaves_while_it_is_sent_ends_the_request() {
    use rocket::tokio::io::AsyncReadExt as _;

    let ((), report) = observe(async {
        let client = client(ScopeRoutes::new()).await;
        let mut response = client.get("/blog/names").dispatch().await;
        let mut some = [0; 40];
        response.read_exact(&mut some).await.unwrap();
    })
    .await;
    assert!(is_cancelled(&report), "{report}");
    // Rocket answers HEAD by not reading the answer to GET.
    let (length, report) = observe(async {
        let client = client(ScopeRoutes::new()).await;
        let response = client.head("/blog/guarded").dispatch().await;
        response.body().preset_size()
    })
    .await;
    assert_eq!(length, Some(5));
    assert!(!is_cancelled(&report), "{report}");
}

#[perfguard::test]
#[tokio::test]
#[should_panic = "2 statements, at most 1 allowed"]
async fn a_test_answers_with_the_report_and_fails() {
    let client = client(ScopeRoutes::new().budget(Budget::new(1))).await;
    let response = client.get("/blog/plain").dispatch().await;
    assert_eq!(response.status().code, 500);
    let answer = response.into_string().await.unwrap();
    assert!(answer.contains("query-budget: 2 statements"), "{answer}");
}

#[tokio::test]
async fn numbers_are_told_where_the_application_says_so() {
    let scopes = ScopeRoutes::new().server_timing(|request| request.headers().contains("x-debug"));
    let (told, _) = observe(async {
        let client = client(scopes).await;
        let mut told = Vec::new();
        for debug in ["x-debug", "x-other"] {
            let request = client.get("/blog/guarded").header(Header::new(debug, "1"));
            let response = request.dispatch().await;
            let header = response.headers().get_one("server-timing");
            told.push(header.map(str::to_owned));
        }
        told
    })
    .await;
    let [Some(numbers), None] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(numbers.contains("db-queries;desc=\"3\""), "{numbers}");
    assert!(numbers.ends_with("db-findings;desc=\"1\""), "{numbers}");
}
