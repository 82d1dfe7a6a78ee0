//! What is said of findings, in words that all formats share.
//!
//! Text that others wrote stands in it as it is: each format escapes a whole
//! line in its own way.

use crate::line::{Curve, Finding, Place, Proof, Source, Verdict};
use crate::spread::Spread;
use crate::summary::{Found, Handler, Summary};

/// How much of a statement is shown.
const MAX_SQL: usize = 2_000;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Why there is something to say.
    Cause,
    Fix,
    Page,
    Place,
    Proof,
    Statement,
}

/// What is said of a finding beside its claim.
pub(crate) fn detail(finding: &Finding) -> Vec<(Part, String)> {
    let mut lines = Vec::new();
    if let Some(db) = &finding.db {
        lines.push((Part::Statement, sql(&db.text)));
    }
    if let Some(code) = &finding.code {
        lines.push((Part::Place, format!("at {}", place_in(code))));
    }
    if let Some(source) = &finding.source {
        lines.push((Part::Cause, cause(source)));
    }
    if let Some(explanation) = explanation(finding) {
        lines.push((Part::Cause, explanation.to_owned()));
    }
    if let Some(fix) = finding.fix.as_deref().filter(|it| !it.is_empty()) {
        lines.push((Part::Fix, format!("fix: {fix}")));
    }
    let proof = finding.proof.as_ref().map(proof).unwrap_or_default();
    lines.extend(proof.into_iter().map(|line| (Part::Proof, line)));
    if let Some(page) = &finding.page {
        lines.push((Part::Page, format!("see {page}")));
    }
    lines
}

/// The index that was tried out, and the plans without it and with it, a line
/// each.
pub(crate) fn proof(proof: &Proof) -> Vec<String> {
    let mut lines = vec![format!("proof: {}", proof.create)];
    for (when, plan) in [("before", &proof.before), ("after", &proof.after)] {
        lines.push(format!("  {when}"));
        // In the log of a workflow, a line that is nothing but a plan's may be
        // a command.
        lines.extend(plan.iter().map(|line| format!("  - {line}")));
    }
    if let (Some(before), Some(after)) = (proof.cost_before, proof.cost_after) {
        lines.push(format!("  cost {before:.2} before, {after:.2} after"));
    }
    lines
}

/// `n-plus-one: 20 times, 20 different binds`.
pub(crate) fn claim(finding: &Finding) -> String {
    match claimed(finding) {
        Some(claimed) => format!("{}: {claimed}", finding.rule),
        None => finding.rule.clone(),
    }
}

/// What a rule claims: `20 times, 20 different binds`.
pub(crate) fn claimed(finding: &Finding) -> Option<String> {
    if is_budget(finding)
        && let Some(limits) = &finding.explanation
    {
        return Some(limits.clone());
    }
    // Neither counts anything.
    if matches!(finding.rule.as_str(), "not-connected" | "small-data") {
        return None;
    }
    let counted = match finding.rule.as_str() {
        "query-budget" => "statement",
        _ => "time",
    };
    let mut text = at_least(finding.at_least) + &plural(finding.count, counted);
    if let Some(binds) = finding.distinct_binds {
        text += ", ";
        text += &at_least(finding.distinct_binds_at_least);
        text += &plural(binds, "different bind");
    }
    Some(text)
}

/// What is said beside the claim. A broken budget is its limit, and claims it.
pub(crate) fn explanation(finding: &Finding) -> Option<&str> {
    let explanation = finding.explanation.as_deref();
    explanation.filter(|_| !is_budget(finding))
}

pub(crate) fn is_budget(finding: &Finding) -> bool {
    finding.rule.ends_with("-budget")
}

pub(crate) fn cause(source: &Source) -> String {
    let place = source.code.as_ref();
    let place = place.map(|it| format!(" ({})", place_of(it)));
    let (summary, place) = (&source.db.summary, place.unwrap_or_default());
    match source.rows {
        Some(rows) => format!(
            "ran once per row of `{summary}`{place}, which returned {}",
            plural(rows, "row")
        ),
        None => format!("followed `{summary}`{place}"),
    }
}

