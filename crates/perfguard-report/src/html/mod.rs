//! A page that stands alone: no script, and nothing that it loads.
//!
//! Its policy allows the one style sheet that is part of it, by its hash, and
//! nothing else. All text is escaped by `maud`; text that others wrote is also
//! without what could hide or turn it.

mod bar;
mod chart;
mod finding;
mod handler;
mod timeline;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::escape::{escape, uri};
use crate::line::{Place, Verdict};
use crate::spread::Spread;
use crate::summary::{Handler, Summary};
use crate::words;

const STYLE: &str = include_str!("style.css");
/// The SHA-256 of [`STYLE`], in Base64: a test says what it has to be.
const STYLE_HASH: &str = "QzZ2hMINtvdtX5jVrcun9B/5RXetcjbUD9InWCk0Crw=";

/// Handlers that are shown with their statements; the table has all.
const MAX_HANDLERS: usize = 200;

/// A page with all handlers, what ran in them, and the findings.
///
/// `root` is how the root of the workspace is reached from where the page will
/// lie, a relative path that is empty or ends in `/`: links to source files
/// begin with it.
#[must_use]
pub fn html(summary: &Summary<'_>, root: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "perfguard: " (words::headline(summary)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(summary))
                main.wrap { (body(summary, &Links { root })) }
                footer.wrap {
                    "perfguard " (env!("CARGO_PKG_VERSION"))
                    ". Counts are exact; what is unknown is said to be."
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
    )
}

/// Where source files are.
pub(super) struct Links<'a> {
    root: &'a str,
}

impl Links<'_> {
    /// A place, as a link to its file if that is in the workspace.
    fn place(&self, place: &Place) -> Markup {
        let text = escape(&words::place_of(place));
        html! {
            span.place {
                @if place.is_relative() {
                    // It begins with a path: no text makes it another scheme.
                    a href={ "./" (uri(self.root)) (uri(&place.file)) } { (text) }
                } @else { (text) }
                @if let Some(function) = &place.function { " in " (escape(function)) }
            }
        }
    }
}

fn header(summary: &Summary<'_>) -> Markup {
    let run = summary.run;
    let (broken, unclaimed) = (summary.broken(), run.unclaimed().count());
    let findings = summary.findings().count();
    let stale = run.stale().count();
    let failed_curves = summary
        .curves
        .iter()
        .filter(|it| it.verdict == Verdict::Failed);
    let scaling = failed_curves.count();
    let bad_or_good = |count| if count > 0 { "bad" } else { "good" };
    html! {
        header.wrap {
            div.brand {
                svg viewBox="0 0 24 24" aria-hidden="true" {
                    path.ring d="M5 19a10 10 0 1 1 14 0" {}
                    path.arc d="M5 19a10 10 0 0 1 4.5-16.6" {}
                }
                "perfguard"
            }
            h1 { (sentence(&words::headline(summary))) }
            dl.tiles {
                (tile("handlers", summary.handlers.len(), ""))
                (tile("broken", broken, bad_or_good(broken)))
                (tile("findings", findings, bad_or_good(findings)))
                @if unclaimed > 0 { (tile("unclaimed", unclaimed, "bad")) }
                @if !summary.curves.is_empty() {
                    (tile("scaling failed", scaling, bad_or_good(scaling)))
                }
                (tile("notes", summary.notes().count(), ""))
                @if stale > 0 { (tile("stale allows", stale, "warn")) }
                (tile("processes", run.processes.len(), ""))
            }
        }
    }
}

fn tile(name: &str, count: usize, class: &str) -> Markup {
    html! { div class={ "tile " (class) } { dt { (name) } dd { (count) } } }
}

fn sentence(text: &str) -> String {
    let mut signs = text.chars();
    let first = signs.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(signs).collect()
}

fn body(summary: &Summary<'_>, links: &Links<'_>) -> Markup {
    let handlers = &summary.handlers;
    let hidden = handlers.len().saturating_sub(MAX_HANDLERS);
    html! {
        @if !handlers.is_empty() {
            h2 { "Handlers" }
            (table(handlers))
            h2 { "What ran" }
            @for (number, handler) in handlers.iter().take(MAX_HANDLERS).enumerate() {
                (handler::card(number, handler, links))
            }
            @if hidden > 0 { p.soft { (hidden) " more are in the table alone." } }
        }
        @if !summary.curves.is_empty() {
            h2 { "Scaling" }
            div.curves { @for curve in &summary.curves { (chart::card(curve)) } }
        }
        h2 { "Allows" }
        (closing(summary))
    }
}

fn table(handlers: &[Handler<'_>]) -> Markup {
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "verdict" }
                        th { "handler" }
                        th.number { "runs" }
                        th.number { "statements" }
                        th { "of its budget" }
                        th.number { "rows" }
                        th.number { "time" }
                        th { "findings" }
                    }
                }
                tbody {
                    @for (number, handler) in handlers.iter().enumerate() { (row(number, handler)) }
                }
            }
        }
    }
}

fn row(number: usize, handler: &Handler<'_>) -> Markup {
    let name = escape(handler.name);
    let time = handler.elapsed();
    html! {
        tr {
            td { (verdict(handler.verdict())) }
            td.name {
                @if number < MAX_HANDLERS { a href={ "#h" (number) } { (broken_up(&name)) } }
                @else { (broken_up(&name)) }
            }
            td.number { (handler.runs.len()) }
            td.number {
                span.over[handler.is_over()] { (words::number(handler.queries())) }
                @if let Some(max) = handler.max { span.soft { " / " (max) } }
            }
            td { (bar::budget(handler)) }
            td.number { (spread(handler.rows(), |it| it.to_string())) }
            td.number { (spread(time, words::seconds)) }
            td {
                div.pills {
                    @for found in &handler.findings {
                        span.pill.bad { (escape(&found.finding.rule)) }
                    }
                }
            }
        }
    }
}

/// A path may be broken where one of its parts ends.
fn broken_up(name: &str) -> Markup {
    html! {
        @for (number, part) in name.split("::").enumerate() {
            @if number > 0 { "::" wbr; }
            (part)
        }
    }
}

fn verdict(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Failed | Verdict::Unclaimed => "bad",
        Verdict::Passed => "good",
        Verdict::Observed | Verdict::Unknown => "",
    };
    html! { span class={ "pill " (class) } { (verdict.as_str()) } }
}

/// The most, for tables; what is unknown in words.
fn spread<T: Copy + PartialEq>(spread: Spread<T>, write: impl Fn(T) -> String) -> Markup {
    html! {
        @match spread.most() {
            Some(most) => { (write(most)) @if spread.unknown > 0 { span.unknown { " ?" } } }
            None => span.unknown { "unknown" }
        }
    }
}

fn closing(summary: &Summary<'_>) -> Markup {
    let (claim, stale) = words::allows(summary);
    let lines = stale.into_iter().chain(words::gaps(summary));
    let lines: Vec<String> = lines.map(|it| escape(&it)).collect();
    html! {
        article {
            div { (sentence(&claim)) "." }
            @if !lines.is_empty() {
                ul.list { @for line in lines { li { code { (line) } } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::{STYLE, STYLE_HASH};

    #[test]
    fn the_policy_names_the_style_sheet() {
        assert_eq!(STYLE_HASH, STANDARD.encode(Sha256::digest(STYLE)));
        assert!(!STYLE.contains("</"), "it would end there");
        assert!(!STYLE.contains("url("), "nothing is loaded");
    }
}
