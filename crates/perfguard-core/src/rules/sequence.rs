//! What was awaited one after another.

use std::time::{Duration, Instant};

/// Something that took time.
pub(super) trait Step {
    fn started(&self) -> Instant;
    fn ended(&self) -> Instant;

    fn elapsed(&self) -> Duration {
        self.ended().saturating_duration_since(self.started())
    }
}

/// The longest runs of steps that each began after the one before had ended,
/// and of which `follows` says that nothing lies between.
///
/// `steps` are in the order in which they began. One that ran at the same time
/// as another is in no run: whoever does that knows how.
pub(super) fn runs<T: Step>(steps: &[T], follows: impl Fn(&T, &T) -> bool) -> Vec<Vec<&T>> {
    let mut runs = Vec::new();
    let mut run: Vec<&T> = Vec::new();
    let mut until: Option<Instant> = None;
    for step in steps {
        if until.is_some_and(|until| step.started() < until) {
            run.pop_if(|last| last.ended() > step.started());
            runs.push(std::mem::take(&mut run));
        } else {
            if run.last().is_some_and(|last| !follows(last, step)) {
                runs.push(std::mem::take(&mut run));
            }
            run.push(step);
        }
        until = until.max(Some(step.ended()));
    }
    runs.push(run);
    runs.retain(|run| run.len() > 1);
    runs
}

/// The time between the end of one step and the beginning of the next.
pub(super) fn gap(one: &impl Step, next: &impl Step) -> Duration {
    next.started().saturating_duration_since(one.ended())
}

/// The time of all steps.
pub(super) fn sum<T: Step>(run: &[&T]) -> Duration {
    run.iter().fold(Duration::ZERO, |sum, step| {
        sum.saturating_add(step.elapsed())
    })
}

/// The time of the longest.
pub(super) fn longest<T: Step>(run: &[&T]) -> Duration {
    let elapsed = run.iter().map(|step| step.elapsed());
    elapsed.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Step, runs};

    struct Span(Instant, u64, u64);

    impl Step for Span {
        fn started(&self) -> Instant {
            self.0 + Duration::from_millis(self.1)
        }

        fn ended(&self) -> Instant {
            self.0 + Duration::from_millis(self.2)
        }
    }

    /// The runs of steps that are given by their beginning and end.
    fn found(steps: &[(u64, u64)]) -> Vec<Vec<u64>> {
        let start = Instant::now();
        let steps: Vec<_> = steps.iter().map(|it| Span(start, it.0, it.1)).collect();
        let found = runs(&steps, |one, next| super::gap(one, next).as_millis() < 100);
        let begun = |run: Vec<&Span>| run.iter().map(|step| step.1).collect();
        found.into_iter().map(begun).collect()
    }

    #[test]
    fn one_after_another_is_a_run() {
        assert_eq!(found(&[(0, 10), (10, 20), (25, 30)]), [[0, 10, 25]]);
        assert_eq!(found(&[(0, 10), (150, 160), (160, 170)]), [[150, 160]]);
    }

    #[test]
    fn what_runs_at_once_is_in_no_run() {
        assert!(found(&[(0, 10), (0, 10), (5, 20)]).is_empty());
        assert!(found(&[(0, 10), (10, 20), (10, 30), (30, 40)]).is_empty());
        assert_eq!(
            found(&[(0, 9), (10, 40), (11, 12), (13, 14), (40, 41), (42, 43)]),
            [[40, 42]]
        );
        assert!(found(&[]).is_empty());
    }
}
