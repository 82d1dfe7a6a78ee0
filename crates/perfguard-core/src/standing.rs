//! Allows that an application states in one place, for many.

use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::budget::Site;
use crate::day::Day;
use crate::finding::Finding;
use crate::report::escape;
use crate::rules::{self, RuleId};
use crate::scope::State;

/// An allow for scopes or statements that are named here, and not where they
/// are: in [`Settings::allow`](crate::Settings::allow), or as `[[allow]]` in
/// `perfguard.toml`.
///
/// ```
/// use perfguard_core::{Settings, StandingAllow};
///
/// let reports = StandingAllow::new("n-plus-one", "twelve months, and no more")
///     .module("shop::reports")
///     .expires("2099-12-31");
/// let settings = Settings::new().allow(reports);
/// # drop(settings);
/// ```
///
/// It needs a scope, a module or a fingerprint, and covers what fits all that
/// it names: for a rule everywhere there are
/// [`Thresholds::level`](crate::Thresholds::level).
#[derive(Clone, Debug)]
#[must_use = "an allow does nothing until it is in the settings"]
pub struct StandingAllow {
    rule: String,
    reason: String,
    scope: Option<String>,
    module: Option<String>,
    fingerprint: Option<String>,
    expires: Option<String>,
    file: Cow<'static, str>,
    line: u32,
}

impl StandingAllow {
    /// Accepts findings of `rule` (its kebab-case id), and says why.
    #[track_caller]
    pub fn new(rule: impl Into<String>, reason: impl Into<String>) -> Self {
        let here = Location::caller();
        Self {
            rule: rule.into(),
            reason: reason.into(),
            scope: None,
            module: None,
            fingerprint: None,
            expires: None,
            file: Cow::Borrowed(here.file()),
            line: here.line(),
        }
    }

    /// In a scope of this name and in those inside it, as reports show the
    /// name: a route (`GET /posts/{id}`), a job, the `name` or the path of a
    /// function.
    pub fn scope(mut self, name: impl Into<String>) -> Self {
        self.scope = Some(name.into());
        self
    }

    /// In the annotated functions of a module and of those below it, or in one
    /// function: `shop::reports`, `shop::reports::monthly`.
    pub fn module(mut self, path: impl Into<String>) -> Self {
        self.module = Some(path.into());
        self
    }

    /// Of the statement with this fingerprint, 16 hexadecimal digits: see
    /// [`Fingerprint`](crate::statement::Fingerprint).
    pub fn fingerprint(mut self, fingerprint: impl Into<String>) -> Self {
        self.fingerprint = Some(fingerprint.into());
        self
    }

    /// Up to and with a day (in UTC): `2027-01-31`.
    pub fn expires(mut self, day: impl Into<String>) -> Self {
        self.expires = Some(day.into());
        self
    }

    /// Where it is written.
    #[cfg(feature = "config")]
    pub(crate) fn at(mut self, file: &str, line: u32) -> Self {
        (self.file, self.line) = (Cow::Owned(file.to_owned()), line);
        self
    }

    /// What is wrong with it, and with which of its parts.
    pub(crate) fn problem(&self) -> Option<(&'static str, String)> {
        let rule = escape(&self.rule);
        if RuleId::allowable(&self.rule).is_none() {
            return Some(("rule", rules::why_not_allowable(&self.rule)));
        }
        if self.reason.trim().is_empty() {
            let said = format!("an allow of `{rule}` has no reason: say why it is expected");
            return Some(("reason", said));
        }
        if let Some(day) = &self.expires
            && Day::parse(day).is_none()
        {
            let said = format!(
                "an allow of `{rule}` expires on no day of the calendar: write year, month and day, as in `2027-01-31`"
            );
            return Some(("expires", said));
        }
        if self.fingerprint.as_deref().is_some_and(is_no_fingerprint) {
            let said = format!(
                "an allow of `{rule}` names no fingerprint: expected 16 hexadecimal digits, as JSON reports have them"
            );
            return Some(("fingerprint", said));
        }
        let places = [&self.scope, &self.module, &self.fingerprint];
        let is_anywhere = places
            .into_iter()
            .all(|place| place.as_deref().is_none_or(|it| it.trim().is_empty()));
        is_anywhere.then(|| {
            let said = format!(
                "an allow of `{rule}` holds everywhere: name a `scope`, a `module` or a `fingerprint`, or set the level of the rule"
            );
            ("rule", said)
        })
    }

