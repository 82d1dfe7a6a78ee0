//! What happens when a scope has ended.
//!
//! Judging a scope and failing are two steps, so that failing is ordinary code
//! after the user's body, with the user's value at hand: never in a `Drop`,
//! never while a panic is on its way, never when a future was cancelled.

use std::sync::Arc;

use crate::process;
use crate::report::Report;
use crate::run_file::{self, Verdict};
use crate::scope::{Ending, Kind, Mode, State};
use crate::settings::Settings;
use crate::sink;
use crate::verdict::Concluded;

/// Ends `scope` and gives its report, for who asked for it.
pub(crate) fn conclude(scope: &Arc<State>, ending: Ending) -> Report {
    end(scope, ending).into_report()
}

/// Ends `scope`. Under test the requests inside end first that were answered
/// and whose bodies nobody took.
fn end(scope: &Arc<State>, ending: Ending) -> Concluded<'_> {
    for request in scope.take_unfinished() {
        Outcome::of(&request, Ending::Completed).abandon();
    }
    Concluded::of(scope, ending)
}

/// What is left to do about a scope that has ended.
#[derive(Debug)]
#[must_use = "a broken budget fails nothing until it is enforced"]
pub struct Outcome {
    failure: Option<Failure>,
}

#[derive(Debug)]
enum Failure {
    /// The answer to a client: whoever answers for it has the report already.
    Answer(Box<Report>),
    Report(Box<Report>),
    Settings(&'static str),
}

impl Outcome {
    /// Nothing to do.
    pub(crate) fn silent() -> Self {
        Self { failure: None }
    }

    /// Ends `scope` and judges it. In production this writes the warning; in a
    /// test a violation goes to the scope that answers for it, or stays here
    /// if this is the outermost one.
    pub(crate) fn of(scope: &Arc<State>, ending: Ending) -> Self {
        let concluded = end(scope, ending);
        // Most requests: nobody would read the report.
        if concluded.is_silent() && !sink::is_listening(scope) {
            return Self::silent();
        }
        let report = concluded.into_report();
        if scope.is_outermost_act()
            && let (Some((_, test)), Some(traced)) = (scope.test(), &report.scope().traced)
        {
            test.note_acted(traced);
        }
        sink::tell(scope, &report);
        scope.excuse_polls();
        let failure = match scope.mode() {
            Mode::Observe => {
                run_file::note_scope(scope, &report, Verdict::Observed);
                // Given to the observer, who may have gone already.
                let _ = scope.hand_up(report);
                None
            }
            Mode::Warn => {
                scope.claim_up(&report);
                None
            }
            Mode::Fail => Self::failure(scope, report, ending),
        };
        Self { failure }
    }

    fn failure(scope: &Arc<State>, report: Report, ending: Ending) -> Option<Failure> {
        if process::is_cargo_test()
            && let Some(problem) = Settings::current().problem()
        {
            return Some(Failure::Settings(problem));
        }
        if !report.is_violated() {
            run_file::note_scope(scope, &report, Verdict::Passed);
            // What is allowed in here is not the outer scope's to find.
            scope.claim_up(&report);
            return None;
        }
        let verdict = match scope.heir() {
            Some(_) => Verdict::Failed,
            None => Verdict::of_unheard(scope.kind(), ending),
        };
        let is_its_own = report.is_violated_itself() || scope.kind() == Kind::Test;
        let verdict = if is_its_own { verdict } else { Verdict::Passed };
        run_file::note_scope(scope, &report, verdict);
        if verdict == Verdict::Unclaimed && ending == Ending::Completed {
            // The panic that follows may be caught, with what it prints.
            sink::say(&format!(
                "perfguard: no test can fail for what ran here: {}",
                report.headline()
            ));
        }
        match scope.kind() {
            // The client gets the report as well as the test.
            Kind::Request => {
                if let Err(report) = scope.hand_up(report.clone()) {
                    sink::print(&report);
                }
                Some(Failure::Answer(Box::new(report)))
            }
            _ => scope
                .hand_up(report)
                .err()
                .map(|report| Failure::Report(Box::new(report))),
        }
    }

    /// Fails with the report if the budget is broken and this is a test.
    ///
    /// # Panics
    /// With the rendered report, unless the thread is already panicking: then
    /// the report goes to standard error.
    #[track_caller]
    pub fn enforce(self) {
        if std::thread::panicking() {
            return self.abandon();
        }
        #[expect(clippy::panic, reason = "failing the test is what this is for")]
        match self.failure {
            None => {}
            Some(Failure::Answer(report) | Failure::Report(report)) => panic!("{report}"),
            Some(Failure::Settings(problem)) => panic!("{problem}"),
        }
    }

    /// Says on standard error what cannot fail any more: the future was
    /// cancelled, or a panic is on its way.
    pub(crate) fn abandon(self) {
        if let Some(Failure::Report(report)) = self.failure {
            sink::print(&report);
        }
    }

    /// The report of a broken budget, as text for a client.
    #[must_use]
    pub fn into_message(self) -> Option<String> {
        self.failure.map(|failure| match failure {
            Failure::Answer(report) | Failure::Report(report) => report.to_string(),
            Failure::Settings(problem) => problem.to_owned(),
        })
    }
}
