//! What the plan of a statement says.

use crate::finding::Severity;

/// One thing that a plan says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether an index is missing, or it is only worth knowing.
    pub severity: Severity,
    /// What is read, with the line of the plan that says so.
    pub read: String,
    /// What to do about it.
    pub fix: String,
    /// The index that was tried out, and what came of it.
    pub proof: Option<Proof>,
}

/// An index that was tried out.
#[derive(Clone, Debug)]
pub struct Proof {
    /// `CREATE INDEX ..`.
    pub create: String,
    /// The plan without it, a line for each step.
    pub before: Vec<String>,
    /// The plan with it.
    pub after: Vec<String>,
    /// What the statement costs without it and with it, in the database's unit.
    pub costs: Option<(f64, f64)>,
}

/// A statement that could not be explained.
#[derive(Clone, Debug)]
pub struct Unexplained {
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Unexplained {
    /// Of its canonical text, and why not.
    #[must_use]
    pub fn new(statement: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            statement: statement.into(),
            reason: reason.into(),
        }
    }

    /// Its canonical text.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// Why not, in the words of the database, to which no value was told. What
    /// functions of the schema raise while it plans is in their own words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}