/// `src/posts.rs:12`.
pub(crate) fn place_of(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// `src/posts.rs:12, in blog::list_posts`.
pub(crate) fn place_in(place: &Place) -> String {
    match &place.function {
        Some(function) => format!("{}, in {function}", place_of(place)),
        None => place_of(place),
    }
}

/// `20 statements, at most 3 allowed, 20 rows, 1.2 ms`.
pub(crate) fn cost(handler: &Handler<'_>) -> String {
    let statements = handler.queries();
    let mut text = counted(statements, "statement");
    if let Some(max) = handler.max {
        text += &format!(", at most {max} allowed");
    }
    text += &format!(", {}", counted(handler.rows(), "row"));
    text + &format!(", time {}", handler.elapsed().shown(seconds))
}

fn counted(spread: Spread<u64>, noun: &str) -> String {
    match spread.known {
        Some((1, 1)) if spread.unknown == 0 => format!("1 {noun}"),
        None => format!("{noun}s unknown"),
        _ => format!("{} {noun}s", number(spread)),
    }
}

/// `2-20`.
pub(crate) fn number(spread: Spread<u64>) -> String {
    spread.shown(|it| it.to_string())
}

/// In how many of its runs a finding was.
pub(crate) fn how_often(handler: &Handler<'_>, found: &Found<'_>) -> Option<String> {
    let runs = handler.runs.len();
    (runs > 1).then(|| format!("in {} of {runs} runs", found.runs))
}

/// `1.25 ms`.
pub(crate) fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        it if it >= 1.0 => (it, "s"),
        it if it >= 1e-3 => (it * 1e3, "ms"),
        it => (it * 1e6, "µs"),
    };
    let digits = match value {
        it if it >= 100.0 => 0,
        it if it >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {unit}")
}

pub(crate) fn sql(text: &str) -> String {
    match text.char_indices().nth(MAX_SQL) {
        Some((end, _)) => format!("{} ..", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

pub(crate) fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

fn at_least(is_bound: bool) -> String {
    let text = if is_bound { "at least " } else { "" };
    text.to_owned()
}

/// `2 of 12 handlers broke their budget`.
pub(crate) fn headline(summary: &Summary<'_>) -> String {
    let (handlers, broken) = (summary.handlers.len(), summary.broken());
    let unclaimed = summary.run.unclaimed().count();
    let mut text = match (handlers, broken) {
        (0, _) => "no scope has ended under test".to_owned(),
        (_, 0) => format!(
            "no budget of {} is broken",
            plural(handlers as u64, "handler")
        ),
        (_, 1) => format!(
            "1 of {} broke its budget",
            plural(handlers as u64, "handler")
        ),
        _ => format!("{broken} of {handlers} handlers broke their budgets"),
    };
    if unclaimed > 0 {
        text += &format!(", {} unclaimed", plural(unclaimed as u64, "run"));
    }
    let failed = summary.curves.iter();
    let failed = failed.filter(|it| it.verdict == Verdict::Failed).count();
    if failed > 0 {
        text += &format!(", {} failed", plural(failed as u64, "scaling proof"));
    }
    text
}

/// What a scaling proof shows: `2 items: 3 statements; 4 items: 5 statements`.
pub(crate) fn points(curve: &Curve) -> String {
    let points = curve.points.iter().map(|it| {
        let (items, statements) = (plural(it.n, "item"), plural(it.queries, "statement"));
        format!("{items}: {statements}")
    });
    points.collect::<Vec<_>>().join("; ")
}

/// What a scaling proof allows.
pub(crate) fn slope(curve: &Curve) -> String {
    if curve.allowed > 0.0 {
        format!(
            "{} statements more for each item are allowed",
            curve.allowed
        )
    } else {
        "a constant number is allowed".to_owned()
    }
}

/// What kept the run from being seen as a whole, a line each.
pub(crate) fn gaps(summary: &Summary<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let unread = summary.run.unread;
    if unread > 0 {
        lines.push(format!("lines that could not be read: {unread}"));
    }
    let full = summary.full();
    if full > 0 {
        lines.push(format!(
            "processes with more scopes than a file takes, of which the later ones are not shown: {full}"
        ));
    }
    lines
}

/// Whether all allows were needed, and then a line for each that was not.
pub(crate) fn allows(summary: &Summary<'_>) -> (String, Vec<String>) {
    let run = summary.run;
    let (allows, stale) = (run.allows.len(), run.stale().count());
    let text = match (allows, stale) {
        (0, _) => "this run met no allow".to_owned(),
        (_, 0) => "every allow of this run was needed".to_owned(),
        _ => format!(
            "of {allows} allows, {stale} matched nothing in this run; if all tests ran, remove them or test them with data that needs them"
        ),
    };
    let lines = run.stale().map(|(place, allow)| {
        let (rule, file, line) = (&place.rule, &place.file, place.line);
        format!("{rule} at {file}:{line} (\"{}\")", allow.reason)
    });
    (text, lines.collect())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_has_three_digits() {
        for (time, shown) in [
            (0.0, "0.00 µs"),
            (0.000_012_3, "12.3 µs"),
            (0.001_25, "1.25 ms"),
            (0.123, "123 ms"),
            (2.0, "2.00 s"),
        ] {
            assert_eq!(seconds(time), shown);
        }
    }
}
