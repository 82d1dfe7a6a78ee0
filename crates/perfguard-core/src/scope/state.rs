//! What a scope is made of.

mod around;
mod opening;
mod recognised;

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use super::book::Book;
use super::request_state::RequestState;
use super::span::ScopeSpan;
use super::test_state::TestState;
use super::unfinished::Unfinished;
use super::{allowed, current};
use crate::adapter::Liveness;
use crate::budget::{Allow, Budget, Site};
use crate::callsite::{Chain, SiteId};
use crate::ledger::{CallBegun, CallEnded, Execution, Key, Ledger, SessionEvent, Tally};
use crate::limits::{Limits, Reached};
use crate::planned::Desk;
use crate::query::Completion;
use crate::settings::Live;
use crate::statement::{self, Fingerprint, Shape};
use crate::thresholds::{Policy, Profile};
use crate::traced::Traced;

/// Stands for a number of items that nobody knows.
const UNKNOWN: u64 = u64::MAX;

/// What opened a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `testing::act`: what a test is about.
    Act,
    /// An annotated function.
    Handler,
    /// `testing::observe`.
    Observe,
    /// A request behind the layer.
    Request,
    /// `#[perfguard::test]`.
    Test,
    /// [`Scope::new`](crate::Scope::new).
    User,
}

/// What happens when a scope's budget is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The outermost scope fails.
    Fail,
    /// Nothing: somebody looks at the report.
    Observe,
    /// One event.
    Warn,
}

impl Kind {
    /// True for what is no test, and no look that a test takes.
    pub(crate) fn is_application(self) -> bool {
        matches!(self, Self::Handler | Self::Request | Self::User)
    }
}

/// How a scope ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Cancelled,
    Completed,
    Panicked,
}

#[derive(Debug)]
pub(crate) struct State {
    id: NonZeroU64,
    kind: Kind,
    mode: Mode,
    name: Cow<'static, str>,
    site: Option<&'static Site>,
    /// What held when it was opened.
    settings: Arc<Live>,
    parent: Option<Arc<State>>,
    /// True if this scope, or one around it, is under test.
    is_any_exact: bool,
    /// True if nothing is counted the short way: this scope, or one around it,
    /// is under test or keeps when statements run.
    is_by_the_book: bool,
    /// What guarded connections enforce in it.
    limits: Limits,
    /// True if that is anything, in this scope or in one around it.
    is_limited: bool,
    /// Set once somebody was asked whose time is limited.
    is_measured: AtomicBool,
    /// How many scopes are around it.
    depth: usize,
    /// What the process knew of its adapters when the scope was opened.
    liveness: Option<Liveness>,
    /// Set where a layer wants one: see [`super::span`].
    span: OnceLock<ScopeSpan>,
    /// What only a test keeps.
    test: Option<Box<TestState>>,
    /// What only a request keeps.
    request: OnceLock<Box<RequestState>>,
    /// Set where a test wants the plans of what runs.
    desk: OnceLock<Box<Desk>>,
    /// Requests inside that have answered, under test.
    unfinished: Unfinished,
    /// How many items its body answered; [`UNKNOWN`] of them before that.
    answered: AtomicU64,
    /// Held for the few instructions that count one execution; nothing is
    /// called out to under it.
    book: Mutex<Book>,
}

impl State {
    #[inline]
    pub(super) fn span(&self) -> Option<&ScopeSpan> {
        self.span.get()
    }

    pub(super) fn enter_span(&self) {
        if let Some(span) = self.span() {
            span.enter();
        }
    }

