//! The report for people.
//!
//! A section per scope: what was allowed and what ran, then each finding with
//! the statement, the place, the cause, the repair and how to accept it.

use std::fmt;

use super::escape::escape;
use super::{Report, ScopeSummary};
use crate::finding::{Finding, Source};
use crate::generated::ACT;
use crate::rules::RuleId;
use crate::scope::{Ending, Kind};

/// How much of a statement a report shows.
const MAX_SQL: usize = 2_000;
/// Findings that one report shows in full.
const MAX_SHOWN: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scope().kind == Kind::Test && self.is_violated() {
            writeln!(
                f,
                "query budgets broken in the test {}\n",
                escape(&self.scope().name)
            )?;
        }
        let mut left = MAX_SHOWN;
        let mut is_first = true;
        for (index, scope) in self.scopes.iter().enumerate() {
            let section = Section {
                scope,
                findings: of_scope(&self.findings, index),
                notes: of_scope(&self.notes, index),
                allowed: of_scope(&self.allowed, index),
            };
            // A scope without anything to say stands there if nobody else has.
            if section.is_empty() && (index > 0 || !self.has_nothing_to_say()) {
                continue;
            }
            if !std::mem::replace(&mut is_first, false) {
                writeln!(f)?;
            }
            section.write(f, &mut left)?;
        }
        if self.lacks_lines() {
            writeln!(
                f,
                "\nno line tables: build with `debug = \"line-tables-only\"` to see the places"
            )?;
        }
        let hidden = self.findings.len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            writeln!(f, "\n{hidden} more findings")?;
        }
        Ok(())
    }
}

fn of_scope(findings: &[Finding], index: usize) -> Vec<&Finding> {
    findings
        .iter()
        .filter(|finding| finding.scope == index)
        .collect()
}

/// What a report says of one scope.
struct Section<'a> {
    scope: &'a ScopeSummary,
    findings: Vec<&'a Finding>,
    notes: Vec<&'a Finding>,
    allowed: Vec<&'a Finding>,
}

impl Section<'_> {
    fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.notes.is_empty()
            && self.allowed.is_empty()
            && self.scope.unexplained.is_empty()
    }

    /// Writes at most `left` findings in full, and takes them off.
    fn write(&self, f: &mut fmt::Formatter<'_>, left: &mut usize) -> fmt::Result {
        heading(f, self.scope, !self.findings.is_empty())?;
        for finding in self.findings.iter().take(*left) {
            writeln!(f)?;
            detail(f, self.scope, finding)?;
        }
        *left -= self.findings.len().min(*left);
        for finding in &self.allowed {
            let reason = finding.allowed().unwrap_or_default();
            writeln!(f, "\n  allowed: {}: {}", claim(finding), escape(reason))?;
        }
        for note in &self.notes {
            writeln!(f)?;
            brief(f, note)?;
        }
        let refused = self.scope.refused;
        if refused > 0 {
            writeln!(
                f,
                "\n  refused before it was sent, because a hard limit was reached: {}",
                plural(refused, "statement")
            )?;
        }
        let unplaced = self.scope.unplaced;
        if unplaced > 0 {
            writeln!(
                f,
                "\n  {} ran again, and the call sites were not read: whether they are loops cannot be told",
                plural(unplaced, "statement")
            )?;
        }
        let dropped = self.scope.details_dropped;
        if dropped > 0 {
            writeln!(
                f,
                "\n  {dropped} details were dropped, the counts are exact"
            )?;
        }
        for it in &self.scope.unexplained {
            writeln!(
                f,
                "\n  not explained: {}\n      {}",
                escape(it.reason()),
                sql(it.statement())
            )?;
        }
        Ok(())
    }
}

/// `blog::list_posts: n-plus-one, 20 times, SELECT authors`.
pub(super) fn headline(report: &Report, finding: Option<&Finding>) -> String {
    let name = escape(&report.scope().name);
    let Some(finding) = finding else {
        return name.to_string();
    };
    let statement = finding.statement();
    let statement = statement.map(|it| format!(", {}", escape(it.summary())));
    let statement = statement.unwrap_or_default();
    format!("{name}: {}{statement}", claim(finding))
}

