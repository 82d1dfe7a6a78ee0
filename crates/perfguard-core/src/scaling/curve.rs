//! What was counted at each size, and whether it grows.

use std::panic::Location;
#[cfg(feature = "json")]
use std::sync::Arc;
use std::time::Duration;

use super::Allowed;
use super::grown;
use crate::report::{Report, ScopeSummary, escape};
use crate::run_file;
#[cfg(feature = "json")]
use crate::statement::Statement;

/// The sizes in ascending order, each also as a number.
#[track_caller]
pub(super) fn sizes<N: Copy + TryInto<u64>>(
    sizes: &[N],
    place: &'static Location<'static>,
) -> Vec<(N, u64)> {
    let numbered = sizes
        .iter()
        .map(|size| Some((*size, (*size).try_into().ok()?)));
    let numbered: Option<Vec<(N, u64)>> = numbered.collect();
    let mut numbered = numbered.unwrap_or_default();
    numbered.sort_by_key(|(_, number)| *number);
    numbered.dedup_by_key(|(_, number)| *number);
    #[expect(clippy::panic, reason = "a mistake in a test")]
    if numbered.len() < 2 {
        panic!(
            "a scaling proof needs two different sizes, such as `[2, 20, 200]`, none of them negative ({place})"
        );
    }
    numbered
}

/// What was counted with one size.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) n: u64,
    pub(crate) report: Report,
    /// Which of the report's scopes the proof is about.
    scope: usize,
}

impl Point {
    pub(crate) fn scope(&self) -> Option<&ScopeSummary> {
        self.report.scopes().get(self.scope)
    }

    fn queries(&self) -> u64 {
        self.scope().map_or(0, |scope| scope.queries)
    }

    fn rows(&self) -> Option<u64> {
        self.scope()?.rows
    }

    fn elapsed(&self) -> Option<Duration> {
        self.scope()?.elapsed
    }
}

/// What was counted with all sizes, in ascending order.
#[derive(Debug)]
pub(crate) struct Curve {
    handler: Option<String>,
    pub(crate) place: &'static Location<'static>,
    pub(crate) points: Vec<Point>,
}

impl Curve {
    pub(super) fn new(handler: Option<String>, place: &'static Location<'static>) -> Self {
        Self {
            handler,
            place,
            points: Vec::new(),
        }
    }

    /// Adds what ran with so many items.
    #[track_caller]
    pub(super) fn add(&mut self, n: u64, report: Report) {
        let scope = match &self.handler {
            Some(handler) => self.scope_of(handler, &report),
            None => 0,
        };
        self.points.push(Point { n, report, scope });
    }

    /// The scope of the annotated function, and of several calls the one that
    /// ran most.
    #[track_caller]
    fn scope_of(&self, handler: &str, report: &Report) -> usize {
        let numbered = report.scopes().iter().enumerate().skip(1);
        let own = numbered.filter(|(_, scope)| scope.is_of(handler));
        #[expect(clippy::panic, reason = "a mistake in a test")]
        let Some((index, _)) = own.max_by_key(|(_, scope)| scope.queries) else {
            let mut known: Vec<_> = report
                .scopes()
                .iter()
                .skip(1)
                .map(ScopeSummary::name)
                .collect();
            known.sort_unstable();
            known.dedup();
            let known = if known.is_empty() {
                "no annotated function ran".to_owned()
            } else {
                format!("what ran is {}", escape(&known.join(", ")))
            };
            panic!(
                "the proof is about `{}`, which did not run: {known} ({})",
                escape(handler),
                self.place
            );
        };
        index
    }

    /// What the proof is about, in reports.
    pub(crate) fn name(&self) -> String {
        let scope = self.points.first().and_then(Point::scope);
        match (&self.handler, scope) {
            (Some(_), Some(scope)) => scope.name().to_owned(),
            (Some(handler), None) => handler.clone(),
            (None, _) => format!("{}:{}", self.place.file(), self.place.line()),
        }
    }

    /// Fails if it grows more than is allowed.
    #[track_caller]
    pub(super) fn judge(self, allowed: Allowed) {
        let slope = self.slope(allowed);
        let problem = self.problem(allowed, slope);
        run_file::note_curve(&self, slope, problem.is_none());
        #[expect(clippy::panic, reason = "failing the test is what this is for")]
        if let Some(problem) = problem {
            panic!("{problem}");
        }
        let broken = self
            .points
            .iter()
            .rev()
            .find(|it| it.report.is_violated_inside());
        #[expect(clippy::panic, reason = "failing the test is what this is for")]
        if let Some(Point { n, report, .. }) = broken {
            panic!("with n = {n}:\n{report}");
        }
    }

    /// How many statements each item more may cost.
    #[track_caller]
    fn slope(&self, allowed: Allowed) -> f64 {
        if self.handler.is_none() || allowed.statements.is_some() {
            return allowed.statements.unwrap_or(0.0);
        }
        let mut scopes = self.points.iter().filter_map(Point::scope);
        let stated = scopes.find_map(|scope| scope.site?.budget().scales());
        #[expect(clippy::panic, reason = "a mistake in a test")]
        stated.unwrap_or_else(|| {
            panic!(
                "`{}` does not say how it scales: write `scales = \"constant\"` in its `#[query_budget]`, or `.linear(..)` in the proof ({})",
                escape(&self.name()),
                self.place
            )
        })
    }