    pub(super) fn exit_span(&self) {
        if let Some(span) = self.span() {
            span.exit();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.book.lock().is_closed()
    }

    pub(crate) fn id(&self) -> u64 {
        self.id.get()
    }

    /// The same, which is never 0.
    pub(crate) fn number(&self) -> NonZeroU64 {
        self.id
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn site(&self) -> Option<&'static Site> {
        self.site
    }

    pub(crate) fn budget(&self) -> Option<&Budget> {
        let annotated = self.site.map(Site::budget);
        annotated.or_else(|| self.request()?.budget().map(Arc::as_ref))
    }

    pub(crate) fn request(&self) -> Option<&RequestState> {
        self.request.get().map(Box::as_ref)
    }

    pub(crate) fn desk(&self) -> Option<&Desk> {
        self.desk.get().map(Box::as_ref)
    }

    pub(crate) fn open_desk(&self) {
        self.desk.get_or_init(Box::default);
    }

    /// Notes the status code that it is answered with. Under test the scope
    /// that answers for it need not wait for the answer's body.
    pub(super) fn note_status(self: &Arc<Self>, status: u16) {
        if let Some(request) = self.request() {
            request.note_status(status);
        }
        if self.is_exact()
            && let Some(heir) = self.heir()
        {
            heir.unfinished.note(self);
        }
    }

    /// The budget that its statements are held against: not that of a test
    /// which has said what it is about.
    pub(crate) fn judged_budget(&self) -> Option<&Budget> {
        self.budget().filter(|_| !self.has_acted())
    }

    /// Notes that a part of a test is what it is about, and gives the name and
    /// the site of the test.
    pub(crate) fn begin_act(self: &Arc<Self>) -> Option<(&str, Option<&'static Site>)> {
        let (scope, test) = self.test()?;
        test.begin_act();
        Some((scope.name(), scope.site))
    }

    /// What has run in it so far, under test.
    pub(crate) fn traced_so_far(&self) -> Traced {
        current::settle();
        Traced::of(&self.book.lock().ledger().tallies())
    }

    /// What only a test keeps: of the test that this scope is, or is in.
    pub(crate) fn test(self: &Arc<Self>) -> Option<(&Arc<Self>, &TestState)> {
        self.lineage()
            .find_map(|scope| Some((scope, scope.test.as_deref()?)))
    }

    /// True for a part that a test is about and that is in no other such part.
    pub(crate) fn is_outermost_act(self: &Arc<Self>) -> bool {
        let mut acts = self.lineage().filter(|scope| scope.kind == Kind::Act);
        self.kind == Kind::Act && acts.nth(1).is_none()
    }

    fn has_acted(&self) -> bool {
        self.test.as_ref().is_some_and(|test| test.has_acted())
    }

    /// True in a test that says so of itself and of all functions in it.
    pub(crate) fn may_be_empty(self: &Arc<Self>) -> bool {
        let mut tests = self.lineage().filter(|scope| scope.kind == Kind::Test);
        tests.any(|test| test.budget().is_some_and(Budget::allows_empty))
    }

    /// Notes how many items its body answers.
    pub(crate) fn note_answer(&self, items: u64) {
        // Relaxed: who ends the scope has polled, or called, the body.
        self.answered.store(items, Ordering::Relaxed);
    }

    /// How many items its body answered, if that is known.
    pub(crate) fn answered(&self) -> Option<u64> {
        let items = self.answered.load(Ordering::Relaxed);
        (items != UNKNOWN).then_some(items)
    }

    /// The outermost scope around this one, or itself.
    pub(crate) fn outermost(self: &Arc<Self>) -> &Arc<Self> {
        self.lineage().last().unwrap_or(self)
    }

    /// The outermost scope of the application around this one, or itself; `None`
    /// for a test, and for what a test looks at.
    pub(crate) fn application_root(self: &Arc<Self>) -> Option<&Arc<Self>> {
        let is_application = |scope: &&Arc<Self>| scope.kind.is_application();
        self.lineage().take_while(is_application).last()
    }

    /// How many statements that change what `is_meant` have run so far; none
    /// where the scope has ended.
    pub(crate) fn changes(&self, is_meant: impl Fn(&Shape) -> bool) -> u64 {
        let mut book = self.book.lock();
        let Some(ledger) = book.open() else {
            return 0;
        };
        let tallies = ledger.tallies().into_iter();
        tallies
            .filter(|tally| {
                let shape = tally.statement.shape();
                shape.kind() != statement::Kind::Select && is_meant(shape)
            })
            .map(Tally::count)
            .sum()
    }

    pub(crate) fn liveness(&self) -> Option<&Liveness> {
        self.liveness.as_ref()
    }

    /// What it does; `None` for a test, whose own statements are its set-up.
    pub(crate) fn profile(&self) -> Option<Profile> {
        match self.kind {
            Kind::Act | Kind::Handler | Kind::Observe => {
                let own = self.budget().and_then(Budget::own_profile);
                Some(own.unwrap_or(if self.is_exact() {
                    Profile::Test
                } else {
                    Profile::Production
                }))
            }
            Kind::Request => {
                let own = self.budget().and_then(Budget::own_profile);
                Some(own.unwrap_or(Profile::Request))
            }
            Kind::Test => self.judged_budget().and_then(Budget::own_profile),
            Kind::User => Some(Profile::Job),
        }
    }

    /// What the application says of that.
    pub(crate) fn policy(&self) -> Policy<'_> {
        self.settings.policy(self.profile())
    }

    /// What held when it was opened.
    pub(crate) fn settings(&self) -> &Arc<Live> {
        &self.settings
    }

    /// Under test every statement is placed; in production only repeats are.
    pub(crate) fn is_exact(&self) -> bool {
        self.mode != Mode::Warn
    }

    /// True if this scope, or one around it, is under test: every statement is
    /// read then.
    pub(crate) fn is_any_exact(&self) -> bool {
        self.is_any_exact
    }

    /// True if nothing is counted the short way.
    pub(crate) fn is_by_the_book(&self) -> bool {
        self.is_by_the_book
    }

    /// Whether a recognised statement is one to be read.
    pub(crate) fn wants_reading(&self, fingerprint: Fingerprint) -> bool {
        let mut book = self.book.lock();
        book.open()
            .is_some_and(|ledger| ledger.wants_reading(fingerprint))
    }

    /// True if this is the scope of that number, or one inside it.
    pub(super) fn is_in(&self, id: u64) -> bool {
        std::iter::successors(Some(self), |scope| scope.parent.as_deref())
            .any(|scope| scope.id() == id)
    }

