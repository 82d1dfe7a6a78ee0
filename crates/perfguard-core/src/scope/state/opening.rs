//! How a scope comes to be: inside which other, and what happens when its
//! budget is broken.

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::{Kind, Mode, State, UNKNOWN};
use crate::adapter::Liveness;
use crate::budget::{Budget, Site};
use crate::callsite::Mark;
use crate::limits::Limits;
use crate::scope::current;
use crate::scope::request_state::RequestState;
use crate::scope::span::{self, ScopeSpan};
use crate::scope::unfinished::Unfinished;
use crate::settings::{Enforcement, Live, Settings};

/// How deep scopes are nested; deeper ones belong to the deepest of these.
const MAX_DEPTH: usize = 16;

impl State {
    /// Opens a scope inside the current one.
    pub(crate) fn open(
        kind: Kind,
        name: Cow<'static, str>,
        site: Option<&'static Site>,
    ) -> Arc<Self> {
        let parent = current::scope().and_then(|scope| scope.as_parent());
        // Opened by the user's own hand, also where enforcement is off.
        let settings = Live::now();
        let mode = Self::enforced_mode(kind, &name, &settings, parent.as_ref());
        let mode = mode.unwrap_or(Mode::Warn);
        Self::with_mode(kind, mode, name, site, settings, parent)
    }

    /// Opens a scope as production has it.
    #[cfg(test)]
    pub(crate) fn open_in_production() -> Arc<Self> {
        let (name, settings) = ("production".into(), Live::now());
        Self::with_mode(Kind::User, Mode::Warn, name, None, settings, None)
    }

    /// Opens a scope inside `parent` unless enforcement is switched off.
    pub(crate) fn open_enforced(
        kind: Kind,
        name: Cow<'static, str>,
        site: Option<&'static Site>,
        parent: Option<Arc<Self>>,
    ) -> Option<Arc<Self>> {
        let parent = parent.and_then(|scope| scope.as_parent());
        let settings = Live::now();
        let mode = Self::enforced_mode(kind, &name, &settings, parent.as_ref())?;
        Some(Self::with_mode(kind, mode, name, site, settings, parent))
    }

    /// Opens the scope of a request, which is held to `budget` where no
    /// annotated function runs.
    pub(in crate::scope) fn open_request(
        name: Cow<'static, str>,
        parent: Option<Arc<Self>>,
        budget: Option<Arc<Budget>>,
    ) -> Option<Arc<Self>> {
        let scope = Self::open_enforced(Kind::Request, name, None, parent)?;
        let _ = scope.request.set(Box::new(RequestState::new(budget)));
        Some(scope)
    }

    pub(super) fn with_mode(
        kind: Kind,
        mode: Mode,
        name: Cow<'static, str>,
        site: Option<&'static Site>,
        settings: Arc<Live>,
        parent: Option<Arc<Self>>,
    ) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let budget = site.map_or(Limits::new(), |site| site.budget().hard_limits());
        let limits = settings.hard_limits(&name).and(budget);
        let inherits = |is_so: fn(&Self) -> bool| parent.as_deref().is_some_and(is_so);
        let is_any_exact = mode != Mode::Warn || inherits(|parent| parent.is_any_exact);
        // The outermost scope of the application has what runs inside it.
        let keeps_steps = Settings::current().wants_timelines()
            && kind.is_application()
            && !inherits(|parent| parent.kind.is_application());
        let state = Arc::new(Self {
            // Relaxed: only uniqueness counts.
            id: NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MAX),
            depth: parent.as_ref().map_or(0, |parent| parent.depth + 1),
            kind,
            mode,
            name,
            site,
            settings,
            is_limited: !limits.is_empty()
                || parent.as_ref().is_some_and(|parent| parent.is_limited),
            is_any_exact,
            is_by_the_book: is_any_exact || keeps_steps || inherits(|parent| parent.is_by_the_book),
            parent,
            limits,
            is_measured: AtomicBool::new(false),
            liveness: (site.is_some() && mode != Mode::Warn).then(Liveness::now),
            span: OnceLock::new(),
            test: (kind == Kind::Test).then(Box::default),
            request: OnceLock::new(),
            desk: OnceLock::new(),
            unfinished: Unfinished::default(),
            answered: AtomicU64::new(UNKNOWN),
            book: Mutex::default(),
        });
        if state.is_exact() {
            state.book.lock().ledger().keep_times();
        }
        if keeps_steps {
            state.book.lock().ledger().keep_steps();
        }
        if span::is_wanted() {
            state.open_span();
        }
        state
    }

    #[cold]
    fn open_span(self: &Arc<Self>) {
        let anchor = 0;
        let token = current::enter(Arc::clone(self), Mark::at(&anchor), None);
        let span = ScopeSpan::open();
        current::leave(token);
        if span.is_open() {
            let _ = self.span.set(span);
        }
    }

    /// The scope that a scope opened in this one belongs to: the nearest that
    /// is open, and not too deep. Work that goes on and on by handing itself
    /// over makes no chain of scopes without end.
    pub(crate) fn as_parent(self: &Arc<Self>) -> Option<Arc<Self>> {
        self.lineage()
            .find(|scope| scope.depth < MAX_DEPTH && scope.is_open())
            .cloned()
    }

    /// The rules of enforcement, in their order; `None` if it is switched off.
    fn enforced_mode(
        kind: Kind,
        name: &str,
        settings: &Live,
        parent: Option<&Arc<Self>>,
    ) -> Option<Mode> {
        let inherited = |kind: Kind, mode: Mode| {
            parent.is_some_and(|parent| {
                parent
                    .lineage()
                    .any(|outer| outer.kind == kind && outer.mode == mode)
            })
        };
        if kind == Kind::Observe || inherited(Kind::Observe, Mode::Observe) {
            return Some(Mode::Observe);
        }
        let enforcement = match settings.explicit(name) {
            Some(explicit) => explicit,
            None if kind == Kind::Test || inherited(Kind::Test, Mode::Fail) => Enforcement::Fail,
            None => Settings::default_enforcement(),
        };
        match enforcement {
            Enforcement::Fail => Some(Mode::Fail),
            Enforcement::Warn => Some(Mode::Warn),
            Enforcement::Off => None,
        }
    }
}
