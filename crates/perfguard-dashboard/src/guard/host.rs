//! The hosts that the view may be asked for by.

use perfguard_core::Error;

/// This machine, whatever the port.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

pub(crate) struct Hosts {
    named: Vec<String>,
}

impl Hosts {
    /// Loopback, and what the application names.
    pub(crate) fn new(named: &[String]) -> Result<Self, Error> {
        match named.iter().find(|it| !is_host(it)) {
            Some(wrong) => Err(Error::settings(format!(
                "`{}` is no host of a dashboard: expected a name or an address without scheme and port, as in `admin.example.com` or `[fd00::1]`",
                perfguard_core::sink::escape(wrong)
            ))),
            None => Ok(Self {
                named: named.to_vec(),
            }),
        }
    }

    /// Whether a host, with or without a port, is one of these: then whether it
    /// is loopback.
    pub(crate) fn knows(&self, authority: &str) -> Option<bool> {
        let host = without_port(authority)?;
        let is = |known: &str| known.eq_ignore_ascii_case(host);
        if LOOPBACK.into_iter().any(is) {
            return Some(true);
        }
        self.named.iter().any(|it| is(it)).then_some(false)
    }
}

/// `None` where what follows is no port.
fn without_port(authority: &str) -> Option<&str> {
    // An IPv6 address has colons of its own.
    let start = authority.find(']').unwrap_or(0);
    let colon = authority.get(start..)?.find(':').map(|it| start + it);
    let Some(colon) = colon else {
        return Some(authority);
    };
    let port = authority.get(colon + 1..)?;
    let is_port = port.len() <= 5 && port.bytes().all(|it| it.is_ascii_digit());
    authority.get(..colon).filter(|_| is_port)
}

fn is_host(name: &str) -> bool {
    let address = name
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'))
        .map(|it| it.parse::<std::net::Ipv6Addr>());
    let is_name_sign = |it: u8| it.is_ascii_alphanumeric() || b"-._".contains(&it);
    match address {
        Some(address) => address.is_ok(),
        None => !name.is_empty() && name.bytes().all(is_name_sign),
    }
}

#[cfg(test)]
mod tests {
    use super::{Hosts, without_port};

    #[test]
    fn a_port_is_left_out_and_nothing_else() {
        for (authority, host) in [
            ("localhost", Some("localhost")),
            ("localhost:3000", Some("localhost")),
            ("[::1]:3000", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("localhost:", Some("localhost")),
            ("localhost:evil.test", None),
            ("localhost:1:2", None),
            ("::1", None),
            ("user@localhost:3000", Some("user@localhost")),
        ] {
            assert_eq!(without_port(authority), host, "{authority}");
        }
    }

    #[test]
    fn a_name_has_neither_scheme_nor_port() {
        for wrong in [
            "",
            "*",
            "http://a.test",
            "a.test:80",
            "a/b",
            "[::1",
            "[x]",
            "a b",
            "ä.test",
        ] {
            assert!(Hosts::new(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
        let hosts = Hosts::new(&["A.test".to_owned(), "[fd00::1]".to_owned()]);
        assert!(hosts.is_ok_and(|it| it.knows("a.TEST:8080") == Some(false)
            && it.knows("[FD00::1]:1") == Some(false)
            && it.knows("LOCALHOST") == Some(true)
            && it.knows("b.test").is_none()));
    }
}
