//! What a run shows, handler by handler.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::line::{Curve, Executed, Finding, Kind, Place, Scope, Unexplained, Verdict};
use crate::run::Run;
use crate::spread::Spread;

/// What a run shows. Broken budgets stand first.
#[derive(Debug)]
pub struct Summary<'a> {
    /// Where it is from.
    pub run: &'a Run,
    /// Functions, requests and what was observed; of tests those that have
    /// something to say themselves.
    pub handlers: Vec<Handler<'a>>,
    /// The tests that ran in a scope of their own.
    pub tests: usize,
    /// Scaling proofs.
    pub curves: Vec<&'a Curve>,
}

/// All runs of one handler: scopes of one name that are written in one place.
#[derive(Debug)]
pub struct Handler<'a> {
    /// Of the scope.
    pub name: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Where it is written.
    pub code: Option<&'a Place>,
    /// The most that some run allows.
    pub max: Option<u64>,
    /// Those that broke their budget or ran the most first.
    pub runs: Vec<&'a Scope>,
    /// What breaks its budget, worst first; not what was observed, which
    /// somebody looks at.
    pub findings: Vec<Found<'a>>,
    /// What is worth knowing.
    pub notes: Vec<Found<'a>>,
    /// What would be a finding, and has a reason.
    pub allowed: Vec<Found<'a>>,
}

/// One finding of a handler, in one or more of its runs.
#[derive(Debug)]
pub struct Found<'a> {
    /// That of the run in which it is worst.
    pub finding: &'a Finding,
    /// How many runs have it.
    pub runs: u64,
}

impl<'a> Summary<'a> {
    /// Puts the scopes of all processes together.
    #[must_use]
    pub fn of(run: &'a Run) -> Self {
        let mut scopes: BTreeMap<_, Vec<&Scope>> = BTreeMap::new();
        for scope in run.scopes() {
            let code = scope.ran.code.as_ref().map(|it| (&it.file, it.line));
            let key = (&scope.ran.name, code, scope.kind);
            scopes.entry(key).or_default().push(scope);
        }
        let handlers = scopes.into_values().filter_map(Handler::of);
        let mut handlers: Vec<_> = handlers.filter(Handler::is_told).collect();
        // They are in the order of their names already.
        handlers.sort_by_key(Handler::verdict);
        let processes = run.processes.iter();
        let mut curves: Vec<&Curve> = processes.flat_map(|it| &it.curves).collect();
        curves.sort_by_key(|it| (it.verdict, &it.name, &it.test));
        Self {
            run,
            handlers,
            tests: run.scopes().filter(|it| it.kind == Kind::Test).count(),
            curves,
        }
    }

    /// Handlers that broke their budget.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.handlers.iter().filter(|it| it.is_broken()).count()
    }

    /// Processes of which not all scopes are known.
    #[must_use]
    pub fn full(&self) -> usize {
        self.run.processes.iter().filter(|it| it.is_full).count()
    }

    /// All findings, those of broken budgets first.
    pub fn findings(&self) -> impl Iterator<Item = (&Handler<'a>, &Found<'a>)> {
        let handlers = self.handlers.iter();
        handlers.flat_map(|it| it.findings.iter().map(move |found| (it, found)))
    }

    /// All notes.
    pub fn notes(&self) -> impl Iterator<Item = (&Handler<'a>, &Found<'a>)> {
        let handlers = self.handlers.iter();
        handlers.flat_map(|it| it.notes.iter().map(move |found| (it, found)))
    }

    /// All statements whose plans could not be read.
    pub fn unexplained(&self) -> impl Iterator<Item = (&Handler<'a>, &'a Unexplained)> {
        let handlers = self.handlers.iter();
        handlers.flat_map(|it| it.unexplained().into_iter().map(move |of| (it, of)))
    }
}

impl<'a> Handler<'a> {
    fn of(mut runs: Vec<&'a Scope>) -> Option<Self> {
        runs.sort_by(|a, b| {
            let order = a.verdict.cmp(&b.verdict);
            let order = order.then(b.ran.queries.cmp(&a.ran.queries));
            order.then_with(|| a.test.cmp(&b.test))
        });
        let first = *runs.first()?;
        Some(Self {
            name: &first.ran.name,
            kind: first.kind,
            code: first.ran.code.as_ref(),
            max: runs.iter().filter_map(|it| it.ran.max).max(),
            findings: found(&runs, judged),
            notes: found(&runs, |it| &it.notes),
            allowed: found(&runs, |it| &it.allowed),
            runs,
        })
    }

