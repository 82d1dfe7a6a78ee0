//! What a workspace shows.

use std::fmt;

use crate::catalog::{Level, Lint};
use crate::place::Place;

/// A file that is no Rust.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParseProblem {
    /// The file.
    pub path: String,
    /// Where it stops being Rust.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.place, self.message)
    }
}

impl std::error::Error for ParseProblem {}

/// What a workspace shows.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// By file and place.
    pub findings: Vec<SourceFinding>,
    /// Allows that have no reason, and no effect.
    pub allows_without_reason: Vec<AllowPlace>,
    /// Allows that matched nothing.
    pub stale_allows: Vec<AllowPlace>,
    /// How many findings were allowed.
    pub allowed: usize,
}

/// Something that a lint has found in a workspace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceFinding {
    /// Which one.
    pub lint: &'static Lint,
    /// Whether it is a warning or an error.
    pub level: Level,
    /// The file.
    pub path: String,
    /// The token to point at.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do; empty if the message says so.
    pub help: String,
    /// The function that it stands in: `Post::author`. Empty for an item.
    pub function: String,
    /// What is called there: `load`. Empty if it is no call.
    pub callee: String,
    /// Places that explain it: the loop, and the way to the query.
    pub related: Vec<Related>,
}

impl fmt::Display for SourceFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, place, lint) = (&self.path, self.place, self.lint.name);
        write!(f, "{path}:{place}: {lint} in `{}`", self.function)
    }
}

/// A place that explains a finding.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Related {
    /// The file.
    pub path: String,
    /// The token to point at.
    pub place: Place,
    /// What is there.
    pub message: String,
}

/// An allow in the source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AllowPlace {
    /// What it allows.
    pub lint: &'static Lint,
    /// The file.
    pub path: String,
    /// The lint's name in the attribute.
    pub place: Place,
    /// Why; empty if it does not say.
    pub reason: String,
}
