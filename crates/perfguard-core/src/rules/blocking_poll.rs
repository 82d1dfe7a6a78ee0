//! `blocking-poll`: one poll that held the executor for too long.
//!
//! Claims that a poll of an annotated async function, or of a request behind
//! the layer, took longer than
//! [`Settings::blocking_poll`](crate::Settings::blocking_poll) says, or than
//! [`HELD`]: whatever else waits for that thread, waits. It says nothing of
//! what it waited for: computation, a sync driver, a lock, a system call. A
//! note under test, where the machine decides as much as the code does.
//!
//! Silent: sync functions, work on the blocking pool or on threads. Not told
//! apart: `tokio::task::block_in_place`, which moves the other tasks away
//! first, and a machine that gives the process no time.

use std::time::Duration;

use super::{Facts, RuleId, fix};
use crate::finding::{Finding, Severity};

/// From when on a poll is too long, where nobody says otherwise. tokio's
/// guidance is 10 to 100 microseconds between two `.await`s; this is a thousand
/// times as much, and the period in which Linux shares out CPU time to
/// containers: a shorter poll may be long because the container had no time
/// left.
pub(crate) const HELD: Duration = Duration::from_millis(100);

pub(super) fn judge(facts: &Facts<'_>, findings: &mut Vec<Finding>) {
    let limit = facts.policy.held();
    let polls = facts.ledger.polls();
    let Some(longest) = polls.longest().filter(|longest| *longest > limit) else {
        return;
    };
    let severity = if facts.is_exact {
        Severity::Note
    } else {
        Severity::Error
    };
    let mut finding = Finding::new(RuleId::BlockingPoll, severity, polls.count());
    finding.at_least = polls.is_sampled();
    finding.explanation = Some(format!(
        "the longest held the executor for about {} ms, long is more than {limit:?}",
        longest.as_millis()
    ));
    finding.fix = fix::blocking_poll().to_owned();
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::{Duration, Instant};

    use super::super::testing::{facts, found, noted, under_test};
    use super::super::{Level, RuleId};
    use super::judge;
    use crate::budget::{Budget, Site};
    use crate::generated;
    use crate::ledger::Ledger;
    use crate::report::Report;
    use crate::scope::Kind;
    use crate::thresholds::Thresholds;

    const RULE: &str = "blocking-poll";

    static SITE: Site = Site::new(file!(), line!(), Budget::new(0));

    /// Works for so long.
    fn work(milliseconds: u64) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(milliseconds) {
            std::hint::spin_loop();
        }
    }

    /// What is found in an annotated function that works so long in each poll.
    fn polled(milliseconds: &'static [u64]) -> Report {
        under_test(|| {
            let mut left = milliseconds.iter();
            let body = std::future::poll_fn(move |_| {
                work(*left.next().unwrap_or(&0));
                match left.len() {
                    0 => std::task::Poll::Ready(()),
                    _ => std::task::Poll::Pending,
                }
            });
            let mut judged = pin!(generated::run_async(&SITE, "the handler", body));
            let mut context = Context::from_waker(Waker::noop());
            while judged.as_mut().poll(&mut context).is_pending() {}
        })
    }

    #[test]
    fn a_long_poll_is_found_once_for_all_scopes_around_it() {
        let report = polled(&[0, 140, 0]);
        assert_eq!(noted(&report, RULE), [1]);
        assert_eq!(found(&report, RULE), []);
        let text = report.to_string();
        assert!(text.contains("held the executor for about 1"), "{text}");
        assert!(text.contains("more than 100ms"), "{text}");
    }

    #[test]
    fn an_outer_function_does_not_repeat_what_an_inner_one_said() {
        let report = under_test(|| {
            let inner = async {
                let ((), outcome) = generated::run_async(&SITE, "inner", async { work(140) }).await;
                outcome.enforce();
            };
            let mut judged = pin!(generated::run_async(&SITE, "outer", inner));
            let mut context = Context::from_waker(Waker::noop());
            assert!(judged.as_mut().poll(&mut context).is_ready());
        });
        assert_eq!(noted(&report, RULE), [1]);
        assert!(report.to_string().contains("inner"), "{report}");
    }

    #[test]
    fn sync_functions_hold_no_executor() {
        let report = under_test(|| {
            let ((), outcome) = generated::run_sync(&SITE, "the handler", || work(140));
            outcome.enforce();
        });
        assert_eq!(noted(&report, RULE), []);
    }

    #[test]
    fn the_limit_is_the_applications_and_decides_alone() {
        let mut ledger = Ledger::default();
        for milliseconds in [30, 100] {
            ledger.note_poll(Duration::from_millis(milliseconds), false);
        }
        let judged = |ledger: &Ledger, limit: Option<u64>| {
            let mut facts = facts(ledger, Kind::Handler);
            let limit = limit.map(Duration::from_millis);
            let said = limit.map(|limit| Thresholds::new().blocking_poll(limit));
            facts.policy.own = said.as_ref();
            let mut findings = Vec::new();
            judge(&facts, &mut findings);
            findings.len()
        };
        assert_eq!(judged(&ledger, None), 0);
        assert_eq!(judged(&ledger, Some(99)), 1);
        ledger.note_poll(Duration::from_millis(101), false);
        assert_eq!(judged(&ledger, None), 1);
        // Scopes inside have said it.
        (0..3).for_each(|_| ledger.note_poll_inside());
        assert_eq!(judged(&ledger, None), 0);
        let levels = RuleId::BlockingPoll.levels();
        assert_eq!(
            (levels.test, levels.production),
            (Level::Note, Level::Error)
        );
    }
}
