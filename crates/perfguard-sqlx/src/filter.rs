//! What of an application's events and spans the layer wants to hear.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// The target of the events, and of the spans of newer versions.
const SQLX: &str = "sqlx::query";

/// Lets sqlx's statements and perfguard's own spans through, for one layer.
#[derive(Clone, Debug)]
pub struct QueryFilter(());

impl QueryFilter {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl<S: Subscriber> Filter<S> for QueryFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_of_interest(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_of_interest(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    /// So that the application's own TRACE stays as cheap as it was.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

fn is_of_interest(metadata: &Metadata<'_>) -> bool {
    is_statement(metadata) || is_statement_span(metadata) || is_scope(metadata)
}

/// The event of one statement, or sqlx's question whether anybody wants it.
pub(crate) fn is_statement(metadata: &Metadata<'_>) -> bool {
    metadata.target() == SQLX && !metadata.is_span()
}

/// The span of one statement: <https://github.com/transact-rs/sqlx/pull/4270>.
pub(crate) fn is_statement_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == "db.query" && metadata.target().starts_with("sqlx")
}

/// The span that a scope opens: see `perfguard_core::adapter::listen`.
pub(crate) fn is_scope(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == "perfguard.scope" && metadata.target() == "perfguard"
}
