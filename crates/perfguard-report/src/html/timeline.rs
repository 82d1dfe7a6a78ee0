//! What ran in a scope, in the order in which it ran first.

use maud::{Markup, html};

use super::{Links, bar};
use crate::escape::escape;
use crate::line::{Executed, ExecutedAt, Place, Scope};
use crate::words;

/// Executions of one statement from one place.
struct Step<'a> {
    count: u64,
    first: Option<u64>,
    executed: &'a Executed,
    code: Option<&'a Place>,
    /// Rows and time are those of all places: they are said at the first.
    is_first: bool,
}

pub(super) fn list(scope: &Scope, links: &Links<'_>) -> Markup {
    let ran = &scope.ran;
    html! {
        ol.timeline {
            @for (number, step) in steps(scope).iter().enumerate() {
                (item(number + 1, step, scope, links))
            }
        }
        @if ran.statements_unlisted > 0 {
            p.soft { "and " (words::plural(ran.statements_unlisted, "different statement")) " more" }
        }
        @if ran.refused > 0 {
            p.soft { (words::plural(ran.refused, "statement")) " refused, because a hard limit was reached" }
        }
        @if ran.details_dropped > 0 {
            p.soft { (ran.details_dropped) " details were dropped, the counts are exact" }
        }
    }
}

fn steps(scope: &Scope) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for executed in &scope.ran.statements {
        let placed: u64 = executed
            .places
            .iter()
            .fold(0, |sum, it| sum.saturating_add(it.count));
        let places = executed.places.iter().enumerate();
        steps.extend(places.map(|(number, place)| {
            let ExecutedAt { count, first, code } = place;
            Step {
                count: *count,
                first: first.or(executed.first),
                executed,
                code: code.as_ref(),
                is_first: number == 0,
            }
        }));
        // Of the rest nobody knows where.
        if executed.count > placed {
            steps.push(Step {
                count: executed.count - placed,
                first: executed.first,
                executed,
                code: None,
                is_first: executed.places.is_empty(),
            });
        }
    }
    steps.sort_by_key(|it| (it.first.is_none(), it.first));
    steps
}

fn item(number: usize, step: &Step<'_>, scope: &Scope, links: &Links<'_>) -> Markup {
    let Step { executed, code, .. } = step;
    let fingerprint = &executed.db.fingerprint;
    let about = |place: Option<&Place>| match (place, code) {
        (Some(place), Some(code)) => place == *code,
        _ => true,
    };
    let rules: Vec<&str> = scope
        .findings
        .iter()
        .filter(|it| {
            it.db
                .as_ref()
                .is_some_and(|db| db.fingerprint == *fingerprint)
        })
        .filter(|it| about(it.code.as_ref()))
        .map(|it| it.rule.as_str())
        .collect();
    let sources = scope.findings.iter().filter_map(|it| it.source.as_ref());
    let mut sources = sources.filter(|it| about(it.code.as_ref()));
    let is_source = sources.any(|it| it.db.fingerprint == *fingerprint);
    html! {
        li .repeats[!rules.is_empty()] .origin[is_source] .stack[step.count > 1] {
            span.step { (number) }
            div.pills {
                @if step.count > 1 { span.pill.times.bad[!rules.is_empty()] { "×" (step.count) } }
                @if is_source { span.pill.source { "source" } }
                @for rule in &rules { span.pill.bad { (escape(rule)) } }
                @if let Some(code) = code { (links.place(code)) }
                @else { span { "place unknown" } }
                @if step.is_first {
                    span {
                        @match executed.rows {
                            Some(rows) => { " " (words::plural(rows, "row")) }
                            None => " rows unknown"
                        }
                        @if let Some(time) = executed.elapsed_seconds { ", " (words::seconds(time)) }
                    }
                }
            }
            (sql(&executed.db.text))
            @if step.is_first
                && let (Some(part), Some(whole)) = (executed.elapsed_seconds, scope.ran.elapsed_seconds) {
                (bar::share(part, whole))
            }
        }
    }
}

/// A statement, its keywords marked: they are what is written in capitals.
pub(super) fn sql(text: &str) -> Markup {
    let text = escape(&words::sql(text));
    let is_keyword = |word: &str| word.len() > 1 && word.bytes().all(|it| it.is_ascii_uppercase());
    html! {
        span.sql {
            @for (number, word) in text.split(' ').enumerate() {
                @if number > 0 { " " }
                @if is_keyword(word) { b { (word) } } @else { (word) }
            }
        }
    }
}
