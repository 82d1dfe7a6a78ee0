//! What may change while the process runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use super::{Enforcement, Route, Settings};
use crate::error::Error;
use crate::limits::Limits;
use crate::report::escape;
use crate::rules;
use crate::small_tables::SmallTables;
use crate::standing::StandingAllow;
use crate::thresholds::{Policy, Profile, Thresholds};

/// How often a broken rule is warned of in scopes of one name, where nobody
/// says otherwise: as often as metrics are usually scraped, so that a log and a
/// dashboard tell of the same minute. perfguard's own.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Decisions that a scope takes along when it opens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    /// What the environment says, which nothing else changes.
    pub(super) environment: Option<Enforcement>,
    pub(super) enforcement: Option<Enforcement>,
    pub(super) limits: Limits,
    pub(super) thresholds: Thresholds,
    /// Those of each profile, in the order of [`Profile::ALL`].
    profiles: [Thresholds; Profile::ALL.len()],
    pub(super) small_tables: SmallTables,
    pub(super) allows: Vec<StandingAllow>,
    /// By the name of a scope.
    pub(super) routes: HashMap<String, Route>,
    pub(super) warn_every: Option<Duration>,
    /// The share of all scopes that are summed up.
    pub(super) summaries: f64,
}

/// What holds now; nothing before settings are looked at for the first time.
static NOW: RwLock<Option<Arc<Live>>> = RwLock::new(None);

impl Live {
    /// What holds now.
    pub(crate) fn now() -> Arc<Self> {
        if let Some(now) = &*NOW.read() {
            return Arc::clone(now);
        }
        // Not under the lock: settings may be read from a file, and told of.
        let start = Settings::current().at_start();
        let mut now = NOW.write();
        Arc::clone(now.get_or_insert_with(|| Arc::new(start.clone())))
    }

    /// What holds from now on.
    pub(super) fn replace(live: Self) {
        *NOW.write() = Some(Arc::new(live));
    }

    pub(super) fn profile(&mut self, profile: Profile, thresholds: Thresholds) {
        let mut profiles = Profile::ALL.into_iter().zip(&mut self.profiles);
        if let Some((_, own)) = profiles.find(|(known, _)| *known == profile) {
            own.with(thresholds);
        }
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(table) = self.small_tables.unreasoned() {
            return Err(Error::settings(format!(
                "the small table `{}` has no reason: say why all of it may be read",
                escape(table)
            )));
        }
        let own = self.profiles.iter().find_map(Thresholds::unknown);
        if let Some(rule) = own.or_else(|| self.thresholds.unknown()) {
            return Err(Error::settings(rules::no_such_rule(rule)));
        }
        let mut allows = self.allows.iter();
        if let Some((allow, (_, problem))) = allows.find_map(|it| Some((it, it.problem()?))) {
            let (file, line) = allow.place();
            return Err(Error::settings(format!("{file}:{line}: {problem}")));
        }
        if !(0.0..=1.0).contains(&self.summaries) {
            return Err(Error::settings(format!(
                "the share of scopes that are summed up is {}: expected a number from 0 to 1, as in `summaries(0.01)`",
                self.summaries
            )));
        }
        Ok(())
    }

    /// What was said explicitly of a scope: by the environment, of its name, or
    /// by the application of all.
    pub(crate) fn explicit(&self, name: &str) -> Option<Enforcement> {
        let route = || self.route(name).and_then(Route::own_enforcement);
        self.environment.or_else(route).or(self.enforcement)
    }

    /// What guarded connections enforce in a scope of this name.
    pub(crate) fn hard_limits(&self, name: &str) -> Limits {
        let route = self.route(name).map(Route::hard_limits);
        route.map_or(self.limits, |route| route.and(self.limits))
    }

    fn route(&self, name: &str) -> Option<&Route> {
        // Most applications name none.
        if self.routes.is_empty() {
            return None;
        }
        self.routes.get(name)
    }

    /// What was said of scopes that do this.
    pub(crate) fn policy(&self, profile: Option<Profile>) -> Policy<'_> {
        let mut profiles = Profile::ALL.into_iter().zip(&self.profiles);
        let own = profiles.find(|(known, _)| Some(*known) == profile);
        Policy {
            own: own.map(|(_, own)| own),
            all: Some(&self.thresholds),
        }
    }

    /// Allows for scopes and statements that they name.
    pub(crate) fn standing_allows(&self) -> &[StandingAllow] {
        &self.allows
    }

    /// Tables that may be read as a whole.
    pub(crate) fn small(&self) -> &SmallTables {
        &self.small_tables
    }

    /// How long a rule that was warned of is not warned of again.
    pub(crate) fn warning_interval(&self) -> Duration {
        self.warn_every.unwrap_or(WARN_EVERY)
    }

    /// True if the scope of this number is one of those that are summed up.
    pub(crate) fn is_summed_up(&self, number: u64) -> bool {
        if self.summaries <= 0.0 {
            return false;
        }
        // Spread evenly over all numbers (Fibonacci hashing), so that scopes
        // which are opened in turns are sampled alike.
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        #[expect(
            clippy::cast_precision_loss,
            reason = "32 bits fit in the 53 of an f64"
        )]
        let place = spread as f64 / f64::from(u32::MAX);
        place < self.summaries || self.summaries >= 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Enforcement, Live, Route};
    use crate::limits::Limits;

    #[test]
    fn the_environment_wins_over_a_route_and_a_route_over_the_rest() {
        let mut live = Live {
            enforcement: Some(Enforcement::Warn),
            ..Live::default()
        };
        let off = Route::new().enforcement(Enforcement::Off);
        live.routes.insert("GET /posts".to_owned(), off);
        assert_eq!(live.explicit("GET /posts"), Some(Enforcement::Off));
        assert_eq!(live.explicit("GET /authors"), Some(Enforcement::Warn));
        live.environment = Some(Enforcement::Fail);
        assert_eq!(live.explicit("GET /posts"), Some(Enforcement::Fail));
    }

    #[test]
    fn of_a_route_s_limits_and_those_of_all_the_tightest_hold() {
        let mut live = Live {
            limits: Limits::new().hard_max(10),
            ..Live::default()
        };
        let route = Route::new().limits(Limits::new().hard_max(20).hard_max_rows(5));
        live.routes.insert("GET /posts".to_owned(), route);
        let both = Limits::new().hard_max(10).hard_max_rows(5);
        assert_eq!(live.hard_limits("GET /posts"), both);
        assert_eq!(live.hard_limits("GET /"), Limits::new().hard_max(10));
    }

    #[test]
    fn a_share_of_the_scopes_is_summed_up() {
        let summed = |summaries: f64| {
            let live = Live {
                summaries,
                ..Live::default()
            };
            (1..=10_000)
                .filter(|scope| live.is_summed_up(*scope))
                .count()
        };
        assert_eq!(summed(0.0), 0);
        assert_eq!(summed(1.0), 10_000);
        assert!((95..=105).contains(&summed(0.01)), "{}", summed(0.01));
    }

    #[test]
    fn a_share_that_is_none_is_refused() {
        for share in [-0.1, 1.1, f64::NAN] {
            let live = Live {
                summaries: share,
                ..Live::default()
            };
            let said = live.check().err().map(|error| error.to_string());
            assert!(said.is_some_and(|said| said.contains("from 0 to 1")));
        }
    }
}
