//! What a change made of two runs.
//!
//! A handler is known by its name and kind: lines move. Of its runs the one
//! with the most statements counts, and so it is for each statement.

mod human;
mod json;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};

use crate::line::{Executed, Kind, Place, Statement};
use crate::run::{Error, Run};
use crate::summary::{Handler, Summary};

/// What differs between a run and one before it.
#[derive(Debug)]
pub struct Diff<'a> {
    /// Those in which something differs; what grew stands first.
    pub handlers: Vec<HandlerDiff<'a>>,
    /// Handlers that are as they were.
    pub same: usize,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It, or a statement of it, runs more often.
    Grew,
    /// It was not there before.
    New,
    /// It runs less.
    Fell,
    /// It is not there any more.
    Gone,
    /// It runs as many statements, and not the same ones; or its budget differs.
    Changed,
    /// Nothing differs.
    Same,
}

/// A number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Before.
    pub base: Option<u64>,
    /// After.
    pub head: Option<u64>,
}

/// What became of a handler.
#[derive(Debug)]
pub struct HandlerDiff<'a> {
    /// Of the scope.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// In a word.
    pub change: Change,
    /// The most statements of a run.
    pub queries: Pair,
    /// The most that is allowed.
    pub max: Pair,
    /// Those that differ; what grew stands first.
    pub statements: Vec<StatementDiff<'a>>,
}

/// What became of a statement of a handler.
#[derive(Debug)]
pub struct StatementDiff<'a> {
    /// What it is.
    pub db: &'a Statement,
    /// Where it runs, or ran.
    pub code: Option<&'a Place>,
    /// In a word.
    pub change: Change,
    /// How often it ran in the run that ran it the most.
    pub count: Pair,
}

impl<'a> Diff<'a> {
    /// What is in `head` and was not in `base`, and the other way round.
    ///
    /// # Errors
    ///
    /// If the runs are from versions of perfguard that do not know statements
    /// by the same fingerprints.
    pub fn between(base: &Summary<'a>, head: &Summary<'a>) -> Result<Self, Error> {
        let versions: BTreeSet<u32> = [base.run, head.run]
            .into_iter()
            .flat_map(versions)
            .collect();
        if versions.len() > 1 {
            return Err(Error::new(
                "the runs are from versions of perfguard that know statements by different fingerprints: let the same version write both".to_owned(),
            ));
        }
        let (base, head) = (totals(base), totals(head));
        let names: BTreeSet<_> = base.keys().chain(head.keys()).copied().collect();
        let all = names.into_iter().map(|key| {
            let (base, head) = (base.get(&key), head.get(&key));
            HandlerDiff::of(key, base, head)
        });
        let (same, mut handlers): (Vec<_>, Vec<_>) = all.partition(|it| it.change == Change::Same);
        handlers.sort_by_key(|it| it.change);
        Ok(Self {
            handlers,
            same: same.len(),
        })
    }

    /// Whether something grew that was there before.
    #[must_use]
    pub fn is_growth(&self) -> bool {
        self.count(Change::Grew) > 0
    }

    fn count(&self, change: Change) -> usize {
        self.handlers
            .iter()
            .filter(|it| it.change == change)
            .count()
    }

    /// `1 handler grew, 2 fell, 1 is new`.
    fn headline(&self) -> String {
        let words = [
            (Change::Grew, "grew"),
            (Change::New, "new"),
            (Change::Fell, "fell"),
            (Change::Gone, "gone"),
            (Change::Changed, "changed"),
        ];
        let counts = words.map(|(change, word)| (self.count(change), word));
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let mut counts: Vec<String> = counts
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if self.same > 0 || counts.is_empty() {
            counts.push(format!("{} as before", self.same));
        }
        format!("handlers: {}", counts.join(", "))
    }
}

fn versions(run: &Run) -> impl Iterator<Item = u32> {
    run.processes.iter().filter_map(|it| it.fingerprint_version)
}

impl Change {
    /// As files and reports name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grew => "grew",
            Self::New => "new",
            Self::Fell => "fell",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

impl Pair {
    fn change(self) -> Change {
        match (self.base, self.head) {
            (None, None) => Change::Same,
            (None, Some(_)) => Change::New,
            (Some(_), None) => Change::Gone,
            (Some(base), Some(head)) if head > base => Change::Grew,
            (Some(base), Some(head)) if head < base => Change::Fell,
            _ => Change::Same,
        }
    }

