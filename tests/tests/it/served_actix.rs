//! The same behind actix-web's middleware.

use std::pin::pin;
use std::task::Poll;

use actix_web::body::{BodySize, MessageBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, Error, HttpResponse, error};
use futures::{StreamExt as _, stream};
use perfguard::actix_web::ScopeMiddleware;
use perfguard::testing::observe;
use perfguard::{Budget, Report, Scope};
use perfguard_tests::diesel_blog::{Pool, connection, find_author, latest, pool};
use perfguard_tests::sea_orm_blog;
use sea_orm::DatabaseConnection;

use crate::support::{opaque, rules};

/// Answers with the name of the scope that it runs in.
async fn name() -> String {
    Scope::current().map_or_else(String::new, |scope| scope.name().to_owned())
}

async fn plain(pool: Data<Pool>) -> String {
    // Handlers need not be `Send`.
    let kept = std::rc::Rc::new(());
    let posts = latest(&mut connection(&pool), 2).len();
    futures::future::ready(()).await;
    let all = latest(&mut connection(&pool), 20).len();
    drop(kept);
    format!("{posts} of {all}")
}

#[perfguard::query_budget(max = 2)]
async fn annotated(pool: Data<Pool>) -> String {
    plain(pool).await
}

async fn looping(pool: Data<Pool>) -> HttpResponse {
    for id in 1..=opaque(3) {
        find_author(&mut connection(&pool), id);
    }
    HttpResponse::Accepted()
        .insert_header(("x-kept", "yes"))
        .body("five!")
}

/// Twenty names, each asked for when it is about to be sent.
async fn names(db: Data<DatabaseConnection>) -> HttpResponse {
    let db = DatabaseConnection::clone(&db);
    let names = stream::unfold((db, 1), |(db, id)| async move {
        if id > 20 {
            return None;
        }
        let author = sea_orm_blog::find_author(&db, id).await;
        Some((Ok::<_, Error>(Bytes::from(author.name)), (db, id + 1)))
    });
    HttpResponse::Ok().streaming(names)
}

async fn pending(pool: Data<Pool>) -> HttpResponse {
    let answer = looping(pool).await;
    std::future::pending::<()>().await;
    answer
}

async fn refused() -> Result<String, Error> {
    Err(error::ErrorImATeapot("refused"))
}

/// An application with everything above, behind the middleware.
macro_rules! app {
    ($scopes:expr) => {{
        let db = sea_orm_blog::connect(20).await;
        let posts = web::scope("/blog/{name}")
            .route("/posts/{id}", web::get().to(name))
            .route("/posts", web::route().to(name));
        init_service(
            App::new()
                .wrap($scopes)
                .app_data(Data::new(pool(20)))
                .app_data(Data::new(db))
                .service(posts)
                .route("/plain", web::get().to(plain))
                .route("/annotated", web::get().to(annotated))
                .route("/loop", web::route().to(looping))
                .route("/names", web::get().to(names))
                .route("/pending", web::get().to(pending))
                .route("/refused", web::get().to(refused))
                .default_service(web::to(name)),
        )
        .await
    }};
}

async fn text<B: MessageBody>(response: ServiceResponse<B>) -> String {
    let body = to_bytes(response.into_body()).await.ok().unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn asked(scopes: ScopeMiddleware, path: &str) -> (String, Report) {
    observe(async {
        let app = app!(scopes);
        let request = TestRequest::get().uri(path).to_request();
        text(call_service(&app, request).await).await
    })
    .await
}

fn is_cancelled(report: &Report, path: &str) -> bool {
    let text = report.to_string();
    assert!(text.contains(path), "{text}");
    text.contains(&format!("{path}, cancelled\n"))
}

#[actix_web::test]
async fn a_request_is_named_by_its_whole_pattern() {
    for (path, expected) in [
        ("/blog/acme/posts/7?secret", "GET /blog/{name}/posts/{id}"),
        ("/blog/acme/posts", "GET /blog/{name}/posts"),
        ("/blog/acme/secret", "GET unmatched"),
        ("/secret", "GET unmatched"),
    ] {
        assert_eq!(asked(ScopeMiddleware::new(), path).await.0, expected);
    }
    let app = app!(ScopeMiddleware::new());
    let method = "SECRET".parse().unwrap();
    let request = TestRequest::with_uri("/blog/a/posts").method(method);
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(text(response).await, "other /blog/{name}/posts");
}

#[actix_web::test]
async fn a_route_without_an_attribute_is_held_to_the_middleware_s_budget() {
    let (answer, report) = asked(ScopeMiddleware::new().budget(Budget::new(1)), "/plain").await;
    assert_eq!(answer, "2 of 20");
    assert_eq!(rules(&report), ["query-budget"], "{report}");
    assert!(report.to_string().contains("GET /plain\n  2 statements"));
    let none = ScopeMiddleware::new().budget(Budget::new(0));
    let (_, report) = asked(none, "/annotated").await;
    assert!(report.findings().is_empty(), "{report}");
}

#[actix_web::test]
async fn what_a_body_asks_while_it_is_sent_counts_for_its_request() {
    let (answer, report) = asked(ScopeMiddleware::new(), "/names").await;
    assert!(answer.ends_with("author 20"), "{answer}");
    let text = report.to_string();
    assert!(text.contains("GET /names\n  20 statements"), "{text}");
}

#[actix_web::test]
async fn an_answer_is_as_it_was() {
    let (response, _) = observe(async {
        let app = app!(ScopeMiddleware::new());
        let request = TestRequest::get().uri("/loop").to_request();
        call_service(&app, request).await
    })
    .await;
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers().get("x-kept").unwrap(), "yes");
    assert_eq!(response.response().body().size(), BodySize::Sized(5));
    assert_eq!(text(response).await, "five!");
    let (answer, _) = asked(ScopeMiddleware::new(), "/refused").await;
    assert_eq!(answer, "refused");
}

