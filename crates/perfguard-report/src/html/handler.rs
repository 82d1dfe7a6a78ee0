//! All that is known of one handler.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{Links, bar, finding, timeline, verdict};
use crate::escape::escape;
use crate::line::{Scope, Verdict};
use crate::summary::Handler;
use crate::words;

/// Different runs that are shown of one handler.
const MAX_RUNS: usize = 3;

pub(super) fn card(number: usize, handler: &Handler<'_>, links: &Links<'_>) -> Markup {
    let is_broken = handler.is_broken();
    let runs = different(handler);
    html! {
        article id={ "h" (number) } {
            div {
                div.head {
                    h3 { (escape(handler.name)) }
                    (verdict(handler.verdict()))
                    (bar::budget(handler))
                    div.facts {
                        (handler.kind.as_str())
                        @if let Some(code) = handler.code { " at " (links.place(code)) }
                        " · " (words::cost(handler))
                        " · " (words::plural(handler.runs.len() as u64, "run"))
                    }
                    @if handler.verdict() == Verdict::Unclaimed {
                        div.facts {
                            b { "No test could fail for it: " }
                            "it ran where none saw it end, so this run is marked as failed."
                        }
                    }
                }
            }
            @for found in &handler.findings { (finding::block("", handler, found, links)) }
            @for found in &handler.notes { (finding::block("note", handler, found, links)) }
            @for found in &handler.allowed { (finding::block("allowed", handler, found, links)) }
            @for it in handler.unexplained() {
                div.finding.note {
                    p.claim { "not explained" span { ": " (escape(&it.reason)) } }
                    (timeline::sql(&it.text))
                }
            }
            @for (number, (scope, like_it)) in runs.iter().take(MAX_RUNS).enumerate() {
                details open[number == 0 && is_broken] {
                    summary { (run(scope, *like_it)) }
                    (timeline::list(scope, links))
                }
            }
            @if runs.len() > MAX_RUNS {
                div.soft { (runs.len() - MAX_RUNS) " other ways in which it ran are not shown." }
            }
        }
    }
}

fn run(scope: &Scope, like_it: u64) -> Markup {
    let ran = &scope.ran;
    html! {
        b { (words::plural(ran.queries, "statement")) }
        @match ran.rows {
            Some(rows) => { ", " (words::plural(rows, "row")) }
            None => ", rows unknown"
        }
        @if let Some(time) = ran.elapsed_seconds { ", " (words::seconds(time)) }
        @if let Some(test) = &scope.test { " in " code { (escape(test)) } }
        @if like_it > 1 { ", and " (like_it - 1) " more like it" }
    }
}

/// Runs that ran different things, each with how many are like it.
fn different<'a>(handler: &Handler<'a>) -> Vec<(&'a Scope, u64)> {
    let mut runs: Vec<(&Scope, u64)> = Vec::new();
    let mut known = BTreeMap::new();
    for scope in handler.runs.iter().copied() {
        let statements = scope.ran.statements.iter();
        let mut ran: Vec<_> = statements
            .map(|it| (&it.db.fingerprint, it.count))
            .collect();
        ran.sort();
        let at = *known.entry(ran).or_insert(runs.len());
        match runs.get_mut(at) {
            Some((_, like_it)) => *like_it += 1,
            None => runs.push((scope, 1)),
        }
    }
    runs
}
