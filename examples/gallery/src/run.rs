//! Runs cases and judges what perfguard said of them.

use std::fmt;

use axum::Router;
use axum::routing::MethodRouter;
use perfguard::testing::observe;
use perfguard::tower::ScopeLayer;
use perfguard::{Finding, Report};

use crate::case::{Case, Versions};
use crate::{Error, cases, diesel_blog, http, sea_orm_blog};

/// A case in one ORM, before and after the repair.
#[derive(Debug)]
pub struct Run {
    case: &'static str,
    orm: &'static str,
    rule: &'static str,
    before: Answer,
    after: Answer,
}

impl Run {
    /// The name of the case.
    #[must_use]
    pub fn case(&self) -> &str {
        self.case
    }

    /// The name of the ORM.
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

    /// The rule that caught the bad version, if it is the expected one.
    #[must_use]
    pub fn caught_by(&self) -> Option<&str> {
        let mut rules = self.before.report.findings().iter().map(Finding::rule);
        rules.find(|rule| *rule == self.rule)
    }

    /// True if both versions answered with status 200 and the same body.
    #[must_use]
    pub fn answers_agree(&self) -> bool {
        let answers = [&self.before, &self.after];
        answers.iter().all(|answer| answer.status == 200) && self.before.body == self.after.body
    }

    /// True if the bad version was caught, the good one was not, and both
    /// answered the same.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.caught_by().is_some() && self.after.is_silent() && self.answers_agree()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (version, answer) in [("before", &self.before), ("after", &self.after)] {
            writeln!(f, "== {}, {}, {version} ==", self.case, self.orm)?;
            writeln!(f, "{}", answer.report)?;
        }
        Ok(())
    }
}

/// What one version answered, and what perfguard saw.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    body: String,
    report: Report,
}

impl Answer {
    /// What perfguard reported.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// True if there was nothing to find, in a request that asked something.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.report.findings().is_empty() && self.report.queries() > 0
    }
}

/// Runs all cases, in both ORMs.
///
/// # Errors
/// If a database cannot be opened, or a request gets no answer.
pub async fn run_all() -> Result<Vec<Run>, Error> {
    let pool = diesel_blog::open()?;
    let db = sea_orm_blog::open().await?;
    let mut runs = Vec::new();
    for case in &cases::ALL {
        runs.push(run(case, "Diesel", &case.diesel, &pool).await?);
        runs.push(run(case, "SeaORM", &case.sea_orm, &db).await?);
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
        rule: case.rule,
        before: ask(case.route, (versions.before)(), state).await?,
        after: ask(case.route, (versions.after)(), state).await?,
    })
}

async fn ask<S: Clone + Send + Sync + 'static>(
    route: &str,
    handler: MethodRouter<S>,
    state: &S,
) -> Result<Answer, Error> {
    let (answer, report) = observe(async {
        // Built in here, the layer gives its requests to this observation.
        let app = Router::new()
            .route(route, handler)
            .with_state(state.clone())
            .layer(ScopeLayer::new());
        http::get(app, route).await
    })
    .await;
    let (status, body) = answer?;
    Ok(Answer {
        status,
        body,
        report,
    })
}