#[actix_web::test]
async fn a_client_that_leaves_ends_the_request() {
    for (method, path, chunks, expected) in [
        ("GET", "/loop", 0, true),
        ("GET", "/loop", 1, false),
        ("HEAD", "/loop", 0, false),
        ("GET", "/names", 3, true),
    ] {
        let ((), report) = observe(async {
            let app = app!(ScopeMiddleware::new());
            let request = TestRequest::with_uri(path).method(method.parse().unwrap());
            let response = call_service(&app, request.to_request()).await;
            let mut body = pin!(response.into_body());
            for _ in 0..chunks {
                std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
            }
        })
        .await;
        assert_eq!(is_cancelled(&report, path), expected, "{method} {path}");
    }
    let ((), report) = observe(async {
        let app = app!(ScopeMiddleware::new());
        let request = TestRequest::get().uri("/pending").to_request();
        let mut answer = pin!(call_service(&app, request));
        for _ in 0..3 {
            assert!(matches!(futures::poll!(answer.as_mut()), Poll::Pending));
        }
    })
    .await;
    assert!(is_cancelled(&report, "/pending"), "{report}");
}

#[perfguard::test]
#[actix_web::test]
#[should_panic = "2 statements, at most 1 allowed"]
async fn a_test_answers_with_the_report_and_fails() {
    let app = app!(ScopeMiddleware::new().budget(Budget::new(1)));
    let request = TestRequest::get().uri("/plain").to_request();
    let response = call_service(&app, request).await;
    assert_eq!(response.status(), 500);
    let answer = text(response).await;
    assert!(answer.contains("query-budget: 2 statements"), "{answer}");
}

#[perfguard::test]
#[test]
#[should_panic = "n-plus-one: 20 times"]
fn a_served_application_fails_the_test_that_made_the_middleware() {
    use std::io::{Read as _, Write as _};

    // A server builds its application on threads that know no test.
    let scopes = ScopeMiddleware::new();
    let (address, addresses) = std::sync::mpsc::channel();
    let served = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let db = sea_orm_blog::connect(20).await;
            let server = actix_web::HttpServer::new(move || {
                App::new()
                    .wrap(scopes.clone())
                    .app_data(Data::new(db.clone()))
                    .route("/names", web::get().to(names))
            });
            let server = server.workers(1).bind("127.0.0.1:0").unwrap();
            let bound = server.addrs()[0];
            let server = server.run();
            address.send((bound, server.handle())).unwrap();
            server.await.unwrap();
        });
    });
    let (address, handle) = addresses.recv().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request = "GET /names HTTP/1.1\r\nhost: l\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("author 20"), "{answer}");
    drop(handle.stop(false));
    served.join().unwrap();
}

#[actix_web::test]
async fn numbers_are_told_where_the_application_says_so() {
    let scopes =
        ScopeMiddleware::new().server_timing(|request| request.headers().contains_key("x-debug"));
    let (told, _) = observe(async {
        let app = app!(scopes);
        let mut told = Vec::new();
        for debug in ["x-debug", "x-other"] {
            let request = TestRequest::get().uri("/loop").insert_header((debug, "1"));
            let response = call_service(&app, request.to_request()).await;
            let header = response.headers().get("server-timing");
            told.push(header.map(|it| it.to_str().unwrap().to_owned()));
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

#[actix_web::test]
async fn a_stream_of_nothing_ends() {
    let (size, _) = observe(async {
        let app = init_service(App::new().wrap(ScopeMiddleware::new()).route(
            "/",
            web::to(|| async {
                HttpResponse::Ok().streaming(stream::empty::<Result<Bytes, Error>>().boxed_local())
            }),
        ))
        .await;
        let request = TestRequest::get().to_request();
        text(call_service(&app, request).await).await.len()
    })
    .await;
    assert_eq!(size, 0);
}
