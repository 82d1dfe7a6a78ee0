//! What a layer is told.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use perfguard_core::generated::Request;
use perfguard_core::{Budget, Scope};

use super::server_timing::says;

/// What a layer is told, in one allocation: it is cloned for each service, and
/// in some frameworks for each request. `Asks` is how it is asked which of them
/// are answered with their numbers.
pub(crate) struct Options<Asks: ?Sized>(Arc<Told<Asks>>);

struct Told<Asks: ?Sized> {
    parent: Option<Scope>,
    budget: Option<Arc<Budget>>,
    asks: Option<Arc<Asks>>,
}

impl<Asks: ?Sized> Options<Asks> {
    /// Requests belong to the scope that is current now.
    pub(crate) fn here() -> Self {
        Self(Arc::new(Told {
            parent: Scope::current(),
            ..Told::NOTHING
        }))
    }

    pub(crate) fn set_budget(&mut self, budget: Budget) {
        Arc::make_mut(&mut self.0).budget = Some(Arc::new(budget));
    }

    pub(crate) fn set_server_timing(&mut self, asks: Arc<Asks>) {
        Arc::make_mut(&mut self.0).asks = Some(asks);
    }

    /// Opens the scope of a request.
    pub(crate) fn open(&self, name: Cow<'static, str>) -> Request {
        Request::open(name, self.0.parent.as_ref(), self.0.budget.as_ref())
    }

    /// True if anybody is to be asked for numbers.
    #[cfg(feature = "tower")]
    pub(crate) fn may_be_timed(&self) -> bool {
        self.0.asks.is_some()
    }

    /// Whether a request is answered with its numbers; not if the application
    /// panics over it.
    pub(crate) fn is_timed(&self, ask: impl FnOnce(&Asks) -> bool) -> bool {
        let asks = self.0.asks.as_deref();
        asks.is_some_and(|asks| says(|| ask(asks)))
    }
}

impl<Asks: ?Sized> Told<Asks> {
    const NOTHING: Self = Self {
        parent: None,
        budget: None,
        asks: None,
    };
}

// Not derived: nothing is asked of `Asks`.
impl<Asks: ?Sized> Clone for Options<Asks> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Asks: ?Sized> Clone for Told<Asks> {
    fn clone(&self) -> Self {
        Self {
            parent: self.parent.clone(),
            budget: self.budget.clone(),
            asks: self.asks.clone(),
        }
    }
}

impl<Asks: ?Sized> Default for Options<Asks> {
    fn default() -> Self {
        Self(Arc::new(Told::NOTHING))
    }
}

impl<Asks: ?Sized> fmt::Debug for Options<Asks> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("parent", &self.0.parent)
            .field("budget", &self.0.budget)
            .field("is_timed", &self.0.asks.is_some())
            .finish()
    }
}
