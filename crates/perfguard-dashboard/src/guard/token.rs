//! The secret that who looks has to know.

use std::fmt::Write;
use std::hint::black_box;

use http::{HeaderMap, header};
use perfguard_core::Error;

/// As many characters as a token has at least.
const SHORTEST: usize = 16;

/// The cookie that a browser gets for the token.
const COOKIE: &str = "perfguard_dashboard";

/// How long a browser keeps it: a day's work.
const MAX_AGE: u32 = 12 * 60 * 60;

pub(crate) struct Token {
    token: String,
    /// What the cookie holds: made anew by each process, so that it is not
    /// known from the token, nor the other way round.
    session: String,
}

impl Token {
    pub(crate) fn new(token: &str) -> Result<Self, Error> {
        let is_visible = token.bytes().all(|it| it.is_ascii_graphic());
        if token.len() < SHORTEST || !is_visible {
            return Err(Error::settings(format!(
                "the token of a dashboard has to have {SHORTEST} visible ASCII characters or more, such as `openssl rand -hex 16` prints; this one has {}",
                token.chars().count()
            )));
        }
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(|error| {
            Error::settings(format!(
                "the system has no random numbers for the cookie of a dashboard: {error}"
            ))
        })?;
        let mut session = String::new();
        for byte in random {
            let _ = write!(session, "{byte:02x}");
        }
        Ok(Self {
            token: token.to_owned(),
            session,
        })
    }

    pub(crate) fn is(&self, tried: &str) -> bool {
        is_same(&self.token, tried)
    }

    /// Whether a request brings the token, or the cookie that was given for it.
    pub(crate) fn is_known_by(&self, headers: &HeaderMap) -> bool {
        let bearers = headers.get_all(header::AUTHORIZATION).iter();
        let mut bearers = bearers.filter_map(|it| it.to_str().ok()?.split_once(' '));
        let is_bearer = bearers
            .any(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && self.is(token.trim()));
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.filter_map(|it| it.to_str().ok());
        let mut pairs = cookies.flat_map(|it| it.split(';'));
        is_bearer
            || pairs.any(|pair| {
                let pair = pair.trim().split_once('=');
                pair.is_some_and(|(name, value)| name == COOKIE && is_same(&self.session, value))
            })
    }

    /// What makes a browser keep the cookie.
    pub(crate) fn cookie(&self, path: &str, is_secure: bool) -> String {
        let path = if path.is_empty() { "/" } else { path };
        let secure = if is_secure { "; Secure" } else { "" };
        let session = &self.session;
        format!(
            "{COOKIE}={session}; Path={path}; Max-Age={MAX_AGE}; HttpOnly; SameSite=Strict{secure}"
        )
    }
}

/// Takes as long for a wrong text as for a right one; how long the right one
/// is may be told.
fn is_same(right: &str, tried: &str) -> bool {
    let (right, tried) = (right.as_bytes(), tried.as_bytes());
    let pairs = right.iter().zip(tried);
    let difference = pairs.fold(0, |difference, (one, other)| {
        // Nothing ends at the first that differs.
        black_box(difference | (one ^ other))
    });
    right.len() == tried.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn the_whole_text_is_compared() {
        assert!(is_same("0123456789abcdef", "0123456789abcdef"));
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcdeF",
            "0123456789abcdef0",
            "x123456789abcdef",
        ] {
            assert!(!is_same("0123456789abcdef", wrong), "{wrong}");
        }
        assert!(is_same("", ""));
    }
}
