//! Whether a lint is allowed, warned of or denied.

use perfguard_lints::{LINTS, Level, Lint};

/// The level of each lint.
#[derive(Clone, Debug)]
pub(crate) struct Levels(Vec<(&'static Lint, Level)>);

impl Levels {
    /// Those of a function that says nothing, in a workspace that says nothing.
    pub(crate) fn by_default() -> Self {
        Self(LINTS.iter().map(|lint| (*lint, lint.attribute)).collect())
    }

    /// The same with others for some lints.
    pub(crate) fn with(mut self, others: impl IntoIterator<Item = (&'static Lint, Level)>) -> Self {
        for (lint, level) in others {
            for known in &mut self.0 {
                if known.0 == lint {
                    known.1 = level;
                }
            }
        }
        self
    }

    pub(crate) fn of(&self, lint: &Lint) -> Level {
        let known = self.0.iter().find(|(known, _)| *known == lint);
        known.map_or(Level::Allow, |(_, level)| *level)
    }

    /// That of a lint by its name.
    pub(crate) fn named(&self, name: &str) -> Level {
        Lint::named(name).map_or(Level::Allow, |lint| self.of(lint))
    }

    pub(crate) fn all_allowed(&self) -> bool {
        self.0.iter().all(|(_, level)| *level == Level::Allow)
    }
}
