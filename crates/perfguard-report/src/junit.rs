//! JUnit XML, for whatever shows the tests of a run.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::escape::escape;
use crate::line::{Curve, Scope, Verdict};
use crate::run::Error;
use crate::summary::Summary;
use crate::words;

/// A suite for each executable, and a case for each test of it; what ran in no
/// test is a case of its own.
///
/// # Errors
///
/// If it cannot be written as XML.
pub fn junit(summary: &Summary<'_>) -> Result<String, Error> {
    let mut suites: BTreeMap<&str, BTreeMap<&str, Case<'_>>> = BTreeMap::new();
    for process in &summary.run.processes {
        let name = process.name.as_deref().unwrap_or("unknown");
        let cases = suites.entry(name).or_default();
        for scope in &process.scopes {
            let name = scope.test.as_ref().unwrap_or(&scope.ran.name);
            cases.entry(name).or_default().scopes.push(scope);
        }
        for curve in &process.curves {
            let name = curve.test.as_ref().unwrap_or(&curve.name);
            cases.entry(name).or_default().curves.push(curve);
        }
    }
    let mut report = Report::new("perfguard");
    for (name, cases) in suites {
        let mut suite = TestSuite::new(text(name));
        for (test, case) in cases {
            suite.add_test_case(case.written(test, name));
        }
        report.add_test_suite(suite);
    }
    let text = report.to_string();
    text.map_err(|error| Error::new(format!("failed to write XML: {error}")))
}

/// What ran in one test.
#[derive(Default)]
struct Case<'a> {
    scopes: Vec<&'a Scope>,
    curves: Vec<&'a Curve>,
}

impl Case<'_> {
    fn written(mut self, test: &str, suite: &str) -> TestCase {
        self.scopes.sort_by_key(|it| (&it.ran.name, it.ran.queries));
        let mut case = TestCase::new(text(test), self.status());
        case.set_classname(text(suite));
        let ran = self
            .scopes
            .iter()
            .flat_map(|it| [ran(it)].into_iter().chain(unexplained(it)));
        let ran: Vec<String> = ran.collect();
        if !ran.is_empty() {
            case.set_system_out(ran.join("\n"));
        }
        case
    }

    /// A test that failed for a budget fails; what no test claimed is an error.
    fn status(&self) -> TestCaseStatus {
        let is = |verdict| {
            let curves = self.curves.iter().map(|it| it.verdict);
            let mut verdicts = self.scopes.iter().map(|it| it.verdict).chain(curves);
            verdicts.any(|it| it == verdict)
        };
        let kind = if is(Verdict::Unclaimed) {
            NonSuccessKind::Error
        } else if is(Verdict::Failed) {
            NonSuccessKind::Failure
        } else {
            return TestCaseStatus::success();
        };
        let mut status = TestCaseStatus::non_success(kind);
        let mut rules = Vec::new();
        let mut lines = Vec::new();
        for scope in &self.scopes {
            for finding in &scope.findings {
                rules.push(finding.rule.as_str());
                lines.push(format!("{}: {}", scope.ran.name, words::claim(finding)));
                let detail = words::detail(finding).into_iter();
                lines.extend(detail.map(|(_, line)| format!("    {line}")));
            }
        }
        for curve in self
            .curves
            .iter()
            .filter(|it| it.verdict == Verdict::Failed)
        {
            let (name, slope) = (&curve.name, words::slope(curve));
            lines.push(format!(
                "{name}: scaling failed, {slope}: {}",
                words::points(curve)
            ));
        }
        status.set_type(match rules.first() {
            Some(rule) => text(rule),
            None => "scaling".to_owned(),
        });
        status.set_message(text(lines.first().map_or("query budget broken", |it| it)));
        let lines: Vec<String> = lines.iter().map(|it| text(it)).collect();
        status.set_description(lines.join("\n"));
        status
    }
}

/// `blog::list_posts: 3 statements, at most 3 allowed, 10 rows`.
fn ran(scope: &Scope) -> String {
    let ran = &scope.ran;
    let mut line = format!("{}: {}", ran.name, words::plural(ran.queries, "statement"));
    if let Some(max) = ran.max {
        line += &format!(", at most {max} allowed");
    }
    line += &match ran.rows {
        Some(rows) => format!(", {}", words::plural(rows, "row")),
        None => ", rows unknown".to_owned(),
    };
    text(&line)
}

/// What could not be explained of a scope, a line each.
fn unexplained(scope: &Scope) -> impl Iterator<Item = String> {
    let unexplained = scope.ran.unexplained.iter();
    unexplained.map(|it| text(&format!("    not explained: {}: {}", it.reason, it.text)))
}

/// Without what XML cannot hold.
fn text(text: &str) -> String {
    escape(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
