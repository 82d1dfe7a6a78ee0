//! What is said of each lint.

use crate::catalog::{LINTS, Level, Lint};

/// A level for each lint.
#[derive(Clone, Debug)]
pub struct Levels(Vec<(&'static Lint, Level)>);

impl Levels {
    /// Those of `cargo perfguard check`, where nothing else is said.
    pub fn of_command() -> Self {
        Self(LINTS.iter().map(|it| (*it, it.command)).collect())
    }

    /// Those of an annotated function, where nothing else is said.
    pub fn of_attribute() -> Self {
        Self(LINTS.iter().map(|it| (*it, it.attribute)).collect())
    }

    /// Whether nothing is looked for.
    pub fn all_allowed(&self) -> bool {
        self.0.iter().all(|(_, level)| *level == Level::Allow)
    }

    /// Whether a lint is looked for that annotated functions are not asked of by default.
    pub fn wants_pedantic(&self) -> bool {
        let pedantic = self.0.iter().filter(|(it, _)| it.attribute == Level::Allow);
        pedantic.into_iter().any(|(_, level)| *level > Level::Allow)
    }

    /// What is allowed is warned of.
    pub fn warn_of_all(&mut self) {
        for (_, level) in &mut self.0 {
            *level = (*level).max(Level::Warn);
        }
    }

    /// Sets the level of one lint.
    pub fn set(&mut self, lint: &Lint, level: Level) {
        for (it, old) in &mut self.0 {
            if *it == lint {
                *old = level;
            }
        }
    }

    /// The level of a lint.
    pub fn of(&self, lint: &Lint) -> Level {
        let found = self.0.iter().find(|(it, _)| *it == lint);
        found.map_or(Level::Allow, |(_, level)| *level)
    }

    /// Whether a lint is looked for that reads functions one by one.
    pub(crate) fn wants_more_than_loops(&self) -> bool {
        let more = self
            .0
            .iter()
            .filter(|(it, _)| **it != crate::catalog::QUERY_IN_LOOP);
        more.into_iter().any(|(_, level)| *level > Level::Allow)
    }
}
