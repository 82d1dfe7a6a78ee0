//! Numbers and times, in words.

use std::time::Duration;

use maud::{Markup, html};
use perfguard_core::sink::{ScopeEnd, escape};

use crate::store::{Found, Ran};

/// Text that others wrote.
pub(super) fn shown(text: &str) -> String {
    escape(text).to_string()
}

/// `1.2 ms`, and what is too short to tell is 0.
pub(super) fn time(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", time.as_secs_f64() * 1_000.0),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

pub(super) fn ago(time: Duration) -> String {
    match time.as_secs() {
        0 => "just now".to_owned(),
        seconds @ 1..60 => format!("{seconds} s ago"),
        seconds => format!("{} min ago", seconds / 60),
    }
}

pub(super) fn plural(count: u64, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

/// What is unknown is said to be.
pub(super) fn known<T>(value: Option<T>, write: impl Fn(T) -> String) -> Markup {
    html! {
        @match value {
            Some(value) => (write(value)),
            None => span.unknown { "unknown" }
        }
    }
}

pub(super) fn end(ran: &Ran) -> Markup {
    let class = match ran.end {
        ScopeEnd::Completed => "",
        ScopeEnd::Cancelled => "warn",
        _ => "bad",
    };
    html! { span class={ "pill " (class) } { (ran.end.as_str()) } }
}

/// `20 times, 20 different binds`.
pub(super) fn claim(found: &Found) -> String {
    let times = plural(found.count, "execution");
    match found.distinct {
        Some(distinct) => format!("{times}, {distinct} different binds"),
        None => times,
    }
}

/// What stands between back ticks is code.
pub(super) fn ticked(text: &str) -> Markup {
    let text = shown(text);
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ago, time};

    #[test]
    fn times_are_short() {
        let said = |micros| time(Duration::from_micros(micros));
        assert_eq!(said(0), "0 µs");
        assert_eq!(said(999), "999 µs");
        assert_eq!(said(1_250), "1.2 ms");
        assert_eq!(said(2_500_000), "2.50 s");
        assert_eq!(ago(Duration::from_millis(900)), "just now");
        assert_eq!(ago(Duration::from_secs(59)), "59 s ago");
        assert_eq!(ago(Duration::from_secs(119)), "1 min ago");
    }
}
