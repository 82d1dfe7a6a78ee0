//! Pages that stand alone: no script, and nothing that they load.
//!
//! Their policy allows the one style sheet that is part of them, by its hash,
//! and nothing else. All text is escaped by `maud`; text that others wrote is
//! also without what could hide or turn it.

mod course;
mod overview;
mod scope;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use overview::overview;
pub(crate) use scope::scope;

const STYLE: &str = include_str!("style.css");

/// The SHA-256 of [`STYLE`], in Base64, is in it: a test says what it has to be.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'sha256-rfN08A3sQYe13h2hpHwIeRiHaGTVYySIcLon7Y7Y7Nk='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Seconds until a page that is to be kept up to date is asked for again.
const REFRESH: &str = "5";

/// The form that asks for the token.
pub(crate) fn form() -> String {
    let form = html! {
        header.wrap {
            div.brand { "perfguard" }
            h1 { "Live view" }
        }
        main.wrap {
            // GET is the only method there is: the answer leads to an address
            // without the token.
            form method="get" action="?" {
                label for="token" { "Token" }
                input type="password" id="token" name="token" autocomplete="off" required;
                button { "Look" }
            }
        }
    };
    whole("perfguard", false, &form)
}

fn whole(title: &str, refreshes: bool, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="robots" content="noindex";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if refreshes { meta http-equiv="refresh" content=(REFRESH); }
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string() + "\n"
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::{POLICY, STYLE};

    #[test]
    fn the_policy_names_the_style_sheet() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
        assert!(!STYLE.contains("</"), "it would end there");
        assert!(!STYLE.contains("url("), "nothing is loaded");
    }
}
