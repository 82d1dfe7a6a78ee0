//! Runs cases, and compares what was found with what was expected.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};

use perfguard::testing::{observe, observe_sync};
use perfguard::{Finding, Report};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::case::{Case, Expected, Rule};

/// Rules that have nothing but notes under test. A note of another rule is
/// about something that it cannot know, and may be there or not.
const NOTES: &[&str] = &[
    "cache-candidate",
    "in-memory-page",
    "leading-wildcard",
    "long-transaction",
    "sequential-calls",
    "sequential-queries",
    "small-data",
    "time-budget",
    "wide-select",
];

/// Rules that a busy machine may break in any case: what they find counts in
/// their own cases alone.
const OF_THE_MACHINE: &[&str] = &["blocking-poll", "slow-query"];

/// A finding or a note, as it was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub rule: String,
    /// `None` in production, for all but the first.
    pub count: Option<u64>,
    pub is_note: bool,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub source: Option<String>,
    pub fix: String,
}

/// What came of a case, or of one of its repairs.
#[derive(Debug)]
pub struct Judged {
    /// The rule that the case is about.
    pub about: &'static str,
    pub name: String,
    pub is_repair: bool,
    /// Rules that were expected and found.
    pub right: Vec<String>,
    /// Found, and expected by nobody.
    pub invented: Vec<String>,
    /// Expected, and not found.
    pub missed: Vec<String>,
    pub problem: Option<String>,
}

