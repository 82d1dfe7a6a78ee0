//! For tests that want to look at what a piece of code asks the database.

use perfguard_core::{Report, baseline as baselines, generated};

pub use perfguard_core::scaling::{AtOnce, Awaited, Scaling};

/// Runs a future in a scope of its own and reports what it did.
///
/// Nothing fails inside, whatever else is said: an annotated function that
/// breaks its budget returns its value, and its findings are in the report.
///
/// ```
/// # async fn example() {
/// let (sum, report) = perfguard::testing::observe(async { 1 + 2 }).await;
/// assert_eq!(sum, 3);
/// assert_eq!(report.queries(), 0);
/// assert!(report.findings().is_empty());
/// # }
/// ```
pub async fn observe<F: Future>(future: F) -> (F::Output, Report) {
    generated::observe(future).await
}

/// Runs a closure in a scope of its own and reports what it did.
///
/// As [`observe`], for sync code.
///
/// ```
/// let (sum, report) = perfguard::testing::observe_sync(|| 1 + 2);
/// assert_eq!(sum, 3);
/// assert_eq!(report.queries(), 0);
/// ```
pub fn observe_sync<R>(body: impl FnOnce() -> R) -> (R, Report) {
    generated::observe_sync(body)
}

/// Runs what a test is about: only that is held against what
/// [`#[perfguard::test(..)]`](macro@crate::test) states, and compared by
/// [`baseline`]. What runs outside is set-up.
///
/// ```
/// # async fn seed() {}
/// # async fn front_page() -> u32 { 1 }
/// #[perfguard::test(max = 3)]
/// # fn is_a_test() {}
/// # async fn example() {
/// // #[tokio::test]
/// // async fn shows_the_front_page() {
/// seed().await;
/// let page = perfguard::testing::act(front_page()).await;
/// assert_eq!(page, 1);
/// # }
/// ```
///
/// It is judged as a budgeted function is, also where no number is stated: an
/// N+1 in it fails the test, in the end, with everything else. A test may act
/// more than once; each time has the whole budget.
///
/// # Panics
/// With the report, if it breaks a budget in a test without the attribute.
pub async fn act<F: Future>(future: F) -> F::Output {
    generated::act(future).await
}

/// As [`act`], for sync code.
///
/// ```
/// let sum = perfguard::testing::act_sync(|| 1 + 2);
/// assert_eq!(sum, 3);
/// ```
///
/// # Panics
/// As [`act`].
#[track_caller]
pub fn act_sync<R>(body: impl FnOnce() -> R) -> R {
    generated::act_sync(body)
}

/// Proves that the number of statements does not grow with the data.
///
/// `set_up` makes so many items and what `act` needs to be run; its statements
/// do not count. Both run once before with the smallest size, to fill caches,
/// and then once with each size. No number has to be guessed or kept up to date: a loop of queries
/// grows with the data, and everything else does not.
///
/// ```
/// # struct Db; async fn seeded(n: u32) -> Db { let _ = n; Db } async fn front_page(_: &Db) {}
/// # async fn example() {
/// perfguard::testing::scaling(
///     [2, 20, 200],
///     async |posts| seeded(posts).await,
///     async |db| front_page(db).await,
/// )
/// .run()
/// .await;
/// # }
/// ```
///
/// Sizes are of any integer type. [`Scaling`] has what may grow: statements by
/// `linear`, and, if they are asked for, rows and time.
#[track_caller]
pub fn scaling<N, T, R, S, A>(
    sizes: impl IntoIterator<Item = N>,
    set_up: S,
    act: A,
) -> Scaling<N, S, A>
where
    N: Copy + TryInto<u64>,
    S: AsyncFnMut(N) -> T,
    A: AsyncFnMut(&mut T) -> R,
{
    Scaling::new(None, sizes, set_up, act)
}

