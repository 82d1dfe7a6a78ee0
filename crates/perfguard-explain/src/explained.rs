//! What the plans of a report's statements say.

use std::fmt;

use perfguard_core::planned::{self, Unexplained};
use perfguard_core::{Finding, Report};

use crate::advice::Advice;

/// What came of explaining the statements of a report.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    pub(crate) report: Option<Report>,
    pub(crate) advice: Vec<Advice>,
    pub(crate) plans: Vec<(String, Vec<String>)>,
}

impl Explained {
    /// The missing indexes: what fails a test.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.report.as_ref().map_or(&[], Report::findings)
    }

    /// What is worth knowing and fails nothing.
    #[must_use]
    pub fn notes(&self) -> &[Finding] {
        self.report.as_ref().map_or(&[], Report::notes)
    }

    /// What was found and is allowed, each with its reason.
    #[must_use]
    pub fn allowed(&self) -> &[Finding] {
        self.report.as_ref().map_or(&[], Report::allowed)
    }

    /// The indexes that were tried out and used, also those of notes.
    #[must_use]
    pub fn advice(&self) -> &[Advice] {
        &self.advice
    }

    /// The statements that were explained: canonical text, and the lines of the
    /// plan.
    pub fn plans(&self) -> impl Iterator<Item = (&str, &[String])> {
        let plans = self.plans.iter();
        plans.map(|(statement, lines)| (statement.as_str(), lines.as_slice()))
    }

    /// The statements that could not be explained.
    #[must_use]
    pub fn unexplained(&self) -> &[Unexplained] {
        self.report.as_ref().map_or(&[], planned::unexplained)
    }

    /// Fails a test that misses an index.
    ///
    /// # Panics
    /// If there is a finding, with all that was found.
    #[track_caller]
    pub fn assert_indexed(&self) {
        assert!(self.findings().is_empty(), "an index is missing\n\n{self}");
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(report) = &self.report {
            write!(f, "{report}")?;
        }
        Ok(())
    }
}
