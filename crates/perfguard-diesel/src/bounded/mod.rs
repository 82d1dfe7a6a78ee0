//! Queries that have to say how many rows they want.
//!
//! Diesel's `.limit(n)` on a query that has a LIMIT gives the same type again,
//! and another type where there was none. That is all that [`Bounded`] asks,
//! so that it needs nothing but Diesel's public interface. A boxed query has
//! one type with and without LIMIT: it is printed when it runs, and its text
//! is asked.

mod assumed;
mod check;
mod load;
#[cfg(any(feature = "async", feature = "async-guarded"))]
mod load_async;
mod page;

use diesel::query_dsl::methods::LimitDsl;

pub use assumed::{AssumeBounded, Assumed};
pub use load::LoadBounded;
#[cfg(any(feature = "async", feature = "async-guarded"))]
pub use load_async::LoadBoundedAsync;
pub use page::Page;

/// A query whose type says that it has a LIMIT.
///
/// Diesel's own queries have it by `.limit(n)`, and boxed ones always: those
/// are looked at when they run. A query of your own that writes its LIMIT
/// itself may say so:
///
/// ```
/// struct TopTen<Q>(Q);
///
/// impl<Q> perfguard_diesel::Bounded for TopTen<Q> {}
/// ```
#[diagnostic::on_unimplemented(
    message = "this query can return any number of rows: it has no LIMIT",
    label = "the type of this query has no LIMIT",
    note = "add `.limit(n)`, or ask for a page with `.load_page(n, conn)`",
    note = "for one row use Diesel's own `.first(conn)`; for `.count()`, other aggregates and what a write returns `.get_result(conn)`",
    note = "or state why it is small: `.assume_bounded(\"reason\").load_bounded(conn)`, also for `sql_query`"
)]
pub trait Bounded {
    /// The reason why the query needs no LIMIT, where
    /// [`assume_bounded`](AssumeBounded::assume_bounded) stated one.
    fn assumed(&self) -> Option<&'static str> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<Q> Bounded for Q where Q: LimitDsl<Output = Q> {}
