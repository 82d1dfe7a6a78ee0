#![doc = include_str!("../docs.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod testing;
#[cfg(feature = "tower")]
pub mod tower;

/// Connects Diesel: [`install`](diesel::install) once at start-up.
#[cfg(feature = "diesel")]
pub mod diesel {
    pub use perfguard_diesel::{chain, in_current_scope, install};
}

/// Connects SeaORM: [`install`](sea_orm::install) once per connection.
#[cfg(feature = "sea-orm")]
pub mod sea_orm {
    pub use perfguard_sea_orm::{install, install_with};
}

#[cfg(feature = "json")]
pub use perfguard_core::SCHEMA_VERSION;
pub use perfguard_core::{
    CallSite, Enforcement, Entered, Error, Finding, Frame, Query, Report, Scope, Scoped, Settings,
    Severity, Source, in_current_scope,
};
pub use perfguard_core::{adapter, rules, statement};
pub use perfguard_macros::{query_budget, test};

/// What the attributes expand to. Not a public interface.
#[doc(hidden)]
pub mod __private {
    pub use perfguard_core::generated::{
        Allow, Budget, Outcome, Site, method_name, run_async, run_sync, test_async, test_sync,
    };
}
