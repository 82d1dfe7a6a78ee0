//! Query budgets: one attribute on a handler fails the test that runs N+1
//! queries, and warns in production.
//!
//! ```
//! use perfguard::adapter::{self, Query};
//! use perfguard::statement::Dialect;
//!
//! #[perfguard::query_budget(max = 1)]
//! fn titles() -> Vec<String> {
//!     // What the Diesel and SeaORM adapters do for you:
//!     adapter::record(&Query::new("SELECT title FROM posts LIMIT 20", Dialect::Sqlite));
//!     vec!["first".to_owned()]
//! }
//!
//! let (titles, report) = perfguard::testing::observe_sync(titles);
//! assert_eq!(titles.len(), 1);
//! assert_eq!(report.queries(), 1);
//! assert!(report.findings().is_empty(), "{report}");
//! ```
//!
//! # Connecting an ORM
//!
//! | feature | call | when |
//! |---|---|---|
//! | `diesel` | `perfguard::diesel::install()?` | once, before the first connection |
//! | `sea-orm` | `perfguard::sea_orm::install(&mut db)` | per connection, before it is cloned |
//! | `sqlx` | `registry().with(perfguard::sqlx::layer())` | once, with the subscriber: rows for SeaORM, and bare sqlx |
//!
//! What scopes run is counted for a fleet by `metrics::Metrics` (feature
//! `metrics`), a sink of the [`Settings`].
//!
//! Outgoing calls are marked by [`call`] and [`call_sync`], or heard of by
//! `calls::layer` (feature `calls`).
//!
//! Any other driver reports its statements through [`adapter`].
//!
//! # What a broken budget does
//!
//! Inside [`testing::observe`] nothing; else what `PERFGUARD=fail|warn|off` or
//! [`Settings`] say; else it fails inside [`#[perfguard::test]`](macro@test)
//! and in every test binary that cargo built; anywhere else it writes one
//! `tracing` event at WARN with target `perfguard` and the fields `scope`,
//! `rule`, `count`, `max`, `queries`, `calls` (if there were any), `rules`,
//! `explanation` (if there is one), `db.query.summary`, `db.query.text`,
//! `db.system.name`, `code.file.path` and `code.line.number` (`rule`, `count`,
//! `explanation` and `db.*` of the first finding, `code.*` of the annotated
//! function).
//!
//! # Where the scope goes
//!
//! It follows the task. Work that leaves the task takes it along with
//! [`in_current_scope`]. What runs before and after the handler is seen by
//! `tower::ScopeLayer` (features `tower` and `axum`),
//! `actix_web::ScopeMiddleware` (`actix-web`) and `rocket::ScopeRoutes`
//! (`rocket`).
//!
//! What the last requests of a running service ran is shown by `dashboard`
//! (feature `dashboard`).

#[cfg(feature = "actix-web")]
pub mod actix_web;
mod answer;
mod assertions;
#[cfg(feature = "rocket")]
pub mod rocket;
#[cfg(any(feature = "actix-web", feature = "rocket", feature = "tower"))]
mod served;
pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;

/// Connects Diesel: [`install`](diesel::install) once at start-up.
#[cfg(feature = "diesel")]
pub mod diesel {
    #[cfg(any(feature = "diesel-async", feature = "diesel-async-guarded"))]
    pub use perfguard_diesel::LoadBoundedAsync;
    #[cfg(feature = "diesel-async")]
    pub use perfguard_diesel::ScopedTokio;
    pub use perfguard_diesel::{AssumeBounded, Assumed, Bounded, LoadBounded, Page};
    #[cfg(feature = "diesel-guarded")]
    pub use perfguard_diesel::{Cursor, Guardable, Guarded, refusal};
    #[cfg(feature = "diesel-async-guarded")]
    pub use perfguard_diesel::{Execute, GuardedAsync, Load, Stream};
    pub use perfguard_diesel::{bind_current_scope, chain, in_current_scope, install};
}

/// Connects SeaORM: [`install`](sea_orm::install) once per connection, or
/// [`Guarded`](sea_orm::Guarded) around it.
#[cfg(feature = "sea-orm")]
pub mod sea_orm {
    pub use perfguard_sea_orm::{Guarded, GuardedStream, install, install_with, is_refusal};
}

