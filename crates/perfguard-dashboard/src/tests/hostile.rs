//! Text that others wrote.

use std::time::Instant;

use super::payloads::{PAYLOADS, SCRIPT};
use super::{entry, get, open};
use crate::LiveView;

/// A view of scopes in which everything tries to be a script.
pub(super) fn view() -> LiveView {
    let view = open();
    let now = Instant::now();
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let text = payload.replace('X', SCRIPT);
        view.store().end(entry(number as u64, &text, now), now);
    }
    view
}

/// All pages of it.
pub(super) fn pages(view: &LiveView) -> Vec<String> {
    let scopes = (0..PAYLOADS.len()).map(|number| format!("/?scope={number}"));
    let targets = ["/".to_owned(), "/?refresh=on".to_owned()];
    let targets = targets.into_iter().chain(scopes);
    let pages = targets.map(|target| get(view, &target));
    pages
        .map(|page| {
            assert_eq!(page.status(), 200);
            page.into_body()
        })
        .collect()
}

#[test]
fn no_text_becomes_markup() {
    let ours = [
        "!DOCTYPE", "a", "article", "b", "body", "code", "dd", "details", "div", "dl", "dt",
        "footer", "h1", "h2", "head", "header", "html", "li", "main", "meta", "p", "rect", "span",
        "style", "summary", "svg", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
    ];
    for page in pages(&view()) {
        for tag in page.split('<').skip(1) {
            let name = tag.trim_start_matches('/');
            let name = name.split([' ', '>']).next().unwrap();
            assert!(ours.contains(&name), "{tag}");
            // Quotes end where we end them.
            let tag = tag.split('>').next().unwrap();
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            assert!(!tag.contains("javascript:"), "{tag}");
            let attributes = tag.split('"').step_by(2);
            assert!(
                attributes
                    .clone()
                    .all(|it| !it.contains(" on") && !it.contains('\'')),
                "{tag}"
            );
        }
        assert!(page.ends_with("</html>\n"), "all of it is there");
    }
}

#[test]
fn nothing_is_hidden_or_turned() {
    let view = open();
    let now = Instant::now();
    let text = "a\u{202e}b\u{200b}c\u{1b}[2Jd\u{0}e";
    view.store().end(entry(1, text, now), now);
    for target in ["/", "/?scope=1"] {
        let page = get(&view, target).into_body();
        let harm = page
            .chars()
            .find(|it| (it.is_control() && *it != '\n') || matches!(it, '\u{202e}' | '\u{200b}'));
        assert_eq!(harm, None, "{page}");
        assert!(page.contains("a\\u{202e}b\\u{200b}c\\u{1b}[2Jd\\u{0}e"));
    }
}

#[test]
#[cfg(feature = "json")]
fn json_has_no_markup_and_the_true_texts() {
    let view = view();
    let json = get(&view, "/data.json");
    assert_eq!(json.headers()["content-type"], "application/json");
    let json = json.into_body();
    assert!(!json.contains('<'), "{json}");
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    let scopes = read["scopes"].as_array().unwrap();
    assert_eq!(scopes.len(), PAYLOADS.len());
    for (scope, payload) in scopes.iter().rev().zip(PAYLOADS) {
        let text = payload.replace('X', SCRIPT);
        assert_eq!(scope["scope"], text);
        assert_eq!(scope["findings"][0]["fix"], text);
        assert_eq!(scope["timeline"]["steps"][0]["db.query.text"], text);
        assert_eq!(
            scope["timeline"]["steps"][1]["elapsed_seconds"],
            serde_json::Value::Null
        );
    }
}
