//! What an application decides about its Live view.

use std::fmt;

use perfguard_core::Error;

use crate::guard::{Guard, Hosts, Token};
use crate::view::{LiveView, Look};

/// A Live view that is to be opened.
///
/// # Who may look
///
/// - In a build without `debug_assertions`, which a release build is, nobody
///   without a [`token`](Self::token): [`open`](Self::open) refuses to start.
///   In any build it does so where a [`host`](Self::host) is named.
/// - A request has to be for a host that is known: `localhost`, `127.0.0.1`
///   and `[::1]` with any port, and those named here. So no page of another
///   name that is made to lead to this machine can read the view (DNS
///   rebinding).
/// - A browser that says that another site asks is refused, and no header
///   allows other sites anything.
/// - Only GET and HEAD are answered, and there is nothing to change.
///
/// Without a token the host is all that is asked for, which only browsers are
/// honest about: let such a server listen on loopback alone.
#[derive(Clone, Default)]
#[must_use = "a dashboard shows nothing until it is opened"]
pub struct Dashboard {
    token: Option<String>,
    hosts: Vec<String>,
    path: String,
    resolve_call_sites: Option<bool>,
}

impl Dashboard {
    /// One that is shown on loopback alone, at any path.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the secret that who looks has to know: 16 characters at least,
    /// such as `openssl rand -hex 16` prints.
    ///
    /// A program sends it as `Authorization: Bearer ..`. A browser gets a form,
    /// or is given the address with `?token=..` once; from then on it sends a
    /// cookie, which does not hold the token and is worthless after the process
    /// has ended.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Names a further host that the view may be asked for by, without a port:
    /// `admin.example.com`. A token is required then, and browsers keep its
    /// cookie over https only.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Says where it is mounted, such as `/perfguard`.
    ///
    /// Then the cookie is sent there and nowhere else, and a framework may hand
    /// over whole paths. Without it the cookie goes to all of the host, and the
    /// path has to be what follows the mount, as axum's `nest_service` does it.
    pub fn mounted_at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Whether a page names the lines that ran what was found: only in builds
    /// with `debug_assertions` where nobody says otherwise.
    ///
    /// It happens when somebody looks, on the thread that answers. The first
    /// address that a process resolves reads its debug information, 0.1 to 1
    /// second and about 100 MB for a large binary.
    pub fn resolve_call_sites(mut self, resolve: bool) -> Self {
        self.resolve_call_sites = Some(resolve);
        self
    }

    /// Opens the view: give it to [`Settings::sink`] and mount it.
    ///
    /// [`Settings::sink`]: perfguard_core::Settings::sink
    ///
    /// # Errors
    /// If there is no token in a build without `debug_assertions`, or for a
    /// host that is not loopback; if a token is too short or has other than
    /// visible ASCII characters; if a host is none; if the path does not begin
    /// with a slash; if the system has no random numbers.
    pub fn open(self) -> Result<LiveView, Error> {
        self.open_in(cfg!(debug_assertions))
    }

    /// The same, where `is_debug` says what build it is.
    pub(crate) fn open_in(self, is_debug: bool) -> Result<LiveView, Error> {
        let path = self.path.trim_end_matches('/');
        let is_path = |sign: char| sign.is_ascii_graphic() && !";,\"\\?#".contains(sign);
        if !(path.is_empty() || path.starts_with('/') && path.chars().all(is_path)) {
            return Err(Error::settings(
                "the path of a dashboard begins with a slash and is plain: `/perfguard`",
            ));
        }
        let token = self.token.as_deref().map(Token::new).transpose()?;
        if token.is_none() && !self.hosts.is_empty() {
            return Err(Error::settings(
                "a dashboard for another host than loopback needs a token: `Dashboard::new().token(..)`",
            ));
        }
        if token.is_none() && !is_debug {
            return Err(Error::settings(
                "a dashboard needs a token in a build without `debug_assertions`: `Dashboard::new().token(..)`, 16 characters or more, from the environment and not from the source",
            ));
        }
        let guard = Guard::new(token, Hosts::new(&self.hosts)?, path);
        let look = Look {
            resolves: self.resolve_call_sites.unwrap_or(is_debug),
        };
        Ok(LiveView::new(guard, look))
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the token.
        f.debug_struct("Dashboard")
            .field("has_token", &self.token.is_some())
            .field("hosts", &self.hosts)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
