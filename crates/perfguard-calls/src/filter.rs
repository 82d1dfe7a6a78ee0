//! Which of an application's spans the layer wants to hear of.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// The field that tells a client's span from others.
pub(crate) const KIND: &str = "otel.kind";

/// Lets spans through that may be a client's, for one layer.
#[derive(Clone, Debug)]
pub struct CallFilter(());

impl CallFilter {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl<S: Subscriber> Filter<S> for CallFilter {
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

/// A span that has a kind and is no database's.
fn is_of_interest(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    metadata.is_span()
        && fields.field(KIND).is_some()
        && !fields.iter().any(|field| field.name().starts_with("db."))
}
