//! What a request's scope is called.

use std::borrow::Cow;

/// `GET /posts/{id}`, and `GET unmatched` where there is no route. Never the
/// path of a request, which holds what a client wrote.
pub(crate) fn named(method: &'static str, route: Option<&str>) -> Cow<'static, str> {
    match route {
        Some(route) => format!("{method} {route}").into(),
        None => unmatched(method).into(),
    }
}

/// A method that is known; a client may write any other word.
pub(crate) fn method(written: &str) -> &'static str {
    METHODS
        .into_iter()
        .find(|known| *known == written)
        .unwrap_or("other")
}

const METHODS: [&str; 9] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
];

fn unmatched(method: &str) -> &'static str {
    match method {
        "GET" => "GET unmatched",
        "POST" => "POST unmatched",
        "PUT" => "PUT unmatched",
        "DELETE" => "DELETE unmatched",
        "PATCH" => "PATCH unmatched",
        "HEAD" => "HEAD unmatched",
        "OPTIONS" => "OPTIONS unmatched",
        "CONNECT" => "CONNECT unmatched",
        "TRACE" => "TRACE unmatched",
        _ => "other unmatched",
    }
}

#[cfg(test)]
mod tests {
    use super::{METHODS, method, named};

    #[test]
    fn what_a_client_writes_is_in_no_name() {
        assert_eq!(named(method("GET"), Some("/posts/{id}")), "GET /posts/{id}");
        for known in METHODS {
            assert_eq!(named(method(known), None), format!("{known} unmatched"));
        }
        assert_eq!(named(method("get"), None), "other unmatched");
        assert_eq!(named(method("BREW"), Some("/pot")), "other /pot");
    }
}
