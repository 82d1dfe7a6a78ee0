//! `tracing` events of scopes that have ended, with OpenTelemetry's names.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use super::outlet::Switch;
use super::quota::QUOTA;
use super::{Ended, say};
use crate::finding::Finding;
use crate::report::Report;
use crate::scope::State;
use crate::settings::{Live, Settings};

/// The subscriber.
static SUBSCRIBER: Switch = Switch::new();

/// Names of scopes come from the application; what comes from clients is not
/// among them, and no name of a route can be made to meet another one's.
static NAMES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Writes what is to be written of a scope in production: a warning if it has
/// findings, and a summary if it is one of those that are summed up.
pub(super) fn write(ended: &Ended<'_>, scope: &Arc<State>) {
    let report = ended.report();
    let settings = scope.settings();
    if report.is_violated()
        && let Some(warned) = Warned::of(report, settings)
    {
        guarded(|| warned.write());
    }
    if ended.is_root() && settings.is_summed_up(scope.id()) {
        guarded(|| summary(ended));
    }
}

/// Says what is wrong with perfguard's own set-up.
pub(crate) fn complain(problem: &str) {
    guarded(|| tracing::warn!(target: "perfguard", "{problem}"));
}

fn guarded(write: impl FnOnce()) {
    if SUBSCRIBER.guard(write) {
        // The one who would be warned by is the one that is broken.
        say("perfguard: the tracing subscriber panicked: no more events are written");
    }
}

/// A scope's findings, as far as it is time to warn of them.
struct Warned<'a> {
    report: &'a Report,
    finding: &'a Finding,
    rules: Vec<&'a str>,
    /// How many warnings of these rules there were not, since the last one.
    suppressed: u64,
}

impl<'a> Warned<'a> {
    fn of(report: &'a Report, settings: &Live) -> Option<Self> {
        let mut warned = None::<Self>;
        let interval = settings.warning_interval();
        let now = Instant::now();
        let mut name = (usize::MAX, 0);
        let mut last = None;
        // Held for a few look-ups.
        let mut quota = QUOTA.lock();
        for finding in report.findings() {
            if last.replace((finding.scope, finding.rule)) == Some((finding.scope, finding.rule)) {
                continue;
            }
            if name.0 != finding.scope {
                let scope = report.scopes().get(finding.scope);
                name = (finding.scope, NAMES.hash_one(scope.map(|it| &it.name)));
            }
            let Some(suppressed) = quota.ask(name.1, finding.rule, interval, now) else {
                continue;
            };
            let warned = warned.get_or_insert_with(|| Self {
                report,
                finding,
                rules: Vec::new(),
                suppressed: 0,
            });
            warned.suppressed += suppressed;
            if warned.rules.last() != Some(&finding.rule()) {
                warned.rules.push(finding.rule());
            }
        }
        warned
    }

    /// `rule`, `count` and `db.query.*` are the first finding's; `rules` names
    /// all of them that it is time for.
    fn write(&self) {
        let Self {
            report, finding, ..
        } = self;
        let scope = report.scope();
        let place = Settings::current()
            .resolves_call_sites()
            .then(|| finding.call_site())
            .flatten();
        let (file, line) = match place {
            Some(site) => (Some(site.file()), Some(site.line())),
            None => (scope.file(), scope.line()),
        };
        let statement = finding.statement().or_else(|| report.most_frequent());
        tracing::warn!(
            target: "perfguard",
            scope = scope.name(),
            rule = finding.rule(),
            count = finding.count(),
            max = scope.max(),
            queries = report.queries(),
            calls = Some(report.calls()).filter(|calls| *calls > 0),
            rules = self.rules.join(","),
            suppressed = Some(self.suppressed).filter(|suppressed| *suppressed > 0),
            explanation = finding.explanation.as_deref(),
            db.query.summary = statement.map(|statement| statement.summary()),
            db.query.text = statement.map(|statement| clip(statement.text())),
            db.system.name = statement.map(|statement| statement.dialect().system_name()),
            code.file.path = file,
            code.line.number = line,
            "query budget broken: {}",
            report.headline_of(finding),
        );
    }
}

/// What a scope ran, whether it was right or wrong.
fn summary(ended: &Ended<'_>) {
    let report = ended.report();
    tracing::info!(
        target: "perfguard",
        scope = report.scope().name(),
        outcome = ended.end().as_str(),
        queries = report.queries(),
        rows = report.rows(),
        db_time = report.elapsed().map(|elapsed| elapsed.as_secs_f64()),
        calls = Some(report.calls()).filter(|calls| *calls > 0),
        findings = report.findings().len(),
        details_dropped = Some(report.details_dropped()).filter(|dropped| *dropped > 0),
        "scope ended",
    );
}

/// At most 2 KiB of a statement go to a log.
fn clip(text: &str) -> &str {
    let end = (0..=text.len().min(2_048))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or(text)
}
