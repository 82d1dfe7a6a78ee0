//! The engine of [perfguard](https://docs.rs/perfguard): use that crate.
//!
//! A query enters at an [`adapter`], is counted in the current [`Scope`] as
//! one execution of a [`statement`] from one call site, and leaves as a
//! [`Finding`] of a rule when the scope ends. Nothing flows back.
//!
//! This crate knows no ORM, no runtime and no web framework. On the path of a
//! request it does no I/O, resolves no symbol, holds none of its locks across
//! a call out, and does not panic.

mod allow;
mod arithmetic;
pub mod baseline;
mod budget;
mod call;
mod call_sites;
mod callsite;
mod connection;
mod costly;
mod day;
mod echo;
mod error;
mod expected;
mod finding;
mod identity;
mod ledger;
mod limits;
mod outcome;
mod process;
mod query;
mod report;
mod run_file;
pub mod scaling;
mod scope;
mod settings;
mod small_tables;
mod standing;
mod table_rows;
mod thresholds;
mod traced;
mod verdict;

pub mod adapter;
#[cfg(feature = "config")]
pub mod config;
#[doc(hidden)]
pub mod generated;
#[doc(hidden)]
pub mod planned;
#[doc(hidden)]
pub mod probe;
pub mod rules;
pub mod sink;
pub mod statement;

pub use allow::{with_allow, with_allow_async};
pub use budget::Budget;
pub use call::{Call, call, call_sync};
pub use call_sites::CallSites;
pub use callsite::{CallSite, Frame};
pub use error::Error;
pub use finding::{Finding, Severity, Source};
pub use limits::{Limits, Refusal};
pub use probe::IsConnection;
pub use query::Query;
#[cfg(feature = "json")]
pub use report::SCHEMA_VERSION;
pub use report::{Connections, Report, Transactions};
pub use scope::allowed::Allowing;
pub use scope::{Carry, Entered, InClosure, InFuture, Scope, Scoped, in_current_scope};
pub use settings::{Enforcement, Route, Settings};
pub use standing::StandingAllow;
pub use thresholds::{Profile, Thresholds};
