//! Runs cases and judges what perfguard said of them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::MethodRouter;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard::{Finding, Report};

use crate::case::{Case, Versions};
use crate::{Error, cases, http, in_diesel, in_sea_orm};

/// Bottlenecks that are not shown yet, and what will catch them.
pub const COMING: &[(&str, &str)] = &[
    ("missing index", "missing-index"),
    ("unbounded cache", "a lint of the source"),
];

/// A case in one ORM, before and after the repair.
#[derive(Debug)]
pub struct Run {
    case: &'static str,
    orm: &'static str,
    caught_by: &'static [&'static str],
    answers_less: bool,
    before: Answer,
    after: Answer,
}

impl Run {
    /// The name of the case.
    #[must_use]
    pub fn case(&self) -> &str {
        self.case
    }

    /// The name of the ORM; `none` where no database is involved.
    #[must_use]
    pub fn orm(&self) -> &str {
        self.orm
    }

    /// What the bad version did.
    #[must_use]
    pub fn before(&self) -> &Answer {
        &self.before
    }

    /// What the good version did.
    #[must_use]
    pub fn after(&self) -> &Answer {
        &self.after
    }

    /// The rules that should have caught the bad version, and did not, or not
    /// as often.
    #[must_use]
    pub fn missed(&self) -> Vec<&str> {
        let mut fired = self.before.fired();
        let mut missed = Vec::new();
        for rule in self.caught_by {
            match fired.get_mut(rule) {
                Some(count) if *count > 0 => *count -= 1,
                _ => missed.push(*rule),
            }
        }
        missed
    }

    /// The rules that fired after the repair.
    ///
    /// Of those that a busy machine can make fire only the ones that the case
    /// is about.
    #[must_use]
    pub fn told_after(&self) -> Vec<&str> {
        let fired = self.after.fired();
        let is_told = |rule: &&str| !BY_THE_CLOCK.contains(rule) || self.caught_by.contains(rule);
        fired.into_keys().filter(is_told).collect()
    }

    /// True if both versions answered with status 200 and, unless the repair
    /// answers less on purpose, with the same body.
    #[must_use]
    pub fn answers_agree(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        let is_answer = if self.answers_less {
            !after.body.is_empty() && after.body.len() < before.body.len()
        } else {
            after.body == before.body
        };
        before.status == 200 && after.status == 200 && is_answer
    }

    /// True if the bad version was caught, the good one was not, and both
    /// answered.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        // A version that does nothing is silent as well.
        let is_alive = self.orm == "none" || self.after.queries() > 0;
        let is_silent = self.after.report.allowed().is_empty() && self.told_after().is_empty();
        self.missed().is_empty() && is_alive && is_silent && self.answers_agree()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (version, answer) in [("before", &self.before), ("after", &self.after)] {
            writeln!(f, "== {}, {}, {version} ==", self.case, self.orm)?;
            writeln!(f, "{}", answer.report)?;
            if answer.status != 200 {
                writeln!(f, "status {}: {}", answer.status, answer.body)?;
            }
        }
        Ok(())
    }
}

/// Rules about times, which the machine makes as much as the code does.
const BY_THE_CLOCK: &[&str] = &["blocking-poll", "slow-query"];

/// What one version answered, and what perfguard saw.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: String,
    elapsed: Duration,
    report: Report,
}

impl Answer {
    /// What perfguard reported.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// How many statements ran.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.report.queries()
    }

    /// From the request to the last byte of the answer.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The rules that found something or had a note, and how often.
    #[must_use]
    pub fn fired(&self) -> BTreeMap<&str, u64> {
        let mut fired = BTreeMap::new();
        let said = self.report.findings().iter().chain(self.report.notes());
        for rule in said.map(Finding::rule) {
            *fired.entry(rule).or_default() += 1;
        }
        fired
    }

    /// True if there was nothing to find, to note or to allow.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.fired().is_empty() && self.report.allowed().is_empty()
    }
}

/// Runs all cases, in each ORM that they are written in.
///
/// # Errors
/// If a database cannot be opened, or a request gets no answer.
pub async fn run_all() -> Result<Vec<Run>, Error> {
    perfguard::diesel::install()?;
    let mut runs = Vec::new();
    for case in cases::ALL {
        if let Some(versions) = &case.diesel {
            let state = in_diesel::open(case.tables)?;
            runs.push(run(case, "Diesel", versions, &state).await?);
        }
        if let Some(versions) = &case.sea_orm {
            let state = in_sea_orm::open(case.tables).await?;
            runs.push(run(case, "SeaORM", versions, &state).await?);
        }
        if let Some(versions) = &case.plain {
            runs.push(run(case, "none", versions, &()).await?);
        }
    }
    Ok(runs)
}

async fn run<S: Clone + Send + Sync + 'static>(
    case: &Case,
    orm: &'static str,
    versions: &Versions<S>,
    state: &S,
) -> Result<Run, Error> {
    Ok(Run {
        case: case.name,
        orm,
        caught_by: case.caught_by,
        answers_less: case.answers_less,
        before: ask(case, (versions.before)(), state).await?,
        after: ask(case, (versions.after)(), state).await?,
    })
}

async fn ask<S: Clone + Send + Sync + 'static>(
    case: &Case,
    handler: MethodRouter<S>,
    state: &S,
) -> Result<Answer, Error> {
    let start = Instant::now();
    let (answer, report) = observe(async {
        // Built in here, the layer gives its requests to this observation.
        let app = Router::new()
            .route(case.route, handler)
            .with_state(state.clone())
            .layer(ScopeLayer::new());
        let mut answer = http::get(app.clone(), case.route).await;
        for _ in 1..case.asked {
            answer = http::get(app.clone(), case.route).await;
        }
        (answer, start.elapsed())
    })
    .await;
    let (answer, elapsed) = answer;
    let (status, body) = answer?;
    Ok(Answer {
        status,
        body,
        elapsed,
        report,
    })
}
