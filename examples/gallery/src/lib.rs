//! A gallery of bottlenecks: each case is one route, written badly and well,
//! in Diesel and in SeaORM, or without a database where none is involved.
//!
//! Every version is served on loopback and asked over HTTP, inside
//! [`perfguard::testing::observe`], which hands back perfguard's report.
//!
//! To add a case, write a file in `cases` and list it in `cases::ALL`.

mod case;
mod cases;
mod explains;
mod failed;
mod http;
mod in_diesel;
mod in_sea_orm;
mod run;
mod table;

pub use run::{Answer, COMING, Run, run_all};
pub use table::table;

/// An error of the gallery itself, not of a case.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
