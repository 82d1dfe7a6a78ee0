//! What holds for scopes of one name.

use super::Enforcement;
use crate::limits::Limits;

/// What holds for one route, in [`Settings::route`](crate::Settings::route).
///
/// It may be changed while the process runs, by
/// [`Settings::reload`](crate::Settings::reload).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a route does nothing until it is in the settings"]
pub struct Route {
    enforcement: Option<Enforcement>,
    limits: Limits,
}

impl Route {
    /// Nothing is said.
    pub const fn new() -> Self {
        Self {
            enforcement: None,
            limits: Limits::new(),
        }
    }

    /// Says what a broken budget does there. It wins over
    /// [`Settings::enforcement`](crate::Settings::enforcement); the
    /// environment's `PERFGUARD` wins over both.
    ///
    /// Switched off, the route has no scope of its own: its statements count
    /// for the scope around it, if there is one.
    pub const fn enforcement(self, enforcement: Enforcement) -> Self {
        Self {
            enforcement: Some(enforcement),
            ..self
        }
    }

    /// What guarded connections enforce there. The tightest of these, of
    /// [`Settings::limits`](crate::Settings::limits) and of the attribute
    /// holds.
    pub const fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    pub(super) fn own_enforcement(&self) -> Option<Enforcement> {
        self.enforcement
    }

    pub(super) fn hard_limits(&self) -> Limits {
        self.limits
    }
}
