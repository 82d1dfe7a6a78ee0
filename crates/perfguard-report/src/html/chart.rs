//! A scaling proof as a curve.

use maud::{Markup, html};

use super::bar::{number, units};
use crate::escape::escape;
use crate::line::{Curve, Point, Verdict};
use crate::words;

const LEFT: f64 = 34.0;
const RIGHT: f64 = 396.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 130.0;

pub(super) fn card(curve: &Curve) -> Markup {
    let is_broken = curve.verdict == Verdict::Failed;
    html! {
        article {
            div {
                div.head {
                    h3 { (escape(&curve.name)) }
                    @if is_broken { span.pill.bad { "failed" } }
                    @else { span.pill.good { "passed" } }
                    div.facts {
                        (words::slope(curve))
                        @if let Some(test) = &curve.test { ", in the test " code { (escape(test)) } }
                    }
                }
                (chart(curve, is_broken))
                @for growing in &curve.statements {
                    @let counts: Vec<String> = growing.counts.iter().map(u64::to_string).collect();
                    p.soft { "ran " (counts.join(", ")) " times:" }
                    (super::timeline::sql(&growing.db.text))
                }
            }
        }
    }
}

/// Where numbers lie.
struct Scale {
    least: f64,
    items: f64,
    most: f64,
}

impl Scale {
    fn of(points: &[Point], allowed: &[(f64, f64)]) -> Self {
        let n = points.iter().map(|it| number(it.n));
        let seen = points.iter().map(|it| number(it.queries));
        let least = n.clone().fold(f64::INFINITY, f64::min);
        let last = n.fold(0.0, f64::max);
        let most = seen
            .chain(allowed.iter().map(|it| it.1))
            .fold(1.0, f64::max);
        Self {
            least,
            items: (last - least).max(1.0),
            most,
        }
    }

    fn at(&self, n: f64, queries: f64) -> (f64, f64) {
        let x = LEFT + (n - self.least) / self.items * (RIGHT - LEFT);
        let y = BOTTOM - queries / self.most * (BOTTOM - TOP);
        (x, y)
    }

    fn line(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let points = points.map(|(n, queries)| {
            let (x, y) = self.at(n, queries);
            format!("{},{}", units(x), units(y))
        });
        points.collect::<Vec<_>>().join(" ")
    }
}

fn chart(curve: &Curve, is_broken: bool) -> Markup {
    let points = &curve.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return html! {};
    };
    // What would be allowed, from where it begins.
    let more = number(last.n.saturating_sub(first.n)) * curve.allowed;
    let allowed = [
        (number(first.n), number(first.queries)),
        (number(last.n), number(first.queries) + more),
    ];
    let scale = Scale::of(points, &allowed);
    let seen = points.iter().map(|it| (number(it.n), number(it.queries)));
    let labels = points
        .iter()
        .map(|it| (it, scale.at(number(it.n), number(it.queries))));
    html! {
        svg.chart.bad[is_broken] viewBox="0 0 420 160" role="img"
            aria-label={ (words::points(curve)) } {
            @for step in 0..=2 {
                @let y = BOTTOM - f64::from(step) / 2.0 * (BOTTOM - TOP);
                line.grid x1=(units(LEFT)) x2=(units(RIGHT)) y1=(units(y)) y2=(units(y)) {}
            }
            polyline.allowed points=(scale.line(allowed.into_iter())) {}
            polyline.seen points=(scale.line(seen)) {}
            @for (point, (x, y)) in labels {
                circle.dot cx=(units(x)) cy=(units(y)) r="4" {}
                text.value x=(units(x)) y=(units(y - 9.0)) text-anchor="middle" { (point.queries) }
                text x=(units(x)) y="148" text-anchor="middle" { (point.n) }
            }
            text x=(units(LEFT - 26.0)) y="148" { "n =" }
        }
    }
}
