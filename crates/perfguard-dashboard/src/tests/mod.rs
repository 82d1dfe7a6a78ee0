//! What the view shows, to whom, and how much of it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

mod bounds;
mod browser;
mod hostile;
#[path = "../../../perfguard-report/tests/it/payloads/list.rs"]
mod payloads;
mod refusals;
mod server;
mod shown;

use std::time::{Duration, Instant};

use http::request::Parts;
use http::{Method, Request, Response};
use perfguard_core::sink::ScopeEnd;

use crate::store::{Course, Entry, Found, Place, Ran, Step};
use crate::{Dashboard, LiveView};

const TOKEN: &str = "correct-horse-battery";

/// A view that asks for [`TOKEN`].
fn guarded() -> LiveView {
    Dashboard::new().token(TOKEN).open().unwrap()
}

/// A view that asks for none.
fn open() -> LiveView {
    Dashboard::new().open_in(true).unwrap()
}

/// A request as it comes over HTTP/1.
fn request(method: Method, target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The answer to a GET of the browser's user.
fn get(view: &LiveView, target: &str) -> Response<String> {
    view.respond(&request(Method::GET, target, &[("host", "localhost:3000")]))
}

/// A scope that holds this text wherever it can hold one.
fn entry(root: u64, text: &str, at: Instant) -> Entry {
    let found = Found {
        rule: text.to_owned(),
        count: 20,
        distinct: Some(20),
        statement: Some(text.to_owned()),
        explanation: Some(text.to_owned()),
        fix: text.to_owned(),
        page: text.to_owned(),
        place: Place::Known(text.to_owned()),
    };
    let ran = Ran {
        name: text.to_owned(),
        place: Some(text.to_owned()),
        end: ScopeEnd::Completed,
        queries: 21,
        rows: None,
        elapsed: Some(Duration::from_millis(7)),
        findings: vec![found],
        findings_lost: 1,
        details_dropped: 1,
    };
    let step = |start, elapsed, failed| Step {
        start: Duration::from_millis(start),
        elapsed,
        failed,
        statement: 0,
    };
    let course = Course {
        length: Duration::from_millis(10),
        steps: vec![
            step(1, Some(Duration::from_millis(2)), false),
            step(5, None, true),
        ],
        statements: vec![(text.to_owned(), Some(text.to_owned()))],
        missing: 3,
    };
    Entry {
        root,
        at,
        ran: ran.clone(),
        inside: vec![ran],
        inside_lost: 2,
        course: Some(course),
    }
}