    /// Most tests only call handlers.
    fn is_told(&self) -> bool {
        let has_told = |it: &[Found<'_>]| !it.is_empty();
        self.kind != Kind::Test
            || has_told(&self.findings)
            || has_told(&self.notes)
            || has_told(&self.allowed)
            || !self.unexplained().is_empty()
    }

    /// The worst of its runs.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.runs.iter().map(|it| it.verdict);
        verdicts.min().unwrap_or(Verdict::Unknown)
    }

    /// Whether some run broke the budget.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.verdict(), Verdict::Failed | Verdict::Unclaimed)
    }

    /// Whether some run ran more statements than are allowed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.max.is_some() && self.queries().most() > self.max
    }

    /// Where to look: where the finding is, where the handler is written, or
    /// what it ran the most.
    #[must_use]
    pub fn place_of(&self, found: &Found<'a>) -> Option<&'a Place> {
        let places = [found.finding.code.as_ref(), self.code];
        let mut places = places.into_iter().flatten();
        places.find(|it| it.is_relative()).or_else(|| {
            let statements = self.statements().into_iter();
            let mut places = statements.flat_map(|it| &it.places);
            places.find_map(|it| it.code.as_ref().filter(|it| it.is_relative()))
        })
    }

    /// How many runs ended so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.runs.iter().filter(|it| it.verdict == verdict).count()
    }

    /// Statements of its runs.
    #[must_use]
    pub fn queries(&self) -> Spread<u64> {
        self.runs.iter().map(|it| Some(it.ran.queries)).collect()
    }

    /// Rows that its runs read.
    #[must_use]
    pub fn rows(&self) -> Spread<u64> {
        self.runs.iter().map(|it| it.ran.rows).collect()
    }

    /// Seconds that the statements of its runs took.
    #[must_use]
    pub fn elapsed(&self) -> Spread<f64> {
        self.runs.iter().map(|it| it.ran.elapsed_seconds).collect()
    }

    /// What it ran, each statement as in the run that ran it most often; the
    /// most frequent first.
    #[must_use]
    pub fn statements(&self) -> Vec<&'a Executed> {
        let mut most: BTreeMap<_, &Executed> = BTreeMap::new();
        for executed in self.runs.iter().flat_map(|it| &it.ran.statements) {
            let known = most.entry(&executed.db.fingerprint).or_insert(executed);
            if executed.count > known.count {
                *known = executed;
            }
        }
        let mut statements: Vec<_> = most.into_values().collect();
        statements.sort_by_key(|it| Reverse(it.count));
        statements
    }

    /// The statements whose plans some run wanted and could not read.
    #[must_use]
    pub fn unexplained(&self) -> BTreeSet<&'a Unexplained> {
        let unexplained = self.runs.iter().flat_map(|it| &it.ran.unexplained);
        unexplained.collect()
    }

    /// How many different statements of a run are not listed.
    #[must_use]
    pub fn unlisted(&self) -> u64 {
        let unlisted = self.runs.iter().map(|it| it.ran.statements_unlisted);
        unlisted.max().unwrap_or(0)
    }

    /// The tests that ran it.
    #[must_use]
    pub fn tests(&self) -> BTreeSet<&'a str> {
        self.runs
            .iter()
            .filter_map(|it| it.test.as_deref())
            .collect()
    }
}

/// What breaks the budget of a run: nothing where whoever observed it judges.
fn judged(run: &Scope) -> &[Finding] {
    if run.verdict == Verdict::Observed {
        return &[];
    }
    &run.findings
}

/// The same finding of several runs is one: that which counts the most.
fn found<'a>(runs: &[&'a Scope], of: impl Fn(&'a Scope) -> &'a [Finding]) -> Vec<Found<'a>> {
    let mut by_key: BTreeMap<_, Found<'a>> = BTreeMap::new();
    for run in runs.iter().copied() {
        let mut seen = BTreeSet::new();
        for finding in of(run) {
            let fingerprint = finding.db.as_ref().map(|it| &it.fingerprint);
            let code = finding.code.as_ref().map(|it| (&it.file, it.line));
            let key = (&finding.rule, fingerprint, code);
            let found = by_key.entry(key).or_insert(Found { finding, runs: 0 });
            found.runs += u64::from(seen.insert(key));
            let rank = |it: &'a Finding| (it.count, &it.explanation);
            if rank(finding) > rank(found.finding) {
                found.finding = finding;
            }
        }
    }
    let mut found: Vec<_> = by_key.into_values().collect();
    // A broken budget is what its other findings come to: it stands last.
    found.sort_by_key(|it| {
        let is_sum = it.finding.rule.ends_with("-budget");
        (is_sum, Reverse(it.finding.count))
    });
    found
}
