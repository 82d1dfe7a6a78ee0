//! The scaling proof: what a piece of code asks the database, on more and more
//! data.
//!
//! No number has to be guessed: the code runs with each size, and the number of
//! its statements must not grow with the size. n_plus_one_control does the same
//! for Rails, and runs the code once before, as here, because a first run fills
//! caches.

mod curve;
mod grown;

use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use crate::generated::{observe_all, observe_all_sync};

pub(crate) use curve::{Curve, Point};

/// How much a proof lets grow with each item more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed {
    /// Statements; `None` says what the function does.
    statements: Option<f64>,
    rows: Option<f64>,
    time: Option<Duration>,
}

/// What both kinds of proof are told.
#[derive(Clone, Debug)]
struct Claim {
    /// The annotated function that it is about; else all that is run.
    handler: Option<String>,
    allowed: Allowed,
    is_warmed_up: bool,
    /// Of the proof.
    place: &'static Location<'static>,
}

impl Claim {
    #[track_caller]
    fn new(handler: Option<&str>) -> Self {
        Self {
            handler: handler.map(ToOwned::to_owned),
            allowed: Allowed {
                statements: None,
                rows: None,
                time: None,
            },
            is_warmed_up: true,
            place: Location::caller(),
        }
    }
}

/// How a proof runs what it is given.
#[derive(Debug)]
pub enum Awaited {}

/// The same, at once.
#[derive(Debug)]
pub enum AtOnce {}

/// A proof: made by `testing::scaling` and `testing::prove`, and their twins for
/// sync code.
#[derive(Debug)]
#[must_use = "a proof proves nothing until it is run"]
pub struct Scaling<N, S, A, How = Awaited> {
    sizes: Vec<N>,
    set_up: S,
    act: A,
    claim: Claim,
    how: PhantomData<fn() -> How>,
}

impl<N, S, A, How> Scaling<N, S, A, How> {
    /// Of an annotated function, or of all that is run.
    #[track_caller]
    pub fn new(
        handler: Option<&str>,
        sizes: impl IntoIterator<Item = N>,
        set_up: S,
        act: A,
    ) -> Self {
        Self {
            sizes: sizes.into_iter().collect(),
            set_up,
            act,
            claim: Claim::new(handler),
            how: PhantomData,
        }
    }

    /// Lets the number of statements grow by `slope` with each item more: `1.0`
    /// is one for each, `0.01` one for each hundred.
    pub fn linear(mut self, slope: f64) -> Self {
        self.claim.allowed.statements = Some(slope);
        self
    }

    /// Also holds the rows that were read against the size: at most `slope` for
    /// each item more. Where rows are unknown the proof fails, and says so.
    pub fn rows(mut self, slope: f64) -> Self {
        self.claim.allowed.rows = Some(slope);
        self
    }

    /// Also holds the time that the database took against `max`, at every size.
    /// A clock that other programs share decides then.
    pub fn max_time(mut self, max: Duration) -> Self {
        self.claim.allowed.time = Some(max);
        self
    }

    /// Leaves the first run out, which is not counted and fills caches: for data
    /// that cannot be made twice.
    pub fn without_warm_up(mut self) -> Self {
        self.claim.is_warmed_up = false;
        self
    }
}

impl<N, T, R, S, A> Scaling<N, S, A, Awaited>
where
    N: Copy + TryInto<u64>,
    S: AsyncFnMut(N) -> T,
    A: AsyncFnMut(&mut T) -> R,
{
    /// Runs the code with each size and compares.
    ///
    /// # Panics
    /// If what was counted grows more than is allowed: with the numbers, and
    /// which statements they are. If the sizes are less than two different
    /// ones, if no statement was seen, or if an annotated function inside has
    /// broken its budget.
    pub async fn run(mut self) {
        let mut curve = Curve::new(self.claim.handler, self.claim.place);
        let mut is_cold = self.claim.is_warmed_up;
        for (size, number) in curve::sizes(&self.sizes, self.claim.place) {
            if std::mem::take(&mut is_cold) {
                let mut state = (self.set_up)(size).await;
                let _unmeasured = observe_all((self.act)(&mut state)).await;
            }
            let mut state = (self.set_up)(size).await;
            curve.add(number, observe_all((self.act)(&mut state)).await);
        }
        curve.judge(self.claim.allowed);
    }
}

impl<N, T, R, S, A> Scaling<N, S, A, AtOnce>
where
    N: Copy + TryInto<u64>,
    S: FnMut(N) -> T,
    A: FnMut(&mut T) -> R,
{
    /// Runs the code with each size and compares.
    ///
    /// # Panics
    /// As where it is awaited.
    #[track_caller]
    pub fn run(mut self) {
        let mut curve = Curve::new(self.claim.handler, self.claim.place);
        let mut is_cold = self.claim.is_warmed_up;
        for (size, number) in curve::sizes(&self.sizes, self.claim.place) {
            if std::mem::take(&mut is_cold) {
                let mut state = (self.set_up)(size);
                let _unmeasured = observe_all_sync(|| (self.act)(&mut state));
            }
            let mut state = (self.set_up)(size);
            curve.add(number, observe_all_sync(|| (self.act)(&mut state)));
        }
        curve.judge(self.claim.allowed);
    }
}
