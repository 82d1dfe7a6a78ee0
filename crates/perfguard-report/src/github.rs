//! Commands of GitHub Actions, which annotate a pull request.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::escape::{data, escape, property};
use crate::line::Verdict;
use crate::summary::{Found, Handler, Summary};
use crate::words::{self, Part};

/// As many errors as GitHub shows of a step (actions/toolkit, issue 734).
const MAX_ERRORS: usize = 10;

/// An error for each of the ten worst findings; the others, the notes, and what
/// is worth knowing of the run in one notice.
#[must_use]
pub fn github(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    let findings: Vec<_> = worst_first(summary);
    let (shown, hidden) = findings.split_at(findings.len().min(MAX_ERRORS));
    for (handler, found) in shown {
        text += &error(handler, found);
    }
    let notice = notice(summary, hidden);
    let _ = writeln!(text, "::notice title=perfguard::{}", data(&notice));
    text
}

/// What no test failed for stands first; a sum says less than what it is of.
fn worst_first<'a, 'b>(summary: &'b Summary<'a>) -> Vec<(&'b Handler<'a>, &'b Found<'a>)> {
    let mut findings: Vec<_> = summary.findings().collect();
    findings.sort_by_key(|(handler, found)| {
        let is_claimed = handler.verdict() != Verdict::Unclaimed;
        let count = std::cmp::Reverse(found.finding.count);
        (is_claimed, words::is_budget(found.finding), count)
    });
    findings
}

fn error(handler: &Handler<'_>, found: &Found<'_>) -> String {
    let finding = found.finding;
    let place = handler.place_of(found);
    let place = place.map(|it| format!("file={},line={},", property(&it.file), it.line));
    let claim = words::claim(finding);
    let mut message = format!("{}: {claim}", handler.name);
    for (part, line) in words::detail(finding) {
        if !matches!(part, Part::Place | Part::Proof) {
            message += "\n";
            message += &escape(&line);
        }
    }
    format!(
        "::error {}title={}::{}\n",
        place.unwrap_or_default(),
        property(&format!("perfguard::{}", finding.rule)),
        data(&message)
    )
}

fn notice(summary: &Summary<'_>, hidden: &[(&Handler<'_>, &Found<'_>)]) -> String {
    let mut lines = vec![words::headline(summary)];
    let grouped = |found: &mut dyn Iterator<Item = &Found<'_>>| {
        let mut rules: BTreeMap<String, u64> = BTreeMap::new();
        for found in found {
            *rules.entry(escape(&found.finding.rule)).or_default() += 1;
        }
        let rules = rules
            .into_iter()
            .map(|(rule, count)| format!("{rule} {count}"));
        rules.collect::<Vec<_>>().join(", ")
    };
    if !hidden.is_empty() {
        let rules = grouped(&mut hidden.iter().map(|(_, found)| *found));
        let hidden = words::plural(hidden.len() as u64, "more finding");
        lines.push(format!("{hidden}: {rules}"));
    }
    let notes = summary.notes().count();
    if notes > 0 {
        let rules = grouped(&mut summary.notes().map(|(_, found)| found));
        lines.push(format!("{}: {rules}", words::plural(notes as u64, "note")));
    }
    let unexplained = summary.unexplained().count();
    if unexplained > 0 {
        let statements = words::plural(unexplained as u64, "statement");
        lines.push(format!("{statements} could not be explained"));
    }
    for curve in summary
        .curves
        .iter()
        .filter(|it| it.verdict == Verdict::Failed)
    {
        let name = escape(&curve.name);
        lines.push(format!("scaling failed: {name}: {}", words::points(curve)));
    }
    let (allows, stale) = words::allows(summary);
    lines.push(allows);
    let more = stale.into_iter().chain(words::gaps(summary));
    lines.extend(more.map(|it| escape(&it)));
    lines.join("\n")
}
