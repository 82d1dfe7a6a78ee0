//! Counts against budgets, and shares of a whole.

use maud::{Markup, html};

use crate::summary::Handler;

/// How wide a bar is, in units of its own.
const WIDTH: f64 = 100.0;

/// The most statements of a run, and where the budget ends.
pub(super) fn budget(handler: &Handler<'_>) -> Markup {
    let Some(max) = handler.max else {
        return html! {};
    };
    let ran = handler.queries().most().unwrap_or(0);
    let scale = WIDTH / number(ran.max(max).max(1));
    let within = number(ran.min(max)) * scale;
    let beyond = number(ran.saturating_sub(max)) * scale;
    let limit = (number(max) * scale).min(WIDTH - 1.0);
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
            aria-label={ (ran) " of at most " (max) } {
            rect.track x="0" y="1" width="100" height="6" rx="1.5" {}
            rect.within x="0" y="1" width=(units(within)) height="6" rx="1.5" {}
            @if beyond > 0.0 {
                rect.beyond x=(units(within)) y="1" width=(units(beyond)) height="6" rx="1.5" {}
            }
            rect.limit x=(units(limit)) y="0" width="1" height="8" {}
        }
    }
}

/// What part of the time of a scope a statement took.
pub(super) fn share(part: f64, whole: f64) -> Markup {
    let share = if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    };
    html! {
        svg.share viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true" {
            rect.track x="0" y="0" width="100" height="2" {}
            rect.within x="0" y="0" width=(units(share * WIDTH)) height="2" {}
        }
    }
}

/// A length as SVG writes it.
pub(super) fn units(length: f64) -> String {
    format!("{length:.1}")
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
