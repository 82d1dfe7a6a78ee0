//! One scope: what it ran, in which order, and what was found.

use maud::{Markup, html};

use super::{course, whole, words};
use crate::store::{Entry, Found, Ran, Shown};

pub(crate) fn scope(entry: &Entry, shown: &Shown) -> String {
    let ran = &entry.ran;
    let name = words::shown(&ran.name);
    let findings = entry.findings().count();
    let body = html! {
        header.wrap {
            div.brand { "perfguard" a href="?" { "all scopes" } }
            h1 { (name) }
            dl.tiles {
                div.tile { dt { "queries" } dd { (ran.queries) } }
                div.tile { dt { "rows" } dd { (words::known(ran.rows, |it| it.to_string())) } }
                div.tile { dt { "database time" } dd { (words::known(ran.elapsed, words::time)) } }
                @if let Some(course) = &entry.course {
                    div.tile { dt { "from begin to end" } dd { (words::time(course.length)) } }
                }
                div.tile.bad[findings > 0].good[findings == 0] { dt { "findings" } dd { (findings) } }
            }
            p.soft {
                (words::end(ran)) " " (words::ago(shown.now.saturating_duration_since(entry.at)))
                @if let Some(place) = &ran.place { ", " span.place { (words::shown(place)) } }
            }
        }
        main.wrap {
            @if findings > 0 {
                h2 { "Findings" }
                @for (within, found) in entry.findings() { (finding(entry, within, found)) }
            }
            @if !entry.inside.is_empty() {
                h2 { "Scopes inside" }
                div.scroll { (inside(entry)) }
            }
            h2 { "Timeline" }
            @match &entry.course {
                Some(course) => (course::course(course)),
                None => p.soft { "No times were kept." }
            }
            (lost(entry))
        }
        footer.wrap { "Statements are shown without their values. Counts are exact; what is unknown is said to be." }
    };
    whole(&format!("perfguard: {name}"), false, &body)
}

fn finding(entry: &Entry, within: &Ran, found: &Found) -> Markup {
    html! {
        article {
            p.claim { (words::shown(&found.rule)) ": " (words::claim(found)) }
            @if !std::ptr::eq(within, &entry.ran) {
                p.soft { "in " code { (words::shown(&within.name)) } }
            }
            @if let Some(statement) = &found.statement { span.sql { (words::shown(statement)) } }
            p.place {
                @match (found.place.words(), &within.place) {
                    (Some(place), _) => { "at " (words::shown(&place)) }
                    (None, Some(place)) => { "in the function at " (words::shown(place)) }
                    (None, None) => "place unknown"
                }
            }
            @if let Some(explanation) = &found.explanation { p { (words::ticked(explanation)) } }
            @if !found.fix.is_empty() { p.fix { b { "Fix: " } (words::ticked(&found.fix)) } }
            p.soft { "see " code { (words::shown(&found.page)) } }
        }
    }
}

fn inside(entry: &Entry) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th { "scope" }
                    th { "ended" }
                    th.number { "queries" }
                    th.number { "rows" }
                    th.number { "database time" }
                    th.number { "findings" }
                }
            }
            tbody {
                @for ran in &entry.inside {
                    tr {
                        td.name { (words::shown(&ran.name)) }
                        td { (words::end(ran)) }
                        td.number { (ran.queries) }
                        td.number { (words::known(ran.rows, |it| it.to_string())) }
                        td.number { (words::known(ran.elapsed, words::time)) }
                        td.number { (ran.findings.len() as u64 + ran.findings_lost) }
                    }
                }
            }
        }
    }
}

fn lost(entry: &Entry) -> Markup {
    let findings: u64 = entry.all().map(|it| it.findings_lost).sum();
    let details = entry.ran.details_dropped;
    let scopes = entry.inside_lost;
    html! {
        @if findings + details + scopes > 0 {
            ul.notes {
                @if findings > 0 { li { (words::plural(findings, "more finding")) " not kept" } }
                @if scopes > 0 { li { (words::plural(scopes, "more scope")) " inside this one not kept" } }
                @if details > 0 { li { (words::plural(details, "detail")) " dropped by the scope; the counts are exact" } }
            }
        }
    }
}