/// Missing indexes: [`check`](explain::check) a report on a connection.
#[cfg(feature = "explain")]
pub mod explain {
    pub use perfguard_explain::{
        Advice, Cells, Explained, ForeignKey, Session, Unexplained, check, foreign_keys,
    };
    #[cfg(feature = "sea-orm")]
    pub use perfguard_explain::{check_async, foreign_keys_async};
    #[cfg(feature = "diesel-async")]
    pub use perfguard_explain::{check_diesel_async, foreign_keys_diesel_async};
}

/// Hears of client spans: [`layer`](calls::layer) in the subscriber.
#[cfg(feature = "calls")]
pub mod calls {
    pub use perfguard_calls::{CallFilter, CallLayer, layer};
}

/// What scopes run, as metrics: [`Metrics`](metrics::Metrics) in the settings.
#[cfg(feature = "metrics")]
pub mod metrics {
    pub use perfguard_metrics::{BUCKETS, MAX_ROUTES, Metrics, names, refresh};
}

/// The Live view: the last requests of a running service, on a page that the
/// application mounts.
#[cfg(feature = "dashboard")]
pub mod dashboard {
    pub use perfguard_dashboard::{Dashboard, LiveView};
}

/// Hears of sqlx's statements: [`layer`](sqlx::layer) in the subscriber.
#[cfg(feature = "sqlx")]
pub mod sqlx {
    pub use perfguard_sqlx::{QueryFilter, QueryLayer, layer, layer_for};
}

pub use answer::Items;
#[cfg(feature = "json")]
pub use perfguard_core::SCHEMA_VERSION;
#[cfg(feature = "config")]
pub use perfguard_core::config;
pub use perfguard_core::{
    Allowing, Budget, Call, CallSite, CallSites, Carry, Connections, Enforcement, Entered, Error,
    Finding, Frame, InClosure, InFuture, IsConnection, Limits, Profile, Query, Refusal, Report,
    Route, Scope, Scoped, Settings, Severity, Source, StandingAllow, Thresholds, Transactions,
    call, call_sync, in_current_scope, with_allow, with_allow_async,
};
pub use perfguard_core::{adapter, rules, sink, statement};
pub use perfguard_macros::{allow, query_budget, test, times};

/// What the attributes expand to. Not a public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::answer::probe::{Answer, Told, Untold};
    pub use perfguard_core::probe::{Probe, no_blocking, no_query};

    /// Calls a closure of which the compiler shall know that it is called once: what it gives may
    /// refer to what it has taken along.
    pub fn once<T>(body: impl FnOnce() -> T) -> T {
        body()
    }

    /// The traits that a probe for calls in loops ends at.
    pub mod in_loop {
        pub use perfguard_core::probe::in_loop::*;
        #[cfg(feature = "diesel")]
        pub use perfguard_diesel::probe::in_loop::*;
        #[cfg(feature = "sea-orm")]
        pub use perfguard_sea_orm::probe::in_loop::*;
    }

    /// The same for types that somebody has registered alone.
    pub mod registered_in_loop {
        pub use perfguard_core::probe::in_loop::*;
    }

    /// The traits that a probe for calls in an `async fn` ends at.
    pub mod in_async {
        pub use perfguard_core::probe::in_async::*;
        #[cfg(feature = "diesel")]
        pub use perfguard_diesel::probe::in_async::*;
    }
    pub use perfguard_core::generated::{
        Allow, Budget, Comparison, Cost, Counted, Expected, Limits, Outcome, Profile, Site,
        Unbudgeted, allow, allow_async, allow_sync, answering, answering_sync, begin_allows,
        counted, exported_by, length, method_name, refuse_length, refuse_loop, refuse_sum,
        run_async, run_sync, test_async, test_sync, without_findings, without_findings_sync,
    };
    /// `#[perfguard::test(explain)]` needs feature `explain`.
    #[cfg(feature = "explain")]
    pub use perfguard_core::generated::{test_async_explain, test_sync_explain};
}
