//! What the lines of a run file tell: `docs/run-files.md` in perfguard's
//! repository.
//!
//! What is unknown is `None`. A key that is missing is unknown too, so that a
//! line of an earlier version can be read.

use serde::Deserialize;

/// A scope that has ended.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Scope {
    /// Tells apart the scopes of a process.
    pub number: u64,
    /// The number of the scope around it.
    pub inside: Option<u64>,
    /// What it was.
    pub kind: Kind,
    /// The test that it ran in.
    pub test: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// What ran in it.
    #[serde(rename = "scope")]
    pub ran: Ran,
    /// What breaks its budget.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What is worth knowing, and breaks nothing.
    #[serde(default)]
    pub notes: Vec<Finding>,
    /// What would be a finding, and has a reason.
    #[serde(default)]
    pub allowed: Vec<Finding>,
}

/// What a scope was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a test is about: `perfguard::testing::act`.
    Act,
    /// An annotated function.
    Function,
    /// A request behind a layer.
    Request,
    /// What `perfguard::testing` observed.
    Observed,
    /// A `#[perfguard::test]`.
    Test,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// As files and reports name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Function => "function",
            Self::Request => "request",
            Self::Observed => "observed",
            Self::Test => "test",
            Self::Unknown => "unknown",
        }
    }
}

/// What became of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It broke its budget where no test could fail for it.
    Unclaimed,
    /// A test failed for it.
    Failed,
    /// Whoever observed it judges.
    Observed,
    /// Nothing was broken.
    Passed,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl Verdict {
    /// As files and reports name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unclaimed => "unclaimed",
            Self::Failed => "failed",
            Self::Observed => "observed",
            Self::Passed => "passed",
            Self::Unknown => "unknown",
        }
    }
}

/// What ran in a scope.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Ran {
    /// The name of the scope.
    #[serde(rename = "scope")]
    pub name: String,
    /// Statements.
    pub queries: u64,
    /// Rows that they returned.
    pub rows: Option<u64>,
    /// What they took.
    pub elapsed_seconds: Option<f64>,
    /// Statements that a hard limit kept from being sent.
    #[serde(default)]
    pub refused: u64,
    /// At most so many are allowed.
    pub max: Option<u64>,
    /// Where the handler is written.
    pub code: Option<Place>,
    /// Details that were dropped; the counts are exact.
    #[serde(default)]
    pub details_dropped: u64,
    /// Statements whose plans were wanted and could not be read.
    #[serde(default)]
    pub unexplained: Vec<Unexplained>,
    /// The most frequent ones.
    #[serde(default)]
    pub statements: Vec<Executed>,
    /// Different statements that are not among them.
    #[serde(default)]
    pub statements_unlisted: u64,
}

/// A statement that could not be explained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Unexplained {
    /// Canonical text.
    #[serde(rename = "db.query.text")]
    pub text: String,
    /// Why not.
    pub reason: String,
}

/// A statement, and how it ran in a scope.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Executed {
    /// How often.
    pub count: u64,
    /// What it is.
    pub db: Statement,
    /// Its place among the statements of the scope, in the order in which they
    /// ran first.
    pub first: Option<u64>,
    /// What its executions returned.
    pub rows: Option<u64>,
    /// What its executions took.
    pub elapsed_seconds: Option<f64>,
    /// Where it ran.
    #[serde(default)]
    pub places: Vec<ExecutedAt>,
}

/// How often a statement ran at one place.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ExecutedAt {
    /// How often.
    pub count: u64,
    /// Its place among all places of the scope.
    pub first: Option<u64>,
    /// Where.
    pub code: Option<Place>,
}

/// A statement without its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Statement {
    /// Canonical text.
    #[serde(rename = "db.query.text")]
    pub text: String,
    /// `SELECT posts`.
    #[serde(rename = "db.query.summary")]
    pub summary: String,
    /// `postgresql`, `sqlite`, ..
    #[serde(rename = "db.system.name")]
    pub system: String,
    /// What makes two statements one.
    pub fingerprint: String,
}

/// A place in the user's code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Place {
    /// From the root of the workspace, with `/`.
    #[serde(rename = "code.file.path")]
    pub file: String,
    /// Counted from 1.
    #[serde(rename = "code.line.number")]
    pub line: u32,
    /// The function that it is in.
    #[serde(rename = "code.function.name")]
    pub function: Option<String>,
}

impl Place {
    /// Whether the file is in the workspace, or named from it.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        let is_drive = self.file.chars().nth(1) == Some(':');
        !self.file.starts_with(['/', '\\']) && !is_drive
    }
}

/// What a rule says of a scope.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: String,
    /// `error` or `note`.
    pub severity: String,
    /// How many executions it is about.
    pub count: u64,
    /// Whether there may be more.
    #[serde(default)]
    pub at_least: bool,
    /// How many different values they had.
    pub distinct_binds: Option<u64>,
    /// Whether there may be more.
    #[serde(default)]
    pub distinct_binds_at_least: bool,
    /// The statement.
    pub db: Option<Statement>,
    /// Where it ran.
    pub code: Option<Place>,
    /// The query that the repeats came from.
    pub source: Option<Source>,
    /// More of it, in words.
    pub explanation: Option<String>,
    /// What to do.
    pub fix: Option<String>,
    /// The page about the rule, a path in perfguard's repository.
    pub page: Option<String>,
    /// Why it is allowed.
    pub reason: Option<String>,
    /// The index that was tried out, of a missing one.
    pub proof: Option<Proof>,
}

/// An index that was tried out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Proof {
    /// `CREATE INDEX ..`.
    pub create: String,
    /// The plan without it, a line for each step.
    #[serde(default)]
    pub before: Vec<String>,
    /// The plan with it.
    #[serde(default)]
    pub after: Vec<String>,
    /// What the statement costs without it, in the database's unit.
    pub cost_before: Option<f64>,
    /// What it costs with it.
    pub cost_after: Option<f64>,
}

/// The query that repeats came from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Source {
    /// What it is.
    pub db: Statement,
    /// What it returned.
    pub rows: Option<u64>,
    /// Where it ran.
    pub code: Option<Place>,
}

/// A scaling proof: what the same code ran for more and more items.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Curve {
    /// Of the proof.
    pub name: String,
    /// The test that it ran in.
    pub test: Option<String>,
    /// Passed or failed.
    pub verdict: Verdict,
    /// Statements that each item more may cost.
    pub allowed: f64,
    /// In the order of `n`.
    #[serde(default)]
    pub points: Vec<Point>,
    /// Those whose number is not the same at all points.
    #[serde(default)]
    pub statements: Vec<Growing>,
}

/// What ran for `n` items.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Point {
    /// Items.
    pub n: u64,
    /// Statements.
    pub queries: u64,
    /// Rows that they returned.
    pub rows: Option<u64>,
    /// What they took.
    pub elapsed_seconds: Option<f64>,
}

/// A statement whose number depends on the number of items.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Growing {
    /// What it is.
    pub db: Statement,
    /// How often it ran at each point.
    #[serde(default)]
    pub counts: Vec<u64>,
}

/// Where an allow is written, and of which rule: what makes it one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowPlace {
    /// From the root of the workspace, with `/`.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// The id of the rule.
    pub rule: String,
}

/// An allow that some process of the run met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Why it is there.
    pub reason: String,
    /// Some process of the run had a finding that it let pass.
    pub is_needed: bool,
}
