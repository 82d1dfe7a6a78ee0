//! The statements of a scope, in the order in which they began.

use std::time::Duration;

use maud::{Markup, html};

use super::words;
use crate::store::{Course, Step};

/// How wide a bar is, and how much of that is to be seen of the shortest.
const WIDTH: f64 = 1_000.0;
const LEAST: f64 = 4.0;

pub(super) fn course(course: &Course) -> Markup {
    html! {
        @if course.steps.is_empty() {
            p.soft { "No statement was heard of when it ran." }
        } @else {
            div.scroll {
                table.course {
                    thead {
                        tr {
                            th.number { "#" }
                            th.number { "begins after" }
                            th { "" }
                            th.number { "takes" }
                            th { "statement" }
                        }
                    }
                    tbody {
                        @for (number, step) in course.steps.iter().enumerate() {
                            (row(number + 1, step, course))
                        }
                    }
                }
            }
        }
        @if course.missing > 0 {
            ul.notes {
                li {
                    (words::plural(course.missing, "more statement")) " without a time: the first 256 are kept, and what only a second source has heard of has none"
                }
            }
        }
    }
}

fn row(number: usize, step: &Step, course: &Course) -> Markup {
    let statement = course.statements.get(step.statement);
    html! {
        tr {
            td.number.soft { (number) }
            td.number { (words::time(step.start)) }
            td.bars { (bar(step, course.length)) }
            td.number { (words::known(step.elapsed, words::time)) }
            td {
                @if step.failed { span.pill.bad { "failed" } " " }
                @match statement {
                    Some((summary, Some(text))) => details {
                        summary { code { (words::shown(summary)) } }
                        span.sql { (words::shown(text)) }
                    },
                    Some((summary, None)) => code { (words::shown(summary)) },
                    None => span.unknown { "unknown" }
                }
            }
        }
    }
}

/// Where in its scope a statement ran.
fn bar(step: &Step, length: Duration) -> Markup {
    let whole = length.as_secs_f64().max(f64::MIN_POSITIVE);
    let share = |time: Duration| (time.as_secs_f64() / whole).clamp(0.0, 1.0) * WIDTH;
    let width = step.elapsed.map_or(LEAST, share).max(LEAST);
    let start = share(step.start).min(WIDTH - width);
    let class = match step.elapsed {
        _ if step.failed => "failed",
        Some(_) => "ran",
        None => "instant",
    };
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="1000" height="10" {}
            rect class=(class) x=(format!("{start:.1}")) width=(format!("{width:.1}")) height="10" {}
        }
    }
}