fn heading(f: &mut fmt::Formatter<'_>, scope: &ScopeSummary, is_broken: bool) -> fmt::Result {
    if is_broken && scope.budget().is_some() {
        f.write_str("query budget broken: ")?;
    }
    write!(f, "{}", escape(&scope.name))?;
    if let Some(site) = scope.site {
        write!(f, " ({}:{})", escape(site.file()), site.line())?;
    }
    match scope.ending {
        Ending::Completed => {}
        Ending::Cancelled => f.write_str(", cancelled")?,
        Ending::Panicked => f.write_str(", panicked")?,
    }
    writeln!(f)?;
    write!(f, "  {}", plural(scope.queries, "statement"))?;
    if let Some(max) = scope.max() {
        write!(f, ", at most {max} allowed")?;
    }
    if let Some(rows) = scope.rows.filter(|_| scope.queries > 0) {
        write!(f, ", {} read", plural(rows, "row"))?;
    }
    let max = scope.max_calls();
    if scope.calls.count > 0 || max.is_some() {
        write!(f, ", {}", plural(scope.calls.count, "outgoing call"))?;
    }
    if let Some(max) = max {
        write!(f, ", at most {max} allowed")?;
    }
    writeln!(f)
}

/// What ran in a scope: how often each statement, and where.
pub(super) struct Listed<'a>(pub(super) &'a ScopeSummary);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.0.statements {
            write!(
                f,
                "    {:>5} x {}",
                statement.count,
                sql(statement.statement.text())
            )?;
            match statement.place.call_site() {
                Some(site) => writeln!(
                    f,
                    "\n            at {}:{}",
                    escape(site.file()),
                    site.line()
                )?,
                None => writeln!(f)?,
            }
        }
        if self.0.unlisted > 0 {
            writeln!(f, "    and {} different statements more", self.0.unlisted)?;
        }
        Ok(())
    }
}

fn detail(f: &mut fmt::Formatter<'_>, scope: &ScopeSummary, finding: &Finding) -> fmt::Result {
    writeln!(f, "  {}", claim(finding))?;
    if let Some(statement) = finding.statement() {
        writeln!(f, "      {}", sql(statement.text()))?;
        if let Some(site) = finding.call_site() {
            writeln!(f, "    at {site}")?;
            for caller in site.callers() {
                writeln!(f, "       from {}:{}", escape(caller.file()), caller.line())?;
            }
        }
    } else if let Some(site) = finding.call_site() {
        writeln!(f, "    at {}:{}", escape(site.file()), site.line())?;
    }
    if let Some(source) = &finding.source {
        writeln!(f, "    {}", cause(source))?;
    }
    if let Some(explanation) = explained(finding) {
        writeln!(f, "    {}", escape(explanation))?;
    }
    if finding.rule == RuleId::QueryBudget {
        write!(f, "{}", Listed(scope))?;
        if scope.max_calls().is_some() {
            for (name, count) in &scope.calls.names {
                writeln!(f, "    {count:>5} x call of {}", escape(name))?;
            }
        }
    }
    if !finding.fix().is_empty() {
        match finding.statement() {
            Some(_) => writeln!(
                f,
                "    fix ({}): {}",
                finding.orm.name(),
                escape(finding.fix())
            )?,
            None => writeln!(f, "    fix: {}", escape(finding.fix()))?,
        }
    }
    proof(f, finding)?;
    let attribute = match (scope.kind, scope.max()) {
        // In a test without an attribute there is none to write it in.
        (Kind::Act, _) if scope.name == ACT => None,
        (Kind::Act | Kind::Test, _) => Some("perfguard::test(..)".to_owned()),
        // A request's own budget stands at the layer.
        (Kind::Request, _) => None,
        (_, max) => max.map(|max| format!("query_budget(max = {max}, ..)")),
    };
    if let Some(attribute) = attribute.filter(|_| !finding.rule.is_budget()) {
        writeln!(
            f,
            "    allow: add `allow({}, reason = \"why this is fine\")` to #[{attribute}]",
            finding.rule().replace('-', "_")
        )?;
    }
    writeln!(f, "    see {}", finding.page())
}

fn brief(f: &mut fmt::Formatter<'_>, note: &Finding) -> fmt::Result {
    write!(f, "  note: {}", claim(note))?;
    if let Some(explanation) = explained(note) {
        write!(f, ", {}", escape(explanation))?;
    }
    writeln!(f)?;
    if let Some(statement) = note.statement() {
        writeln!(f, "      {}", sql(statement.text()))?;
    } else if let Some(site) = note.call_site() {
        writeln!(f, "    at {}:{}", escape(site.file()), site.line())?;
    }
    proof(f, note)
}

/// The index that was tried out, and the plans without it and with it.
fn proof(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    let Some(proof) = &finding.proof else {
        return Ok(());
    };
    writeln!(f, "    proof: {}", escape(&proof.create))?;
    for (when, lines) in [("before", &proof.before), ("after", &proof.after)] {
        writeln!(f, "      {when}")?;
        for line in lines {
            writeln!(f, "        {}", escape(line))?;
        }
    }
    if let Some((before, after)) = proof.costs {
        writeln!(f, "      cost {before:.2} before, {after:.2} after")?;
    }
    Ok(())
}