impl Judged {
    pub fn is_right(&self) -> bool {
        self.invented.is_empty() && self.missed.is_empty() && self.problem.is_none()
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.name)?;
        for found in &self.invented {
            write!(f, "\n  found, not expected: {found}")?;
        }
        for missed in &self.missed {
            write!(f, "\n  expected, not found: {missed}")?;
        }
        if let Some(problem) = &self.problem {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

/// Runs all cases of a rule, and all their repairs.
///
/// # Errors
/// If a database cannot be opened, or a case fails by itself.
pub async fn judge(rule: &Rule) -> Result<Vec<Judged>, Box<dyn Error>> {
    let mut judged = Vec::new();
    for case in &rule.cases {
        let found = run(case, case.is_in_production).await?;
        let mut result = compare(rule, case, found.clone());
        for (words, _) in &case.repairs {
            let mut fixes = found.iter().map(|it| &it.fix);
            if !fixes.any(|fix| fix.contains(words)) {
                result.problem = Some(format!("no finding proposes `{words}`: {found:?}"));
            }
        }
        judged.push(result);
        for (_, repair) in &case.repairs {
            let found = run(repair, case.is_in_production).await?;
            judged.push(Judged {
                is_repair: true,
                ..compare(rule, repair, found)
            });
        }
    }
    Ok(judged)
}

async fn run(case: &Case, is_in_production: bool) -> Result<Vec<Found>, Box<dyn Error>> {
    let ran = if is_in_production {
        case.body.run(&Production).await
    } else {
        case.body.run(&Test).await
    };
    ran.map_err(|error| format!("{}: {error}", case.name).into())
}

fn compare(rule: &Rule, case: &Case, mut found: Vec<Found>) -> Judged {
    let lines = marked(rule, &case.name);
    let fits = |found: &Found, expected: &Expected| {
        let is_counted = match (expected.count, found.count) {
            // Not all of them were looked at.
            (Some(expected), Some(found)) if case.is_in_production => found <= expected,
            (Some(expected), Some(found)) => expected == found,
            _ => true,
        };
        let is_marked = expected.rule != rule.id
            || lines.is_empty()
            // An optimising build makes one function of two cases that have
            // the same code: the line is that of either.
            || !cfg!(debug_assertions)
            || found.line.is_none_or(|line| {
                lines.contains(&line)
                    && found
                        .file
                        .as_deref()
                        .is_some_and(|it| it.ends_with(rule.file))
            });
        let is_over = expected
            .source
            .is_none_or(|table| found.source.as_deref() == Some(table));
        found.rule == expected.rule
            && found.is_note == expected.is_note
            && is_counted
            && is_marked
            && is_over
    };
    let (mut right, mut missed) = (Vec::new(), Vec::new());
    for expected in &case.expected {
        match found.iter().position(|found| fits(found, expected)) {
            Some(at) => right.push(found.swap_remove(at).rule),
            None => missed.push(expected.rule.to_owned()),
        }
    }
    found.retain(|found| {
        let id = found.rule.as_str();
        if OF_THE_MACHINE.contains(&id) {
            return id == rule.id;
        }
        !found.is_note || NOTES.contains(&id)
    });
    let problem = (!found.is_empty() || !missed.is_empty()).then(|| {
        format!(
            "lines {lines:?}, expected {:?}, left {found:?}",
            case.expected
        )
    });
    Judged {
        about: rule.id,
        name: case.name.clone(),
        is_repair: false,
        right,
        invented: found.into_iter().map(|found| found.rule).collect(),
        missed,
        problem,
    }
}

/// The lines of a source that bear the name of a case.
fn marked(rule: &Rule, name: &str) -> Vec<u32> {
    let mark = format!("//~ {name}");
    let lines = (1..).zip(rule.source.lines());
    let marked = lines.filter(|(_, line)| line.ends_with(&mark));
    marked.map(|(number, _)| number).collect()
}

/// What a body runs in.
pub(super) trait Judging {
    fn sync<R>(&self, body: impl FnOnce() -> R) -> (R, Vec<Found>);
    async fn wrap<F: Future>(&self, body: F) -> (F::Output, Vec<Found>);
}

/// Nothing fails, and all is looked at.
struct Test;

impl Judging for Test {
    fn sync<R>(&self, body: impl FnOnce() -> R) -> (R, Vec<Found>) {
        let (value, report) = observe_sync(body);
        (value, found(&report))
    }

    async fn wrap<F: Future>(&self, body: F) -> (F::Output, Vec<Found>) {
        let (value, report) = observe(body).await;
        (value, found(&report))
    }
}

fn found(report: &Report) -> Vec<Found> {
    let of = |findings: &[Finding], is_note: bool| -> Vec<Found> {
        let findings = findings.iter().map(|finding| Found {
            rule: finding.rule().to_owned(),
            count: Some(finding.count()),
            is_note,
            file: finding.call_site().map(|site| site.file().to_owned()),
            line: finding.call_site().map(|site| site.line()),
            source: finding
                .source()
                .and_then(|source| source.statement().shape().main_table())
                .map(str::to_owned),
            fix: finding.fix().to_owned(),
        });
        findings.collect()
    };
    let mut found = of(report.findings(), false);
    found.extend(of(report.notes(), true));
    found
}

/// A budgeted function of a process that is no test: all that is seen of it is
/// an event.
struct Production;

#[perfguard::query_budget(max = 1_000)]
fn budgeted<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[perfguard::query_budget(max = 1_000)]
async fn budgeted_future<F: Future>(body: F) -> F::Output {
    body.await
}

impl Judging for Production {
    fn sync<R>(&self, body: impl FnOnce() -> R) -> (R, Vec<Found>) {
        let events = Events::default();
        let subscriber = tracing_subscriber::registry().with(events.clone());
        let value = tracing::subscriber::with_default(subscriber, || budgeted(body));
        (value, events.take())
    }

    async fn wrap<F: Future>(&self, body: F) -> (F::Output, Vec<Found>) {
        let events = Events::default();
        let subscriber = tracing_subscriber::registry().with(events.clone());
        // The runtime has one thread.
        let _guard = tracing::subscriber::set_default(subscriber);
        let value = budgeted_future(body).await;
        (value, events.take())
    }
}

/// What perfguard's events say.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<Fields>>>);

#[derive(Default)]
struct Fields {
    rules: String,
    count: Option<u64>,
}

impl Events {
    fn take(&self) -> Vec<Found> {
        let events = self.0.lock().map(|mut events| std::mem::take(&mut *events));
        let mut found = Vec::new();
        for event in events.unwrap_or_default() {
            // The count is the first rule's.
            let mut count = event.count;
            for rule in event.rules.split(',') {
                found.push(Found {
                    rule: rule.to_owned(),
                    count: count.take(),
                    is_note: false,
                    file: None,
                    line: None,
                    source: None,
                    fix: String::new(),
                });
            }
        }
        found
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "perfguard" {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Ok(mut events) = self.0.lock() {
            events.push(fields);
        }
    }
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "count" {
            self.count = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "rules" {
            value.clone_into(&mut self.rules);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
