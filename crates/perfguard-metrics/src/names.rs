//! The metrics, by name.
//!
//! Exporters write them in their own way: Prometheus has
//! `perfguard_scope_db_time_seconds` for `perfguard.scope.db_time`.

/// Histogram of statements for each outermost scope; labels `route` and
/// `outcome`.
pub const SCOPE_QUERIES: &str = "perfguard.scope.queries";

/// Histogram of rows that the reads of each outermost scope returned, of those
/// scopes where all are known; labels `route` and `outcome`.
pub const SCOPE_ROWS: &str = "perfguard.scope.rows";

/// Histogram of seconds that the statements of each outermost scope took, all
/// together, of those scopes where all are known; labels `route` and
/// `outcome`.
pub const SCOPE_DB_TIME: &str = "perfguard.scope.db_time";

/// Counter of findings, in whichever scope they are; labels `route` and
/// `rule`.
pub const FINDINGS: &str = "perfguard.findings";

/// Counter of executions of which no more is known than that they ran; label
/// `route`.
pub const DETAILS_DROPPED: &str = "perfguard.details_dropped";

/// Counter of statements that ran in no scope.
pub const UNATTRIBUTED_QUERIES: &str = "perfguard.unattributed_queries";

/// Counter of what went wrong in perfguard itself, or in a sink or a `tracing`
/// subscriber that it called.
pub const INTERNAL_ERRORS: &str = "perfguard.internal_errors";
