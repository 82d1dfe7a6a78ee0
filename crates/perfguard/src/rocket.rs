//! A scope for each request that a route of Rocket answers.
//!
//! A fairing hears of a request before and after it is answered, and cannot
//! hold anything around that. What can is the handler of a route: Rocket's code
//! generation puts the guards of a route, its data and its function into one.
//! [`ScopeRoutes`] wraps those handlers, and so sees what guards ask the
//! database as well as the function, and what a body asks while it is sent.
//!
//! ```
//! use perfguard::rocket::ScopeRoutes;
//!
//! #[rocket::get("/posts/<id>")]
//! fn post(id: u64) -> String {
//!     format!("post {id}")
//! }
//!
//! let scopes = ScopeRoutes::new();
//! let rocket = rocket::build().mount("/", scopes.wrap(rocket::routes![post]));
//! # drop(rocket);
//! ```
//!
//! # What is not seen
//!
//! - What fairings and catchers ask the database, and what an I/O handler does
//!   after an upgrade: it runs in no scope. An attribute gives a function there
//!   one of its own.
//! - Requests that no route answers: there is no scope `unmatched`. A route
//!   that forwards a request ends its scope, and the next one opens another.
//! - Clients that leave before the head is there: Rocket runs a handler to its
//!   end. A body that was begun and is dropped ends its request as cancelled;
//!   one that nobody read does not, because that is how Rocket answers HEAD.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ::rocket::data::Data;
use ::rocket::http::{ContentType, Header, Status};
use ::rocket::response::{Body, Response};
use ::rocket::route::{Handler, Outcome};
use ::rocket::tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use ::rocket::{Request, Route};
use perfguard_core::Budget;
use perfguard_core::generated;

use crate::served::{Delivery, Judged, Options, Running, SERVER_TIMING, method, named};

/// Gives each request that a route answers a scope, from its guards to the end
/// of its body.
///
/// Its parent is the scope that was current when this was made: what breaks a
/// budget on a server that a test starts fails that test.
///
/// Requests are named by method and route, with what it is mounted at: `GET
/// /blog/posts/<id>`. What a client wrote is in no name.
///
/// In a test a request that has broken a budget by the time its head is there
/// is answered with status 500 and the report; what breaks one only while the
/// body is sent fails the test, and the client has the answer. In production an
/// answer is never touched, and one warning is written when the scope has
/// ended, inside the span that was current when the handler was called.
#[derive(Clone, Debug, Default)]
pub struct ScopeRoutes {
    options: Options<Asks>,
}

/// Says which requests are answered with their numbers.
type Asks = dyn Fn(&Request<'_>) -> bool + Send + Sync;

impl ScopeRoutes {
    /// Requests of these routes belong to the scope that is current now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            options: Options::here(),
        }
    }

    /// Holds requests to a budget in which no annotated function runs. Where
    /// one runs, its attribute is what counts.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.options.set_budget(budget);
        self
    }

    /// Answers requests for which `asks` says so with a header `Server-Timing`,
    /// which browsers show beside the request: how many statements ran, how
    /// many rows they returned, how long they took and how many findings there
    /// are, up to the head of the answer.
    ///
    /// It holds numbers, in 256 bytes at most; rows and times that are unknown
    /// are left out. One that the application writes itself stays. Who may see
    /// the numbers is yours to say: they tell of your data. A predicate that
    /// panics says no.
    #[must_use]
    pub fn server_timing(
        mut self,
        asks: impl Fn(&Request<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.set_server_timing(Arc::new(asks));
        self
    }

    /// The same routes, whose handlers run in scopes.
    #[must_use]
    pub fn wrap(&self, routes: impl Into<Vec<Route>>) -> Vec<Route> {
        let mut routes = routes.into();
        for route in &mut routes {
            let handler = route.handler.clone();
            route.handler = Box::new(ScopedHandler {
                handler,
                options: self.options.clone(),
            });
        }
        routes
    }
}

/// A handler that runs in the scope of its request.
#[derive(Clone)]
struct ScopedHandler {
    handler: Box<dyn Handler>,
    options: Options<Asks>,
}

