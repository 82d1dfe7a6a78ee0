//! A request's scope lasts to the end of its answer's body, whoever ends it.

use std::convert::Infallible;
use std::pin::pin;
use std::task::Poll;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures::StreamExt as _;
use futures::stream;
use http_body_util::BodyExt as _;
use perfguard::Report;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard_tests::diesel_blog::{Pool, connection, find_author, pool};
use perfguard_tests::sea_orm_blog;
use sea_orm::DatabaseConnection;
use tower::{ServiceBuilder, ServiceExt as _};

use crate::served::{ask, request};
use crate::support::opaque;

/// Twenty names, each asked for when it is about to be sent.
async fn stream(State(db): State<DatabaseConnection>) -> Body {
    let names = stream::unfold((db, 1), |(db, id)| async move {
        if id > 20 {
            return None;
        }
        let author = sea_orm_blog::find_author(&db, id).await;
        Some((Ok::<_, Infallible>(author.name + "\n"), (db, id + 1)))
    });
    Body::from_stream(names)
}

async fn streaming() -> Router {
    Router::new()
        .route("/names", get(stream))
        .with_state(sea_orm_blog::connect(20).await)
        .layer(ScopeLayer::new())
}

/// Runs a loop, so that a report tells of it, and answers with what `answer`
/// makes.
fn looping(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Router {
    let handler = move |State(pool): State<Pool>| async move {
        for id in 1..=opaque(3) {
            find_author(&mut connection(&pool), id);
        }
        answer()
    };
    Router::new()
        .route("/loop", axum::routing::any(handler))
        .with_state(pool(3))
        .layer(ScopeLayer::new())
}

/// What is reported of a request whose body is left after so many frames.
async fn left_after(router: Router, method: &str, frames: usize) -> Report {
    let ((), report) = observe(async {
        let mut request = request("/loop");
        *request.method_mut() = method.parse().unwrap();
        let response = router.oneshot(request).await.unwrap();
        let mut body = response.into_body();
        for _ in 0..frames {
            body.frame().await.unwrap().unwrap();
        }
    })
    .await;
    report
}

fn is_cancelled(report: &Report) -> bool {
    let text = report.to_string();
    assert!(text.contains("/loop"), "{text}");
    text.contains("/loop, cancelled\n")
}

#[tokio::test]
async fn what_a_body_asks_while_it_is_sent_counts_for_its_request() {
    let (body, report) = observe(async {
        let response = streaming().await.oneshot(request("/names")).await;
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap().to_bytes()
    })
    .await;
    assert_eq!(body.split(|byte| *byte == b'\n').count(), 21);
    assert_eq!(report.queries(), 20);
    let text = report.to_string();
    assert!(text.contains("GET /names\n  20 statements"), "{text}");
}

#[perfguard::test]
#[tokio::test(flavor = "multi_thread")]
#[should_panic = "n-plus-one: 20 times"]
async fn what_breaks_while_a_body_is_sent_fails_the_test_and_not_the_client() {
    let answer = ask(streaming().await, "/names").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("author 20"), "{answer}");
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_request() {
    let answers = || Response::new(Body::from_stream(chunks(3)));
    assert!(is_cancelled(&left_after(looping(answers), "GET", 0).await));
    assert!(is_cancelled(&left_after(looping(answers), "GET", 2).await));
    assert!(!is_cancelled(
        &left_after(looping(answers), "HEAD", 0).await
    ));
}

fn chunks(chunks: usize) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(0..chunks).map(|_| Ok(Bytes::from_static(b"chunk")))
}

#[tokio::test]
async fn a_request_that_was_not_answered_is_cancelled() {
    let ((), report) = observe(async {
        let router = Router::new()
            .route(
                "/loop",
                get(|State(pool): State<Pool>| async move {
                    for id in 1..=opaque(3) {
                        find_author(&mut connection(&pool), id);
                    }
                    std::future::pending::<()>().await;
                }),
            )
            .with_state(pool(3))
            .layer(ScopeLayer::new());
        let mut answer = pin!(router.oneshot(request("/loop")));
        for _ in 0..3 {
            let polled = futures::poll!(answer.as_mut());
            assert!(matches!(polled, Poll::Pending));
        }
    })
    .await;
    assert!(is_cancelled(&report), "{report}");
}

#[tokio::test]
async fn what_a_server_need_not_poll_to_its_end_is_not_cancelled() {
    type Answer = fn() -> Response;
    let whole: [(Answer, usize); 6] = [
        (|| ().into_response(), 0),
        // The length is known: a server drops it when it has that much.
        (|| "five!".into_response(), 1),
        (
            || {
                let length = [("content-length", "10")];
                (length, Body::from_stream(chunks(2))).into_response()
            },
            2,
        ),
        (
            || {
                let switched = Response::builder().status(101);
                switched.body(Body::from_stream(chunks(1))).unwrap()
            },
            0,
        ),
        (
            || {
                let empty = Response::builder().status(204);
                empty.body(Body::from_stream(chunks(1))).unwrap()
            },
            0,
        ),
        (|| Response::new(Body::from_stream(chunks(2))), 2),
    ];
    for (index, (answer, frames)) in whole.into_iter().enumerate() {
        let report = left_after(looping(answer), "GET", frames).await;
        // The last one does not tell that nothing more follows.
        assert_eq!(is_cancelled(&report), index == 5, "{index}: {report}");
    }
    let part = || {
        let length = [("content-length", "10")];
        (length, Body::from_stream(chunks(2))).into_response()
    };
    assert!(is_cancelled(&left_after(looping(part), "GET", 1).await));
}

#[tokio::test]
async fn a_served_answer_that_was_read_is_not_cancelled() {
    for answer in [
        (|| "five!".into_response()) as fn() -> Response,
        || Response::new(Body::from_stream(chunks(3))),
        || ().into_response(),
    ] {
        let (_, report) = observe(async {
            let router = looping(answer);
            ask(router, "/loop").await.unwrap()
        })
        .await;
        assert!(!is_cancelled(&report), "{report}");
    }
}

/// A body that counts how it is asked.
struct Told;

impl http_body::Body for Told {
    type Data = std::io::Cursor<Vec<u8>>;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(7)
    }
}

#[tokio::test]
async fn a_body_is_as_it_was_behind_any_service() {
    use http_body::Body as _;

    let service = ServiceBuilder::new().layer(ScopeLayer::new()).service_fn(
        |_: axum::http::Request<()>| async {
            let mut response = Response::new(Told);
            response
                .headers_mut()
                .insert("x-kept", "yes".parse().unwrap());
            *response.status_mut() = axum::http::StatusCode::ACCEPTED;
            Ok::<_, Infallible>(response)
        },
    );
    let response = service.oneshot(axum::http::Request::new(())).await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["x-kept"], "yes");
    assert_eq!(response.headers().len(), 1);
    assert!(response.body().is_end_stream());
    assert_eq!(response.body().size_hint().exact(), Some(7));
    assert!(response.into_body().frame().await.is_none());
}
