//! What a case consists of.

use axum::routing::MethodRouter;
use sea_orm::DatabaseConnection;

use crate::diesel_blog::Pool;

/// One bottleneck and its repair.
pub(crate) struct Case {
    /// As the table calls it.
    pub(crate) name: &'static str,
    /// The route that all versions answer.
    pub(crate) route: &'static str,
    /// The rule that has to catch the version before the repair.
    pub(crate) rule: &'static str,
    pub(crate) diesel: Versions<Pool>,
    pub(crate) sea_orm: Versions<DatabaseConnection>,
}

/// The same answer, written badly and well.
pub(crate) struct Versions<S> {
    pub(crate) before: fn() -> MethodRouter<S>,
    pub(crate) after: fn() -> MethodRouter<S>,
}
