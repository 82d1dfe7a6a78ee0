//! For tests that want to look at what a piece of code asks the database.

use perfguard_core::{Report, generated};

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
