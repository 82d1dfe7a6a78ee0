//! Who may look, and by which way.
//!
//! What is asked first tells least: whether the request comes from a page of
//! somebody else, then whether it is one that reads, then whether it knows the
//! token. Only who knows it learns which paths there are.

mod host;
mod token;

use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};

pub(crate) use host::Hosts;
pub(crate) use token::Token;

use crate::request;

/// Tells what a browser knows of the page that asks.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Looks at each request first.
pub(crate) struct Guard {
    token: Option<Token>,
    hosts: Hosts,
    /// Where the view is mounted, without a slash at the end.
    path: String,
}

/// What comes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Admitted,
    /// It brings the token, for a cookie with this value.
    Greeted(String),
    Refused(Refusal),
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Of another site, or for a host that is none of ours.
    Foreign,
    /// It might change something.
    Method,
    /// It does not know the token.
    Stranger,
}

impl Guard {
    pub(crate) fn new(token: Option<Token>, hosts: Hosts, path: &str) -> Self {
        Self {
            token,
            hosts,
            path: path.to_owned(),
        }
    }

    pub(crate) fn check(&self, request: &Parts) -> Verdict {
        let Some(is_loopback) = self.is_ours(request) else {
            return Verdict::Refused(Refusal::Foreign);
        };
        if request.method != Method::GET && request.method != Method::HEAD {
            return Verdict::Refused(Refusal::Method);
        }
        let Some(token) = &self.token else {
            return Verdict::Admitted;
        };
        let query = request::value(&request.uri, "token");
        if query.is_some_and(|it| token.is(&it)) {
            return Verdict::Greeted(token.cookie(&self.path, !is_loopback));
        }
        if token.is_known_by(&request.headers) {
            Verdict::Admitted
        } else {
            Verdict::Refused(Refusal::Stranger)
        }
    }

    /// The path below where the view is mounted.
    pub(crate) fn below<'a>(&self, path: &'a str) -> &'a str {
        let below = path.strip_prefix(self.path.as_str());
        let is_below = |it: &&str| it.is_empty() || it.starts_with('/');
        below.filter(is_below).unwrap_or(path)
    }

    /// Whether the request is for a host of ours, and from nobody else's page:
    /// then whether that host is this machine.
    fn is_ours(&self, request: &Parts) -> Option<bool> {
        let host = single(&request.headers, &header::HOST)?;
        // HTTP/2 and requests to a proxy have it in the address.
        let authority = request.uri.authority().map(|it| it.as_str());
        let named = host.or(authority)?;
        let is_loopback = self.hosts.knows(named)?;
        if authority.is_some_and(|it| self.hosts.knows(it).is_none()) {
            return None;
        }
        if let Some(origin) = single(&request.headers, &header::ORIGIN)? {
            let (_, from) = origin.split_once("://")?;
            from.eq_ignore_ascii_case(named).then_some(())?;
        }
        match single(&request.headers, &SEC_FETCH_SITE)? {
            None | Some("none" | "same-origin") => Some(is_loopback),
            Some(_) => None,
        }
    }
}

/// A header that may be there once; `None` where it is twice, or no text.
#[expect(clippy::option_option, reason = "the outer one is a refusal")]
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return None;
    }
    match first {
        Some(value) => Some(Some(value.to_str().ok()?)),
        None => Some(None),
    }
}