/// What is said beside the claim. A broken budget is its limit, and claims it;
/// a plan is what it reads.
fn explained(finding: &Finding) -> Option<&str> {
    let explanation = finding.explanation.as_deref();
    explanation.filter(|_| !finding.rule.is_budget() && finding.rule != RuleId::MissingIndex)
}

/// `n-plus-one: 20 times, 20 different binds`.
fn claim(finding: &Finding) -> String {
    let rule = finding.rule();
    let count = finding.count();
    let at_least = if finding.at_least { "at least " } else { "" };
    match finding.rule {
        RuleId::NPlusOne | RuleId::RepeatedWrite => {
            let binds = finding.distinct_binds.map(|binds| {
                let at_least = if binds.at_least { "at least " } else { "" };
                format!(", {at_least}{}", plural(binds.count, "different bind"))
            });
            format!(
                "{rule}: {at_least}{} from one place{}",
                plural(count, "time"),
                binds.unwrap_or_default()
            )
        }
        RuleId::DuplicateQuery => format!(
            "{rule}: {at_least}{} with equal binds",
            plural(count, "time")
        ),
        RuleId::QueryBudget | RuleId::RowBudget | RuleId::TimeBudget => {
            match &finding.explanation {
                Some(limits) => format!("{rule}: {}", escape(limits)),
                None => format!("{rule}: {}", plural(count, "statement")),
            }
        }
        RuleId::MissingIndex => match &finding.explanation {
            Some(read) => format!("{rule}: {}", escape(read)),
            None => rule.to_owned(),
        },
        RuleId::NotConnected | RuleId::SmallData => rule.to_owned(),
        RuleId::BlockingPoll
        | RuleId::BufferedExport
        | RuleId::CacheCandidate
        | RuleId::ConnectionPerRequest
        | RuleId::InMemoryPage
        | RuleId::InlinedLiterals
        | RuleId::LeadingWildcard
        | RuleId::LongTransaction
        | RuleId::MissingPagination
        | RuleId::SequentialCalls
        | RuleId::SequentialQueries
        | RuleId::SlowQuery
        | RuleId::UnboundedResult
        | RuleId::UnfilteredWrite
        | RuleId::UnstablePagination
        | RuleId::WideSelect => format!("{rule}: {at_least}{}", plural(count, "time")),
    }
}

fn cause(source: &Source) -> String {
    let brief = source.statement().brief();
    let brief = escape(&brief);
    let place = source
        .call_site()
        .map(|site| format!(" ({}:{})", escape(site.file()), site.line()))
        .unwrap_or_default();
    match source.rows() {
        Some(rows) => format!(
            "ran once per row of `{brief}`{place}, which returned {}",
            plural(rows, "row")
        ),
        None => format!("followed `{brief}`{place}"),
    }
}

fn sql(text: &str) -> String {
    match text.char_indices().nth(MAX_SQL) {
        Some((end, _)) => format!("{} ..", escape(text.get(..end).unwrap_or(text))),
        None => escape(text).to_string(),
    }
}

fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use crate::callsite::Chain;
    use crate::finding::{Finding, Place, Severity};
    use crate::report::{Report, ScopeSummary};
    use crate::rules::RuleId;
    use crate::statement::{Dialect, Interner};

    const HINT: &str =
        "no line tables: build with `debug = \"line-tables-only\"` to see the places";

    /// A report with a finding for each place.
    fn report(places: &[Option<Chain>]) -> String {
        let statement = Interner::new().intern("SELECT a FROM t WHERE id = ?", Dialect::Sqlite);
        let found = places.iter().map(|place| {
            let mut finding = Finding::new(RuleId::NPlusOne, Severity::Error, 3);
            finding.statement = Some(statement.clone());
            finding.place = Place::new(place.clone());
            finding
        });
        let findings = found.collect();
        Report::new(ScopeSummary::EMPTY, findings, Vec::new(), Vec::new()).to_string()
    }

    #[test]
    fn missing_line_tables_are_said_once() {
        // No code of any process lies there.
        let places = [Some(Chain::of(&[16, 32])), Some(Chain::of(&[16, 48]))];
        let text = report(&places);
        assert_eq!(text.matches("n-plus-one: 3 times").count(), 2, "{text}");
        assert_eq!(text.matches(HINT).count(), 1, "{text}");
        assert!(text.ends_with(&format!("\n{HINT}\n")), "{text}");
    }

    #[test]
    fn a_place_that_nobody_read_needs_no_line_tables() {
        let text = report(&[None]);
        assert!(!text.contains("line tables"), "{text}");
    }
}
