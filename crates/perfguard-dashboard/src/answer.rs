//! Answers, each with the headers that keep it where it belongs.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};

use crate::page;

/// Nothing is loaded, framed, kept or read by another site.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, page::POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

pub(crate) fn page(html: String) -> Response<String> {
    answer(StatusCode::OK, HTML, html)
}

#[cfg(feature = "json")]
pub(crate) fn json(json: String) -> Response<String> {
    answer(StatusCode::OK, "application/json", json)
}

/// Sends who has brought the token to the same address without it.
pub(crate) fn greeting(cookie: &str) -> Response<String> {
    let mut response = answer(StatusCode::SEE_OTHER, TEXT, String::new());
    // Where the view is mounted only the client knows: a query alone keeps the
    // path, and an empty one takes the place of the token's.
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("?"));
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// To a request of somebody else's page, or for somebody else's host.
pub(crate) fn foreign() -> Response<String> {
    answer(StatusCode::FORBIDDEN, TEXT, "refused\n".to_owned())
}

pub(crate) fn only_reads() -> Response<String> {
    let mut response = answer(
        StatusCode::METHOD_NOT_ALLOWED,
        TEXT,
        "there is nothing to change here\n".to_owned(),
    );
    let allowed = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// To who does not know the token: the same for each path.
pub(crate) fn stranger() -> Response<String> {
    let mut response = answer(StatusCode::UNAUTHORIZED, HTML, page::form());
    let bearer = HeaderValue::from_static("Bearer");
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, bearer);
    response
}

pub(crate) fn nothing() -> Response<String> {
    answer(
        StatusCode::NOT_FOUND,
        TEXT,
        "there is nothing here, or not any more\n".to_owned(),
    )
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