    fn problem(&self, allowed: Allowed, slope: f64) -> Option<String> {
        if self.points.iter().all(|point| point.queries() == 0) {
            return Some(format!(
                "the scaling proof saw no statement at any size: connect perfguard before the connection is made, and carry the scope (`perfguard::in_current_scope`) to where the queries run ({})",
                self.place
            ));
        }
        let mut grown = Vec::new();
        let queries = self
            .points
            .iter()
            .map(|point| (point.n, Some(point.queries())));
        grown.extend(grows("statements", &queries.collect::<Vec<_>>(), slope));
        if let Some(slope) = allowed.rows {
            let rows = self.points.iter().map(|point| (point.n, point.rows()));
            grown.extend(grows("rows", &rows.collect::<Vec<_>>(), slope));
        }
        if let Some(max) = allowed.time {
            grown.extend(self.takes_long(max));
        }
        if grown.is_empty() {
            return None;
        }
        let of = self
            .handler
            .as_ref()
            .map(|_| format!(" of {}", escape(&self.name())));
        Some(format!(
            "{} (scaling proof{} at {}:{})\n{}",
            grown.join("; "),
            of.unwrap_or_default(),
            self.place.file(),
            self.place.line(),
            grown::Table(&self.points)
        ))
    }

    fn takes_long(&self, max: Duration) -> Option<String> {
        let times: Option<Vec<_>> = self
            .points
            .iter()
            .map(|point| Some((point.n, point.elapsed()?)))
            .collect();
        let Some(times) = times else {
            return Some("the time of a statement is unknown: no driver told it".to_owned());
        };
        let (n, longest) = times.into_iter().max_by_key(|(_, time)| *time)?;
        (longest > max).then(|| {
            format!(
                "the database took {} ms with n = {n}, at most {} allowed",
                longest.as_millis(),
                max.as_millis()
            )
        })
    }

    /// The statements whose number is not the same with all sizes.
    #[cfg(feature = "json")]
    pub(crate) fn changing(&self) -> Vec<(Arc<Statement>, Vec<u64>)> {
        let statements = grown::by_statement(&self.points).into_iter();
        statements
            .filter(|row| row.is_changing())
            .map(|row| (row.statement, row.counts))
            .collect()
    }
}

/// Says that a number grows by more than `slope` with each item more, compared
/// with the smallest size; or that it is not known.
fn grows(what: &str, counts: &[(u64, Option<u64>)], slope: f64) -> Option<String> {
    let known: Option<Vec<(u64, u64)>> = counts
        .iter()
        .map(|(n, count)| Some((*n, (*count)?)))
        .collect();
    let Some(known) = known else {
        return Some(format!(
            "the number of {what} is unknown at some size: a `Guarded` connection or `perfguard::sqlx::layer()` tells it"
        ));
    };
    let (least, base) = *known.first()?;
    let is_over = |(n, count): &(u64, u64)| {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers of statements in a test"
        )]
        let (more_items, more) = ((n - least) as f64, *count as f64 - base as f64);
        // What a sum of decimal fractions is off by is not a statement.
        more > more_items.mul_add(slope, 1e-6)
    };
    known.iter().any(is_over).then(|| {
        let counts: Vec<_> = known
            .iter()
            .map(|(n, count)| format!("{count} with n = {n}"))
            .collect();
        let allowed = if slope == 0.0 {
            "a constant number".to_owned()
        } else {
            format!("at most {slope} for each item more")
        };
        format!(
            "the number of {what} grows: {}; {allowed} expected",
            counts.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::grows;

    fn is_grown(counts: &[(u64, u64)], slope: f64) -> bool {
        let counts: Vec<_> = counts.iter().map(|(n, count)| (*n, Some(*count))).collect();
        grows("statements", &counts, slope).is_some()
    }

    #[test]
    fn a_constant_number_does_not_grow() {
        assert!(!is_grown(&[(2, 3), (20, 3), (200, 3)], 0.0));
        // A cache that was filled meanwhile.
        assert!(!is_grown(&[(2, 3), (20, 2)], 0.0));
        assert!(is_grown(&[(2, 3), (20, 3), (200, 4)], 0.0));
        assert!(is_grown(&[(2, 3), (20, 21), (200, 3)], 0.0));
    }

    #[test]
    fn a_slope_is_a_number_for_each_item_more() {
        assert!(!is_grown(&[(2, 3), (20, 21), (200, 201)], 1.0));
        assert!(is_grown(&[(2, 3), (20, 22), (200, 201)], 1.0));
        assert!(!is_grown(&[(10, 1), (110, 2), (1_010, 11)], 0.01));
        assert!(!is_grown(&[(0, 1), (3, 4)], 0.1 + 0.2 + 0.7));
    }

    #[test]
    fn what_is_unknown_proves_nothing() {
        let counts = [(2, Some(1)), (20, None)];
        assert!(grows("rows", &counts, 9.0).is_some_and(|it| it.contains("unknown")));
    }
}
