//! One outermost scope that has ended, and what ended inside it.

use std::time::{Duration, Instant};

use perfguard_core::Report;
use perfguard_core::sink::{Ended, ScopeEnd, Timeline};
use perfguard_core::statement::Fingerprint;

use super::Found;
use super::cut::{NAME, TEXT, cut};

/// Scopes inside another one that are kept.
pub(super) const MAX_INSIDE: usize = 16;
/// Findings of one scope that are kept.
const MAX_FINDINGS: usize = 16;
/// Different statements of a timeline whose texts are kept.
const MAX_TEXTS: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The number of the scope.
    pub(crate) root: u64,
    pub(crate) at: Instant,
    pub(crate) ran: Ran,
    pub(crate) inside: Vec<Ran>,
    /// Scopes inside this one that are not kept.
    pub(crate) inside_lost: u64,
    pub(crate) course: Option<Course>,
}

/// What one scope ran and did wrong.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    pub(crate) name: String,
    /// Where the annotated function stands.
    pub(crate) place: Option<String>,
    pub(crate) end: ScopeEnd,
    pub(crate) queries: u64,
    pub(crate) rows: Option<u64>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) findings: Vec<Found>,
    /// Findings that are not kept.
    pub(crate) findings_lost: u64,
    pub(crate) details_dropped: u64,
}

/// The timeline of a scope.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) length: Duration,
    pub(crate) steps: Vec<Step>,
    /// Different statements, each with its summary and, for the first, its
    /// text.
    pub(crate) statements: Vec<(String, Option<String>)>,
    pub(crate) missing: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) start: Duration,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) failed: bool,
    /// Its place in the list of statements.
    pub(crate) statement: usize,
}

impl Entry {
    pub(crate) fn of(ended: &Ended<'_>, resolves: bool, now: Instant) -> Self {
        Self {
            root: ended.root_number(),
            at: now,
            ran: Ran::of(ended, resolves),
            inside: Vec::new(),
            inside_lost: 0,
            course: ended.report().timeline().map(Course::of),
        }
    }

    /// Adds what has ended inside it.
    pub(super) fn add(&mut self, ran: Ran) {
        if self.inside.len() < MAX_INSIDE {
            self.inside.push(ran);
        } else {
            self.inside_lost += 1;
        }
    }

    /// This scope, then those inside it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Ran> {
        std::iter::once(&self.ran).chain(&self.inside)
    }

    /// All findings, each with the scope that has it.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&Ran, &Found)> {
        self.all()
            .flat_map(|ran| ran.findings.iter().map(move |found| (ran, found)))
    }

    /// What it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let ran: usize = self.all().map(Ran::bytes).sum();
        size_of::<Self>() + ran + self.course.as_ref().map_or(0, Course::bytes)
    }
}

impl Ran {
    pub(crate) fn of(ended: &Ended<'_>, resolves: bool) -> Self {
        let report: &Report = ended.report();
        let findings = ended.findings();
        let kept: Vec<Found> = findings
            .take(MAX_FINDINGS)
            .map(|it| Found::of(it, resolves))
            .collect();
        let place = report.place();
        Self {
            name: cut(report.name(), NAME),
            place: place.map(|(file, line)| format!("{}:{line}", cut(file, NAME))),
            end: ended.end(),
            queries: report.queries(),
            rows: report.rows(),
            elapsed: report.elapsed(),
            findings_lost: (ended.findings().count() - kept.len()) as u64,
            findings: kept,
            details_dropped: report.details_dropped(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let findings: usize = self.findings.iter().map(Found::bytes).sum();
        size_of::<Self>() + self.name.len() + self.place.as_ref().map_or(0, String::len) + findings
    }
}

impl Course {
    fn of(timeline: &Timeline) -> Self {
        let mut known: Vec<Fingerprint> = Vec::new();
        let mut statements = Vec::new();
        let mut step = |step: &perfguard_core::sink::Step| {
            let statement = step.statement();
            let fingerprint = statement.fingerprint();
            // Mostly one of a few.
            let place = known.iter().position(|it| *it == fingerprint);
            let place = place.unwrap_or_else(|| {
                let text = (known.len() < MAX_TEXTS).then(|| cut(statement.text(), TEXT));
                known.push(fingerprint);
                statements.push((cut(statement.summary(), NAME), text));
                known.len() - 1
            });
            Step {
                start: step.start(),
                elapsed: step.elapsed(),
                failed: step.has_failed(),
                statement: place,
            }
        };
        let steps = timeline.steps().iter().map(&mut step).collect();
        Self {
            length: timeline.length(),
            steps,
            statements,
            missing: timeline.missing(),
        }
    }

    fn bytes(&self) -> usize {
        let texts = self.statements.iter().map(|(summary, text)| {
            let text = text.as_ref().map_or(0, String::len);
            size_of::<(String, Option<String>)>() + summary.len() + text
        });
        self.steps.len() * size_of::<Step>() + texts.sum::<usize>()
    }
}
