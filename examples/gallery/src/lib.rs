//! A gallery of bottlenecks: each case is one route, written badly and well,
//! in Diesel and in SeaORM, on the tables of a small blog.
//!
//! Every version is served on loopback and asked over HTTP, inside
//! [`perfguard::testing::observe`], which hands back perfguard's report.
//!
//! To add a case, write a file in `cases` and list it in `cases::ALL`.

mod case;
mod cases;
mod diesel_blog;
mod failed;
mod http;
mod run;
mod sea_orm_blog;
mod table;

pub use run::{Answer, Run, run_all};
pub use table::table;

/// An error of the gallery itself, not of a case.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
