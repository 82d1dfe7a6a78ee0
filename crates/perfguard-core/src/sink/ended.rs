//! What a sink is told of a scope.

use std::sync::Arc;

use crate::finding::Finding;
use crate::report::Report;
use crate::scope::{Ending, State};

/// A scope that has ended, as a [`Sink`](super::Sink) is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    report: &'a Report,
    root: &'a Arc<State>,
    is_root: bool,
}

/// How a scope ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeEnd {
    /// Its future was dropped before it was done: a client that went away, a
    /// timeout.
    Cancelled,
    /// Its body came to its end, also with an error.
    Completed,
    /// It panicked.
    Panicked,
}

impl ScopeEnd {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cancelled, Self::Completed, Self::Panicked];

    /// The name in events, metrics and files: `cancelled`, `completed`,
    /// `panicked`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Panicked => "panicked",
        }
    }
}

impl From<Ending> for ScopeEnd {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Cancelled => Self::Cancelled,
            Ending::Completed => Self::Completed,
            Ending::Panicked => Self::Panicked,
        }
    }
}

impl<'a> Ended<'a> {
    /// `None` for tests, and what they look at: they are no part of the
    /// application.
    pub(super) fn of(scope: &'a Arc<State>, report: &'a Report) -> Option<Self> {
        let root = scope.application_root()?;
        Some(Self {
            report,
            root,
            is_root: Arc::ptr_eq(root, scope),
        })
    }

    /// What it ran and did wrong.
    #[must_use]
    pub fn report(&self) -> &'a Report {
        self.report
    }

    /// What it has found itself.
    ///
    /// Under test a report holds the findings of the scopes inside as well,
    /// which have told of them when they ended.
    pub fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        let all = self.report.findings().iter();
        all.filter(|finding| finding.scope == 0)
    }

    /// The name of the outermost scope around it, or its own: the route of a
    /// request behind a layer.
    #[must_use]
    pub fn root(&self) -> &'a str {
        self.root.name()
    }

    /// The number of the outermost scope around it, or its own: no other scope
    /// of this process has it.
    ///
    /// It tells which scopes belong together: see
    /// [`Scope::root_number`](crate::Scope::root_number).
    #[must_use]
    pub fn root_number(&self) -> u64 {
        self.root.id()
    }

    /// True if there is no scope around it.
    ///
    /// A statement counts in each scope around it: who adds up takes these
    /// only. [`findings`](Self::findings) are told of once, by the scope that
    /// has them.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    /// How it ended.
    #[must_use]
    pub fn end(&self) -> ScopeEnd {
        self.report.scope().ending.into()
    }
}