/// As [`scaling`], for sync code.
///
/// ```should_panic
/// use perfguard::adapter::{self, Query};
/// use perfguard::statement::Dialect;
///
/// // What the Diesel and SeaORM adapters do for you:
/// let author = |_id: i32| adapter::record(&Query::new("SELECT name FROM authors WHERE id = ?", Dialect::Sqlite));
/// perfguard::testing::scaling_sync(
///     [2, 20],
///     |posts| (0..posts).collect::<Vec<i32>>(),
///     |posts| posts.iter().for_each(|id| drop(author(*id))),
/// )
/// .run(); // 2 statements with n = 2, 20 with n = 20
/// ```
#[track_caller]
pub fn scaling_sync<N, T, R, S, A>(
    sizes: impl IntoIterator<Item = N>,
    set_up: S,
    act: A,
) -> Scaling<N, S, A, AtOnce>
where
    N: Copy + TryInto<u64>,
    S: FnMut(N) -> T,
    A: FnMut(&mut T) -> R,
{
    Scaling::new(None, sizes, set_up, act)
}

/// Proves what an annotated function says of itself by `scales`.
///
/// As [`scaling`], but only the statements of the function count, of several
/// calls those of the one that ran most, and how many may be added with each
/// item is what its attribute says.
///
/// ```
/// # async fn seed(_: u32) {} async fn get(_: &str) {}
/// #[perfguard::query_budget(max = 3, scales = "constant")]
/// async fn front_page() { /* .. */ }
///
/// # async fn example() {
/// perfguard::testing::prove("front_page", [2, 20, 200], async |posts| seed(posts).await, async |()| front_page().await)
///     .run()
///     .await;
/// # }
/// ```
///
/// `function` is its path, the end of that, or its `name = ".."`. The proof
/// fails if it does not run, or does not say how it scales.
#[track_caller]
pub fn prove<N, T, R, S, A>(
    function: &str,
    sizes: impl IntoIterator<Item = N>,
    set_up: S,
    act: A,
) -> Scaling<N, S, A>
where
    N: Copy + TryInto<u64>,
    S: AsyncFnMut(N) -> T,
    A: AsyncFnMut(&mut T) -> R,
{
    Scaling::new(Some(function), sizes, set_up, act)
}

/// As [`prove`], for sync code.
#[track_caller]
pub fn prove_sync<N, T, R, S, A>(
    function: &str,
    sizes: impl IntoIterator<Item = N>,
    set_up: S,
    act: A,
) -> Scaling<N, S, A, AtOnce>
where
    N: Copy + TryInto<u64>,
    S: FnMut(N) -> T,
    A: FnMut(&mut T) -> R,
{
    Scaling::new(Some(function), sizes, set_up, act)
}

/// Compares what a test has run with what is recorded of it, in a file beside
/// the test: `baselines/<source>.<path of the test>.baseline`.
///
/// ```text
/// #[perfguard::test]
/// #[tokio::test]
/// async fn shows_the_front_page() {
///     seed().await;
///     perfguard::testing::act(front_page()).await;
///     perfguard::testing::baseline();
/// }
/// ```
///
/// It compares what ran in [`act`], or, in a test without, all that has run up
/// to here. The file has a line for each statement, canonical, with how often
/// it ran, in the order of their texts: it merges, and is read like code in a
/// review. A second baseline in a test has a file of its own, of all that ran
/// before it.
///
/// What happens is said by `PERFGUARD_BASELINE`:
///
/// | | `check`, in a CI | `new`, elsewhere | `write` |
/// |---|---|---|---|
/// | nothing is recorded | fails | records | records |
/// | something ran more often, or is new | fails | fails, and leaves `<file>.new` | records |
/// | only less ran | passes, and says so | passes, and leaves `<file>.new` | records |
///
/// A CI is where the variable `CI` is set, and nothing else is said. `cargo perfguard review` shows what
/// was left, and accepts or rejects it; `cargo perfguard test --update` is
/// `write`. So a lower number is proposed, and a higher one fails until
/// somebody accepts it.
///
/// # Panics
/// As the table says; if there is no `#[perfguard::test]` around, if the test
/// has run nothing, or if a file cannot be read or written.
#[track_caller]
pub fn baseline() {
    baselines::compare();
}