    /// Notes that allows have begun in this scope: it counts by its book then.
    pub(super) fn begin_allows(&self, allows: &[Allow]) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.begin_allows(allows);
        }
    }

    /// This scope, then each scope around it up to the root.
    pub(crate) fn lineage(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::successors(Some(self), |scope| scope.parent.as_ref())
    }

    /// Counts an execution; `None` if the scope has ended.
    pub(crate) fn record(&self, execution: &Execution<'_>) -> Option<Key> {
        let mut book = self.book.lock();
        book.open().map(|ledger| ledger.record(execution))
    }

    /// Notes an execution that an adapter may report as well.
    ///
    /// `readings` are the fingerprints that its text has in other dialects.
    pub(crate) fn echo(&self, execution: &Execution<'_>, readings: &[Fingerprint]) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.echo(execution, readings);
        }
    }

    /// How many executions of a statement only a second source has seen yet.
    pub(crate) fn unreported(&self, fingerprint: Fingerprint) -> u64 {
        self.book.lock().ledger().unreported(fingerprint)
    }

    /// True if this scope, or one around it, has a hard limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.is_limited
    }

    /// Has its statements timed from now on if the time of this scope, or of one
    /// around it, is limited by itself or by `more`.
    pub(crate) fn measure_if_limited(self: &Arc<Self>, more: Limits) {
        let is_limited = |scope: &Arc<Self>| scope.limits.and(more).are_of_time();
        if self.lineage().any(is_limited) {
            // Relaxed: who asks next is the one that was asked.
            self.is_measured.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_measured(&self) -> bool {
        self.is_measured.load(Ordering::Relaxed)
    }

    /// The limit of its own, or of `more`, that it has reached.
    pub(crate) fn refuses(&self, more: Limits) -> Option<Reached> {
        let limits = self.limits.and(more);
        if limits.is_empty() {
            return None;
        }
        let mut book = self.book.lock();
        let ledger = book.open()?;
        limits.reached(
            ledger.executions(),
            ledger.rows_so_far(),
            ledger.elapsed_so_far(),
        )
    }

    /// Also keeps the reports of scopes inside that found nothing.
    pub(crate) fn keep_silent(&self) {
        self.book.lock().ledger().keep_silent();
    }

    pub(crate) fn note_refusal(&self) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.note_refusal();
        }
    }

    pub(crate) fn complete(&self, key: &Key, completion: Completion) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.complete(key, completion);
        }
    }

    pub(crate) fn note_event(&self, is_transaction_control: bool) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.note_event(is_transaction_control);
        }
    }

    /// Notes a poll that took longer than most, and whether others before it
    /// were not timed.
    #[cold]
    pub(super) fn note_poll(self: &Arc<Self>, held: Duration, is_sampled: bool) {
        if held <= self.policy().held() {
            return;
        }
        self.book.lock().ledger().note_poll(held, is_sampled);
        for outer in self.lineage().skip(1) {
            outer.book.lock().ledger().note_poll_inside();
        }
    }

    /// Leaves the poll of a scope around this one alone in which a test has
    /// judged this one: resolving symbols takes long, and is perfguard's work.
    pub(crate) fn excuse_polls(self: &Arc<Self>) {
        if self.is_exact() {
            for outer in self.lineage().skip(1) {
                outer.book.lock().ledger().note_poll_inside();
            }
        }
    }

    /// Counts an outgoing call that begins; `None` if the scope has ended.
    pub(crate) fn begin_call(&self, name: &'static str) -> Option<CallBegun> {
        let mut book = self.book.lock();
        book.open().map(|ledger| ledger.begin_call(name))
    }

    /// Notes that an outgoing call has ended.
    pub(crate) fn end_call(&self, call: CallEnded, begun: &CallBegun) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.end_call(call, begun);
        }
    }

    /// Takes what a connection tells.
    pub(crate) fn note_session(&self, event: SessionEvent) {
        let allows = allowed::active_in(self);
        if let Some(ledger) = self.book.lock().open() {
            ledger.note_session(event, &allows);
        }
    }

    /// Notes a connection that was established, to see whether it is closed
    /// again.
    pub(crate) fn await_end_of_connection(&self, number: u64, place: Option<(SiteId, Chain)>) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.await_end_of_connection(number, place);
        }
    }

    /// Notes where a transaction that has just ended began.
    pub(crate) fn place_ended(&self, transaction: u64, place: (SiteId, Chain)) {
        if let Some(ledger) = self.book.lock().open() {
            ledger.place_ended(transaction, place);
        }
    }

    pub(crate) fn count_of(&self, fingerprint: Fingerprint) -> u64 {
        self.book.lock().ledger().count_of(fingerprint)
    }

    /// All executions so far.
    pub(crate) fn executions(&self) -> u64 {
        current::settle();
        self.book.lock().ledger().executions()
    }

    /// What it has counted so far.
    pub(crate) fn snapshot(&self) -> Ledger {
        current::settle();
        let mut ledger = self.book.lock().ledger().clone();
        ledger.settle();
        ledger
    }

    /// Ends the scope; an empty ledger if it had ended before.
    pub(crate) fn close(&self) -> Box<Ledger> {
        current::settle();
        let mut ledger = self.book.lock().close();
        ledger.settle();
        ledger
    }
}
