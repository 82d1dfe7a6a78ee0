//! Runs cases and judges what perfguard said of them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::MethodRouter;
use perfguard::explain::Explained;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard::{Finding, Report};

use crate::case::{Case, Versions};
use crate::explains::Explains;
use crate::{Error, cases, http, in_diesel, in_sea_orm};

/// Bottlenecks that are not shown yet, and what will catch them.
pub const COMING: &[(&str, &str)] = &[("unbounded cache", "a lint of the source")];

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
            if let Some(explained) = &answer.explained {
                writeln!(f, "{explained}")?;
            }
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
    explained: Option<Explained>,
}

impl Answer {
    /// What perfguard reported.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What the plans of its statements say, where somebody looked.
    #[must_use]
    pub fn explained(&self) -> Option<&Explained> {
        self.explained.as_ref()
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
        let plans = self.explained.iter();
        let said = said.chain(plans.flat_map(|it| it.findings().iter().chain(it.notes())));
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
            let open = |sql: &str| in_diesel::open(sql);
            let states = (open(case.tables)?, open(&repaired(case))?);
            runs.push(run(case, "Diesel", versions, states).await?);
        }
        if let Some(versions) = &case.sea_orm {
            let before = in_sea_orm::open(case.tables).await?;
            let after = in_sea_orm::open(&repaired(case)).await?;
            runs.push(run(case, "SeaORM", versions, (before, after)).await?);
        }
        if let Some(versions) = &case.plain {
            runs.push(run(case, "none", versions, ((), ())).await?);
        }
    }
    Ok(runs)
}

/// The tables of the good version.
fn repaired(case: &Case) -> String {
    [case.tables, case.repair].join("\n")
}

/// Runs both versions, each on a database of its own.
async fn run<S: Clone + Explains + Send + Sync + 'static>(
    case: &Case,
    orm: &'static str,
    versions: &Versions<S>,
    (before, after): (S, S),
) -> Result<Run, Error> {
    Ok(Run {
        case: case.name,
        orm,
        caught_by: case.caught_by,
        answers_less: case.answers_less,
        before: ask(case, (versions.before)(), &before).await?,
        after: ask(case, (versions.after)(), &after).await?,
    })
}

async fn ask<S: Clone + Explains + Send + Sync + 'static>(
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
    let explained = match case.is_explained {
        true => state.explain(&report).await?,
        false => None,
    };
    Ok(Answer {
        status,
        body,
        elapsed,
        report,
        explained,
    })
}
