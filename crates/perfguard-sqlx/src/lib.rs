//! Connects sqlx's query events to [perfguard](https://docs.rs/perfguard).
//!
//! sqlx has no hook for its statements, but it writes an event for each of
//! them, with the number of rows. [`layer`] is a [`tracing_subscriber`] layer
//! that hears these events, and counts them in the current scope:
//!
//! - **rows for SeaORM**, whose metric callback does not tell them, and the
//!   statements that the callback does not see: `execute_unprepared`, and what
//!   was cancelled;
//! - **bare sqlx**: `sqlx::query(..)` on any pool.
//!
//! Nothing counts twice. What SeaORM's adapter and this layer report is joined
//! by scope and statement: the larger number counts, and the rows are the
//! layer's where the adapter does not know them. Beside a SeaORM connection the
//! layer is an addition, not a replacement: the adapter alone knows the bound
//! values and the call site.
//!
//! # What it costs
//!
//! sqlx only writes its events if somebody listens: it formats the text of each
//! statement then, which shows on an in-memory SQLite and is lost in the noise
//! of a network. In addition each scope opens one span, `perfguard.scope`, and
//! enters it whenever it is polled: nothing else opens spans. Formatters show it
//! in front of the events inside.
//!
//! # What it cannot see
//!
//! - **Bound values.** Repeats of bare sqlx are an N+1 from the fifth on, and
//!   the finding says that the values are unknown. Duplicates are not found.
//! - **Errors**: a statement that failed counts like any other.
//! - **Transactions**: of BEGIN, COMMIT and ROLLBACK some drivers write events,
//!   some do not. They do not count.
//! - **Rows taken.** The rows are those that the database sent: of a stream
//!   that is dropped early the driver may have read a few more.
//! - **Rows changed.** On SQLite the event repeats an earlier statement's
//!   number.
//! - **Call sites on SQLite**, whose events come from a thread of the driver.
//!   Repeats of bare sqlx on SQLite count for the budget, and are no N+1.
//! - **SQLite's late events**: of statements that failed, were cancelled, or
//!   whose stream was dropped. They come after the answer: what comes after the
//!   scope's end is dropped.
//! - **Which database it was**, except on SQLite: what is in double quotes is a
//!   name to PostgreSQL and a value to MySQL, and so is left out of texts without
//!   a `$1`. See [`layer_for`].
//! - What runs in no scope: it is not in `adapter::unattributed()`.
//! - A span that is made without a parent hides the scope from SQLite's events.
//!
//! # If it hears nothing
//!
//! SeaORM's `ConnectOptions::sqlx_logging(false)` switches the events off, and
//! so does a filter of the whole subscriber that does not let `sqlx=info` and
//! `perfguard=info` through. SeaORM's events are at INFO, those of connections
//! of sqlx itself at DEBUG unless `log_statements` says otherwise; at TRACE the
//! layer does not hear them. Give each layer a filter of its own instead:
//!
//! ```
//! use tracing_subscriber::filter::LevelFilter;
//! use tracing_subscriber::prelude::*;
//!
//! let log = tracing_subscriber::layer::Identity::new(); // yours: `fmt::layer()`
//! tracing_subscriber::registry()
//!     .with(log.with_filter(LevelFilter::WARN))
//!     .with(perfguard_sqlx::layer())
//!     .init();
//! ```
//!
//! If SeaORM's adapter counts statements and no event arrives, one warning says
//! so. Install one layer: two count twice.

mod fields;
mod filter;
mod layer;

use perfguard_core::statement::Dialect;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::registry::LookupSpan;

pub use filter::QueryFilter;
pub use layer::QueryLayer;

/// A layer that counts sqlx's statements, and tells their rows.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(perfguard_sqlx::layer()).init();
/// ```
///
/// It brings its own filter, and leaves those of other layers alone.
#[must_use = "a layer hears nothing before it is part of the subscriber"]
pub fn layer<S>() -> Filtered<QueryLayer, QueryFilter, S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    layer_for(Dialect::Ansi)
}

/// As [`layer`], where statements of an unknown database are in `dialect`.
///
/// An event does not tell which database it comes from. Statements are joined
/// with SeaORM's all the same, because the adapter knows; what SQLite's worker
/// reports is read as SQLite's. For bare sqlx on PostgreSQL or MySQL the dialect
/// decides how the text is read (what quotes a name, what escapes) and what
/// `db.system.name` says; and it saves reading each text in all of them.
#[must_use = "a layer hears nothing before it is part of the subscriber"]
pub fn layer_for<S>(dialect: Dialect) -> Filtered<QueryLayer, QueryFilter, S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    QueryLayer::new(dialect).with_filter(QueryFilter::new())
}