    /// `3 -> 7`, or the number that there is.
    fn shown(self) -> String {
        match (self.base, self.head) {
            (Some(base), Some(head)) if base != head => format!("{base} -> {head}"),
            (_, Some(one)) | (Some(one), None) => one.to_string(),
            (None, None) => "none".to_owned(),
        }
    }
}

impl<'a> HandlerDiff<'a> {
    fn of(
        (name, kind): (&'a str, Kind),
        base: Option<&Totals<'a>>,
        head: Option<&Totals<'a>>,
    ) -> Self {
        let pair = |of: fn(&Totals<'a>) -> Option<u64>| Pair {
            base: base.and_then(of),
            head: head.and_then(of),
        };
        let (queries, max) = (pair(|it| Some(it.queries)), pair(|it| it.max));
        let mut statements = match (base, head) {
            (Some(base), Some(head)) => statements(base, head),
            _ => Vec::new(),
        };
        statements.sort_by_key(|it| it.change);
        let has = |change| statements.iter().any(|it| it.change == change);
        let change = match queries.change() {
            Change::Fell | Change::Same if has(Change::Grew) => Change::Grew,
            Change::Same if !statements.is_empty() || max.base != max.head => Change::Changed,
            change => change,
        };
        Self {
            name,
            kind,
            change,
            queries,
            max,
            statements,
        }
    }

    /// `4 -> 7 statements, at most 4 -> 8 allowed`.
    fn claim(&self) -> String {
        let shown = self.queries.shown();
        let s = if shown == "1" { "" } else { "s" };
        let mut text = format!("{shown} statement{s}");
        if self.max.base.or(self.max.head).is_some() {
            text += &format!(", at most {} allowed", self.max.shown());
        }
        text
    }
}

/// The most of all runs of a handler.
struct Totals<'a> {
    queries: u64,
    max: Option<u64>,
    /// By fingerprint.
    statements: BTreeMap<&'a str, &'a Executed>,
    /// Not all statements of each run are listed: one that is not here may
    /// have run.
    is_partial: bool,
}

/// Tests are no handlers: what they run beside these is their own.
fn totals<'a>(summary: &Summary<'a>) -> BTreeMap<(&'a str, Kind), Totals<'a>> {
    let mut totals = BTreeMap::new();
    let handlers = summary.handlers.iter().filter(|it| it.kind != Kind::Test);
    for handler in handlers {
        let all = totals
            .entry((handler.name, handler.kind))
            .or_insert(Totals {
                queries: 0,
                max: None,
                statements: BTreeMap::new(),
                is_partial: false,
            });
        all.add(handler);
    }
    totals
}

impl<'a> Totals<'a> {
    fn add(&mut self, handler: &Handler<'a>) {
        self.queries = self.queries.max(handler.queries().most().unwrap_or(0));
        self.max = self.max.max(handler.max);
        self.is_partial |= handler.unlisted() > 0;
        for executed in handler.statements() {
            let known = self.statements.entry(&executed.db.fingerprint);
            let known = known.or_insert(executed);
            if executed.count > known.count {
                *known = executed;
            }
        }
    }
}

/// Those that differ.
fn statements<'a>(base: &Totals<'a>, head: &Totals<'a>) -> Vec<StatementDiff<'a>> {
    let fingerprints: BTreeSet<_> = base
        .statements
        .keys()
        .chain(head.statements.keys())
        .collect();
    let differ = fingerprints.into_iter().filter_map(|fingerprint| {
        let before = base.statements.get(fingerprint).copied();
        let after = head.statements.get(fingerprint).copied();
        let count = Pair {
            base: before.map(|it| it.count),
            head: after.map(|it| it.count),
        };
        let is_known = match count.change() {
            Change::New => !base.is_partial,
            Change::Gone => !head.is_partial,
            Change::Same => false,
            _ => true,
        };
        let executed = after.or(before).filter(|_| is_known)?;
        let place = executed.places.first();
        Some(StatementDiff {
            db: &executed.db,
            code: place.and_then(|it| it.code.as_ref()),
            change: count.change(),
            count,
        })
    });
    differ.collect()
}
