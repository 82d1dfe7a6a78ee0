//! The view that an application has opened.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use http::request::Parts;
use http::{Method, Request, Response};
use perfguard_core::Scope;
use perfguard_core::sink::{Ended, Sink};

use crate::answer;
use crate::guard::{Guard, Refusal, Verdict};
use crate::page;
use crate::request;
use crate::store::{Entry, Ran, Shown, Store};

/// A Live view: a [`Sink`] that keeps the last scopes, and a service that shows
/// them.
///
/// Cloning gives another handle on the same view. It keeps the last 50
/// outermost scopes that have ended, each for ten minutes, and what has ended
/// inside them; 2 MiB and half a MiB of what is still open at most. It holds no
/// bound value and no literal.
///
/// As a service it fits `tower` and whatever takes its services, such as
/// `axum::Router::nest_service`. For others there is
/// [`respond`](Self::respond).
#[derive(Clone)]
pub struct LiveView {
    shared: Arc<Shared>,
}

struct Shared {
    guard: Guard,
    look: Look,
    /// Held for the few instructions that move an entry; what is dropped under
    /// it is our own.
    store: Mutex<Store>,
}

/// How things are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Whether the lines of findings are asked for.
    pub(crate) resolves: bool,
}

impl LiveView {
    pub(crate) fn new(guard: Guard, look: Look) -> Self {
        let store = Mutex::new(Store::new());
        Self {
            shared: Arc::new(Shared { guard, look, store }),
        }
    }

    /// Answers one request: all that the service does, for frameworks that have
    /// services of another kind.
    ///
    /// It looks at the method, the address and the headers. It neither blocks
    /// nor asks a database. The answer has all headers that it needs, and
    /// belongs to the client as it is.
    ///
    /// ```
    /// # let view = perfguard_dashboard::Dashboard::new().token("a-secret-of-16-bytes").open()?;
    /// let (parts, ()) = http::Request::get("/").body(()).unwrap_or_default().into_parts();
    /// // Nobody has said for which host.
    /// assert_eq!(view.respond(&parts).status(), 403);
    /// # Ok::<(), perfguard_core::Error>(())
    /// ```
    #[must_use]
    pub fn respond(&self, request: &Parts) -> Response<String> {
        // A request for the view is nothing to show in it.
        if let Some(scope) = Scope::current() {
            self.store().disown(scope.root_number());
        }
        let verdict = self.shared.guard.check(request);
        let mut response = match verdict {
            Verdict::Admitted => self.answer(request),
            Verdict::Greeted(cookie) => answer::greeting(&cookie),
            Verdict::Refused(Refusal::Foreign) => answer::foreign(),
            Verdict::Refused(Refusal::Method) => answer::only_reads(),
            Verdict::Refused(Refusal::Stranger) => answer::stranger(),
        };
        if request.method == Method::HEAD {
            response.body_mut().clear();
        }
        response
    }

    fn answer(&self, request: &Parts) -> Response<String> {
        match self.shared.guard.below(request.uri.path()) {
            "" | "/" => match request::value(&request.uri, "scope") {
                Some(number) => {
                    let number = number.parse().ok();
                    let shown = self.shown();
                    let mut entries = shown.entries.iter();
                    let found = entries.find(|it| Some(it.root) == number);
                    found.map_or_else(answer::nothing, |it| answer::page(page::scope(it, &shown)))
                }
                None => {
                    let refreshes = request::value(&request.uri, "refresh").is_some();
                    answer::page(page::overview(&self.shown(), refreshes))
                }
            },
            #[cfg(feature = "json")]
            "/data.json" => answer::json(crate::json::write(&self.shown())),
            _ => answer::nothing(),
        }
    }

    fn shown(&self) -> Shown {
        self.store().shown(Instant::now())
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        // Nothing in there panics half-way.
        let store = self.shared.store.lock();
        store.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LiveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveView").finish_non_exhaustive()
    }
}

impl Sink for LiveView {
    fn scope_ended(&self, ended: &Ended<'_>) {
        let (resolves, now) = (self.shared.look.resolves, Instant::now());
        if ended.is_root() {
            let entry = Entry::of(ended, resolves, now);
            self.store().end(entry, now);
        } else {
            let ran = Ran::of(ended, resolves);
            self.store().end_inside(ended.root_number(), ran, now);
        }
    }

    fn name(&self) -> &'static str {
        "the dashboard"
    }

    fn wants_timeline(&self) -> bool {
        true
    }
}

impl<B> tower_service::Service<Request<B>> for LiveView {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        ready(Ok(self.respond(&parts)))
    }
}