    pub(crate) fn rule(&self) -> &str {
        &self.rule
    }

    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// The file and the line that it is written in.
    pub(crate) fn place(&self) -> (&str, u32) {
        (&self.file, self.line)
    }

    fn last_day(&self) -> Option<Day> {
        self.expires.as_deref().and_then(Day::parse)
    }

    fn is_expired(&self) -> bool {
        self.last_day().is_some_and(|last| last < Day::today())
    }

    /// True for a finding in scopes of these names, innermost first.
    fn covers(&self, finding: &Finding, names: &[&str]) -> bool {
        let is_in = |module: &str| {
            names.iter().any(|name| {
                let rest = name.strip_prefix(module);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })
        };
        let is_of = |fingerprint: &str| {
            let statement = finding.statement();
            let own = statement.map(|it| it.fingerprint().to_string());
            own.is_some_and(|own| own.eq_ignore_ascii_case(fingerprint))
        };
        finding.rule() == self.rule
            && self
                .scope
                .as_deref()
                .is_none_or(|scope| names.contains(&scope))
            && self.module.as_deref().is_none_or(is_in)
            && self.fingerprint.as_deref().is_none_or(is_of)
    }
}

fn is_no_fingerprint(text: &str) -> bool {
    text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Lets findings pass that a standing allow covers; calls `matched` for each
/// allow that let one pass, or would have before it expired.
pub(crate) fn apply<'a>(
    allows: &'a [StandingAllow],
    scope: &Arc<State>,
    findings: &mut [Finding],
    mut matched: impl FnMut(&'a StandingAllow),
) {
    if allows.is_empty() {
        return;
    }
    let names: SmallVec<[&str; 4]> = scope
        .lineage()
        .flat_map(|scope| {
            let path = scope.site().and_then(Site::path);
            std::iter::once(scope.name()).chain(path)
        })
        .collect();
    for finding in findings.iter_mut().filter(|it| it.allowed.is_none()) {
        let mut covering = allows.iter().filter(|it| it.covers(finding, &names));
        let holding = covering.clone().find(|allow| !allow.is_expired());
        match (holding, covering.next()) {
            (Some(allow), _) => {
                finding.allowed = Some(allow.reason().to_owned().into());
                matched(allow);
            }
            (None, Some(expired)) => {
                if let Some(last) = expired.last_day() {
                    finding.note_expired(last, expired.place());
                    matched(expired);
                }
            }
            (None, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{StandingAllow, apply};
    use crate::budget::{Budget, Site};
    use crate::finding::{Finding, Severity};
    use crate::rules::RuleId;
    use crate::scope::{Kind, Scope, State};
    use crate::statement::{Dialect, Statement};

    static SITE: Site = Site::new(file!(), line!(), Budget::new(1));
    const READ: &str = "SELECT * FROM posts WHERE author_id = 1";

    /// The reason for which a finding passes, and what is said of it, in
    /// `shop::reports::monthly` behind the route `GET /reports`.
    fn judged(allows: Vec<StandingAllow>) -> (Option<String>, Option<String>) {
        let request = Scope::of(State::open(Kind::Request, "GET /reports".into(), None));
        let _entered = request.enter();
        let name = "shop::reports::monthly";
        let scope = State::open(Kind::Handler, name.into(), Some(&SITE));
        let mut finding = Finding::new(RuleId::NPlusOne, Severity::Error, 3);
        finding.statement = Some(Statement::new(READ, Dialect::Sqlite).into());
        let mut findings = [finding];
        apply(allows.leak(), &scope, &mut findings, |_| {});
        let [finding] = findings;
        let allowed = finding.allowed().map(str::to_owned);
        (allowed, finding.explanation)
    }

    fn allow() -> StandingAllow {
        StandingAllow::new("n-plus-one", "known")
    }

    #[test]
    fn it_covers_what_it_names() {
        let fingerprint = Statement::new(READ, Dialect::Sqlite)
            .fingerprint()
            .to_string();
        for covering in [
            allow().scope("GET /reports"),
            allow().scope("shop::reports::monthly"),
            allow().module("shop"),
            allow().module("shop::reports"),
            allow().module("shop::reports::monthly"),
            allow().fingerprint(&fingerprint),
            allow().fingerprint(fingerprint.to_uppercase()),
            allow()
                .module("shop")
                .scope("GET /reports")
                .fingerprint(&fingerprint),
            allow().module("shop").expires("2999-12-31"),
        ] {
            assert_eq!(covering.problem(), None);
            let (allowed, _) = judged(vec![covering.clone()]);
            assert_eq!(allowed.as_deref(), Some("known"), "{covering:?}");
        }
        for other in [
            StandingAllow::new("repeated-write", "known").module("shop"),
            allow().scope("GET /report"),
            allow().scope("shop::reports"),
            allow().module("shop::report"),
            allow().module("reports"),
            allow().fingerprint("0123456789abcdef"),
            allow().module("shop").scope("GET /posts"),
        ] {
            let (allowed, explanation) = judged(vec![other.clone()]);
            assert_eq!((allowed, explanation), (None, None), "{other:?}");
        }
    }

    #[test]
    fn a_function_with_a_name_of_its_own_is_still_in_its_module() {
        static NAMED: Site =
            Site::new(file!(), line!(), Budget::new(1)).at("shop::reports::monthly");
        let scope = State::open(Kind::Handler, "the report".into(), Some(&NAMED));
        for covering in [
            allow().module("shop::reports"),
            allow().scope("the report"),
            allow().scope("shop::reports::monthly"),
        ] {
            let mut findings = [Finding::new(RuleId::NPlusOne, Severity::Error, 3)];
            apply(vec![covering].leak(), &scope, &mut findings, |_| {});
            assert!(findings.iter().all(|it| it.allowed().is_some()));
        }
    }

    #[test]
    fn an_expired_one_does_not_count_and_is_told_of_unless_another_holds() {
        let expired = allow().module("shop").expires("2020-02-29");
        let (allowed, explanation) = judged(vec![expired.clone()]);
        assert_eq!(allowed, None);
        let said = explanation.unwrap_or_default();
        assert!(said.contains("until 2020-02-29"), "{said}");
        let (allowed, explanation) = judged(vec![expired, allow().module("shop")]);
        assert_eq!((allowed.as_deref(), explanation), (Some("known"), None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (wrong, part) in [
            (
                StandingAllow::new("n-plus-two", "x").module("m"),
                "expected one of",
            ),
            (
                StandingAllow::new("query-budget", "x").module("m"),
                "is a budget: raise",
            ),
            (
                StandingAllow::new("n_plus_one", "x").module("m"),
                "write `n-plus-one`",
            ),
            (
                StandingAllow::new("n-plus-one", " ").module("m"),
                "no reason",
            ),
            (allow().module("m").expires("2027-02-29"), "no day"),
            (allow().fingerprint("12"), "16 hexadecimal digits"),
            (allow(), "holds everywhere"),
            (allow().module(""), "holds everywhere"),
        ] {
            let (_, problem) = wrong.problem().unwrap_or_default();
            assert!(problem.contains(part), "{part}: {problem}");
        }
    }
}
