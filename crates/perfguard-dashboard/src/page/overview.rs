//! All that is kept, and what was found in it.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{whole, words};
use crate::store::{Entry, Shown};

/// Findings of one rule in scopes of one name.
#[derive(Default)]
struct Group {
    scopes: u64,
    count: u64,
    /// The latest of these scopes.
    latest: Option<u64>,
}

/// `refreshes` says whether it is to be asked for again.
pub(crate) fn overview(shown: &Shown, refreshes: bool) -> String {
    let broken = shown.entries.iter();
    let broken = broken.filter(|it| it.findings().next().is_some()).count();
    let body = html! {
        header.wrap {
            div.brand {
                "perfguard"
                @if refreshes { a href="?" { "stop refreshing" } }
                @else {
                    a href="?" { "look again" }
                    a href="?refresh=on" { "keep refreshing" }
                }
            }
            h1 { "Live view" }
            dl.tiles {
                div.tile { dt { "scopes kept" } dd { (shown.entries.len()) } }
                div.tile.bad[broken > 0].good[broken == 0] { dt { "with findings" } dd { (broken) } }
                div.tile { dt { "scopes since the start" } dd { (shown.seen) } }
            }
        }
        main.wrap { (content(shown)) }
        footer.wrap {
            "The last 50 requests and other outermost scopes, for ten minutes each. Counts are exact; what is unknown is said to be."
        }
    };
    whole("perfguard: live view", refreshes, &body)
}

fn content(shown: &Shown) -> Markup {
    let groups = groups(shown);
    html! {
        @if shown.entries.is_empty() {
            p.soft {
                @if shown.seen == 0 {
                    "No scope has ended yet. If requests were answered: is the view in " code { "Settings::sink" } ", and does a layer or an attribute give them a scope?"
                } @else { "All that was seen is older than ten minutes." }
            }
        }
        @if !groups.is_empty() {
            h2 { "Findings" }
            div.scroll {
                table {
                    thead { tr { th { "route" } th { "rule" } th.number { "scopes" } th.number { "executions" } } }
                    tbody {
                        @for ((route, rule), group) in &groups {
                            tr {
                                td.name {
                                    @if let Some(latest) = group.latest {
                                        a href={ "?scope=" (latest) } { (words::shown(route)) }
                                    }
                                }
                                td { span.pill.bad { (words::shown(rule)) } }
                                td.number { (group.scopes) }
                                td.number { (group.count) }
                            }
                        }
                    }
                }
            }
        }
        @if !shown.entries.is_empty() {
            h2 { "Scopes" }
            div.scroll { (table(shown)) }
        }
        @if shown.crowded_out > 0 || shown.inside_lost > 0 {
            ul.notes {
                @if shown.crowded_out > 0 {
                    li { (words::plural(shown.crowded_out, "scope")) " forgotten before their time, for want of room: what is kept is 2 MiB at most" }
                }
                @if shown.inside_lost > 0 {
                    li { (words::plural(shown.inside_lost, "scope")) " inside others forgotten before those ended" }
                }
            }
        }
    }
}

fn table(shown: &Shown) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th { "when" }
                    th { "scope" }
                    th { "ended" }
                    th.number { "queries" }
                    th.number { "rows" }
                    th.number { "database time" }
                    th { "findings" }
                }
            }
            tbody { @for entry in &shown.entries { (row(entry, shown)) } }
        }
    }
}

fn row(entry: &Entry, shown: &Shown) -> Markup {
    let ran = &entry.ran;
    let mut rules: Vec<&str> = entry.findings().map(|it| it.1.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    html! {
        tr {
            td.soft { (words::ago(shown.now.saturating_duration_since(entry.at))) }
            td.name { a href={ "?scope=" (entry.root) } { (words::shown(&ran.name)) } }
            td { (words::end(ran)) }
            td.number { (ran.queries) }
            td.number { (words::known(ran.rows, |it| it.to_string())) }
            td.number { (words::known(ran.elapsed, words::time)) }
            td {
                div.pills {
                    @for rule in rules { span.pill.bad { (words::shown(rule)) } }
                }
            }
        }
    }
}

fn groups(shown: &Shown) -> BTreeMap<(&str, &str), Group> {
    let mut groups: BTreeMap<(&str, &str), Group> = BTreeMap::new();
    for entry in &shown.entries {
        let mut counted = BTreeSet::new();
        for (_, found) in entry.findings() {
            let group = groups.entry((&entry.ran.name, &found.rule)).or_default();
            group.count = group.count.saturating_add(found.count);
            if counted.insert(&found.rule) {
                group.scopes += 1;
                group.latest.get_or_insert(entry.root);
            }
        }
    }
    groups
}
