//! The plans of statements that are explained when they run.
//!
//! A test that wants them has a desk. A connection that can explain asks it
//! before it sends a statement ([`wanted`]), explains each once, and leaves
//! what the plan says; the scopes of the test take it from there when they end
//! ([`of_scope`]).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::{Said, Unexplained, found};
use crate::adapter;
use crate::finding::{Finding, Severity};
use crate::rules::{self, RuleId};
use crate::scope::{State, current};
use crate::statement::{Dialect, Fingerprint, Statement};

/// Different statements that one test explains.
const MAX_EXPLAINED: usize = 1_024;

/// Set once a test of the process wants plans.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// What is known of the plans of a test's statements.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Nothing while a statement is being explained.
    answers: Mutex<HashMap<Fingerprint, Option<Answer>>>,
    /// A part of the test is what it is about; the rest is set-up.
    has_inner: AtomicBool,
}

impl Desk {
    /// True where nothing ran inside the test that it could be about.
    pub(crate) fn is_of_the_test_itself(&self) -> bool {
        !self.has_inner.load(Ordering::Relaxed)
    }
}

/// What came of explaining a statement: what its plan says, or why there is
/// none.
pub type Answer = Result<Vec<Said>, String>;

/// True if a test may want plans: one atomic read where none does.
#[inline]
#[must_use]
pub fn are_wanted() -> bool {
    // Relaxed: who sets it is the test that asks.
    IS_USED.load(Ordering::Relaxed)
}

/// Has the statements of a scope under test explained, and of those inside it.
pub(crate) fn open(scope: &State) {
    if scope.is_exact() {
        IS_USED.store(true, Ordering::Relaxed);
        scope.open_desk();
    }
}

/// A statement whose plan is wanted.
#[derive(Debug)]
pub struct Wanted {
    statement: Arc<Statement>,
    scope: Arc<State>,
}

/// Whether the plan of a statement is wanted that is about to run: once for
/// each in a test that wants plans, in any scope under test if `always`.
#[cold]
#[must_use]
pub fn wanted(sql: &str, dialect: Dialect, always: bool) -> Option<Wanted> {
    if current::is_quiet() {
        return None;
    }
    let scope = current::scope()?;
    let mut scopes = scope.lineage().filter(|scope| scope.is_exact());
    let owner = match scopes.find(|scope| scope.desk().is_some()) {
        Some(owner) => owner,
        None if always => {
            let outermost = scope.lineage().filter(|scope| scope.is_exact()).last()?;
            open(outermost);
            outermost
        }
        None => return None,
    };
    let statement = adapter::statement(sql, dialect);
    let small = scope.settings().small();
    if !rules::may_search(statement.shape()) || small.are_all_without_index(statement.shape()) {
        return None;
    }
    let mut answers = owner.desk()?.answers.lock();
    let fingerprint = statement.fingerprint();
    if answers.contains_key(&fingerprint) || answers.len() >= MAX_EXPLAINED {
        return None;
    }
    answers.insert(fingerprint, None);
    drop(answers);
    Some(Wanted {
        statement,
        scope: Arc::clone(owner),
    })
}

impl Wanted {
    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Leaves what came of it.
    pub fn answer(self, answer: Answer) {
        if let Some(desk) = self.scope.desk() {
            let fingerprint = self.statement.fingerprint();
            desk.answers.lock().insert(fingerprint, Some(answer));
        }
    }
}

/// What the plans of a scope's statements say, and what could not be explained
/// of them. `candidates` are what the rule has left.
pub(crate) fn of_scope(
    scope: &Arc<State>,
    candidates: &[Finding],
) -> (Vec<Finding>, Vec<Unexplained>) {
    let (mut findings, mut unexplained) = (Vec::new(), Vec::new());
    let owner = are_wanted().then(|| scope.lineage().find(|scope| scope.desk().is_some()));
    let Some((owner, desk)) = owner.flatten().and_then(|it| Some((it, it.desk()?))) else {
        return (findings, unexplained);
    };
    if owner.id() != scope.id() {
        desk.has_inner.store(true, Ordering::Relaxed);
    }
    let answers = desk.answers.lock();
    for candidate in candidates {
        let Some(statement) = candidate.statement() else {
            continue;
        };
        let reason = match answers.get(&statement.fingerprint()) {
            Some(Some(Ok(said))) => {
                findings.extend(said.iter().map(|said| found(candidate, said)));
                continue;
            }
            Some(Some(Err(reason))) => reason.as_str(),
            Some(None) => "the connection was closed meanwhile",
            None => "it ran on a connection that does not explain",
        };
        unexplained.push(Unexplained::new(statement.text(), reason));
    }
    if answers.is_empty() && !unexplained.is_empty() {
        // Silence would look like success.
        let mut silent = Finding::new(RuleId::NotConnected, Severity::Error, 0);
        silent.explanation =
            Some("plans are wanted, and no statement ran on a connection that explains".to_owned());
        silent.fix = "run the test on guarded connections (`perfguard::diesel::Guarded`, `perfguard::sea_orm::Guarded`), or hand a report to `perfguard::explain::check`".to_owned();
        findings.push(silent);
        unexplained.clear();
    }
    (findings, unexplained)
}