#[::rocket::async_trait]
impl Handler for ScopedHandler {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let options = &self.options;
        let method = method(request.method().as_str());
        let route = request.route().map(|route| route.uri.as_str());
        let scope = options.open(named(method, route));
        let is_timed = options.is_timed(|asks| asks(request));
        let running = Running::new(self.handler.handle(request, data), scope);
        let (outcome, scope) = running.await;
        answer(scope, method, is_timed, outcome).await
    }
}

/// Hands the request on to its body, or answers with the report.
async fn answer<'r>(
    mut scope: generated::Request,
    method: &str,
    is_timed: bool,
    outcome: Outcome<'r>,
) -> Outcome<'r> {
    let status = match &outcome {
        Outcome::Success(response) => response.status(),
        Outcome::Error(status) => *status,
        Outcome::Forward(_) => {
            let _ = scope.end();
            return outcome;
        }
    };
    let judged = Judged::of(&scope, status.code, is_timed);
    if let Some((report, scope)) = judged.failure(&mut scope) {
        match scope {
            Some(scope) => scope.in_scope(|| drop(outcome)),
            None => drop(outcome),
        }
        let mut failed = failed(report);
        tell(&judged, &mut failed);
        return Outcome::Success(failed);
    }
    match outcome {
        Outcome::Success(mut response) => {
            tell(&judged, &mut response);
            take_along(scope, method, &mut response).await;
            Outcome::Success(response)
        }
        other => {
            // A catcher answers, outside of any scope.
            let _ = scope.end();
            other
        }
    }
}

fn failed<'r>(report: String) -> Response<'r> {
    Response::build()
        .status(Status::InternalServerError)
        .header(ContentType::Plain)
        .sized_body(report.len(), io::Cursor::new(report))
        .finalize()
}

/// Adds what is known of the request to what the application says of itself.
fn tell(judged: &Judged, response: &mut Response<'_>) {
    if let Some(value) = judged.server_timing() {
        response.adjoin_header(Header::new(SERVER_TIMING, value));
    }
}

/// Gives the request to the body of its answer.
async fn take_along(mut scope: generated::Request, method: &str, response: &mut Response<'_>) {
    if response.body().is_none() {
        let _ = scope.end();
        return;
    }
    let status = response.status().code;
    let mut body = response.body_mut().take();
    // What Rocket would do later: a file is measured by its end.
    let size = Running::new(body.size(), scope);
    let (size, scope) = size.await;
    let chunk = body.max_chunk_size();
    let whole = size.map(|size| size as u64);
    let scoped = ScopedBody {
        body: Some(body),
        delivery: Delivery::new(scope, method, status, whole),
        is_begun: false,
    };
    match size {
        Some(size) => response.set_sized_body(size, scoped),
        None => response.set_streamed_body(scoped),
    }
    response.set_max_chunk_size(chunk);
}

/// A body that is read, and dropped, in the request's scope.
struct ScopedBody<'r> {
    body: Option<Body<'r>>,
    delivery: Delivery,
    is_begun: bool,
}

impl AsyncRead for ScopedBody<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else {
            return Poll::Ready(Ok(()));
        };
        this.is_begun = true;
        let before = buffer.filled().len();
        let has_room = buffer.remaining() > 0;
        let read = ready!(
            this.delivery
                .poll(|| Pin::new(body).poll_read(context, buffer))
        );
        match buffer.filled().len().saturating_sub(before) {
            0 if read.is_ok() && has_room => this.delivery.end(),
            0 => {}
            taken => this.delivery.took(taken),
        }
        if read.is_err() {
            this.delivery.note_end();
        }
        Poll::Ready(read)
    }
}

/// Of a body whose size is known Rocket asks for nothing that needs it.
impl AsyncSeek for ScopedBody<'_> {
    fn start_seek(self: Pin<&mut Self>, _: io::SeekFrom) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl Drop for ScopedBody<'_> {
    fn drop(&mut self) {
        if !self.is_begun {
            // As Rocket answers HEAD.
            self.delivery.note_end();
        }
        let body = self.body.take();
        self.delivery.leave(|| drop(body));
    }
}
