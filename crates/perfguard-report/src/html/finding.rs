//! One finding, in words.

use maud::{Markup, html};

use super::{Links, timeline};
use crate::escape::escape;
use crate::summary::{Found, Handler};
use crate::words;

/// `class` says how serious it is.
pub(super) fn block(
    class: &str,
    handler: &Handler<'_>,
    found: &Found<'_>,
    links: &Links<'_>,
) -> Markup {
    let finding = found.finding;
    html! {
        div class={ "finding " (class) } {
            p.claim {
                (escape(&finding.rule))
                span {
                    @if let Some(claimed) = words::claimed(finding) { ": " (escape(&claimed)) }
                    @if let Some(often) = words::how_often(handler, found) { ", " (often) }
                }
            }
            @if let Some(reason) = &finding.reason {
                p { "allowed: " (escape(reason)) }
            }
            @if let Some(db) = &finding.db { (timeline::sql(&db.text)) }
            @if let Some(code) = &finding.code { p { (links.place(code)) } }
            @if let Some(source) = &finding.source {
                p {
                    @match source.rows {
                        Some(rows) => {
                            "ran once per row of " code { (escape(&source.db.summary)) }
                            ", which returned " b { (words::plural(rows, "row")) }
                        }
                        None => { "followed " code { (escape(&source.db.summary)) } }
                    }
                    @if let Some(code) = &source.code { ", " (links.place(code)) }
                }
            }
            @if let Some(explanation) = words::explanation(finding) { p { (ticked(explanation)) } }
            @if let Some(fix) = finding.fix.as_deref().filter(|it| !it.is_empty()) {
                p.fix { b { "Fix: " } (ticked(fix)) }
            }
            @if let Some(proof) = &finding.proof {
                details {
                    summary { "Proof" }
                    span.sql {
                        @for line in words::proof(proof) { (escape(&line)) "\n" }
                    }
                }
            }
            @if let Some(page) = &finding.page { p.soft { "see " code { (escape(page)) } } }
        }
    }
}

/// What stands between back ticks is code.
fn ticked(text: &str) -> Markup {
    let text = escape(text);
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
