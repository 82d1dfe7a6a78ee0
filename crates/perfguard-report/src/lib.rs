//! Reads what a test run with [perfguard](https://docs.rs/perfguard) has left,
//! and shows it.
//!
//! Each process of a run leaves a file, described by `docs/run-files.md` in
//! perfguard's repository. [`Run`] reads a folder of them, [`Summary`] puts
//! together what belongs to one handler, and a function for each format writes
//! it: [`human`], [`json`], [`sarif`], [`junit`], [`github`], [`markdown`],
//! [`html`]. [`Diff`] compares two runs.
//!
//! This is what `cargo perfguard` is made of. What the formats promise is in
//! `docs/reports.md`:
//!
//! - the same lines give the same bytes, in whatever order they arrived;
//! - what is unknown is said to be unknown, and is no 0;
//! - SQL, names and reasons are text that others wrote: in no format do they
//!   move a cursor, start a command, or become markup.
//!
//! ```no_run
//! # fn main() -> Result<(), perfguard_report::Error> {
//! let run = perfguard_report::Run::read("target/perfguard/run".as_ref())?;
//! let summary = perfguard_report::Summary::of(&run);
//! std::fs::write("report.html", perfguard_report::html(&summary, "")).ok();
//! # Ok(())
//! # }
//! ```

pub mod escape;
pub mod line;

mod bounded;
mod diff;
mod github;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod rules;
mod run;
mod sarif;
mod spread;
mod summary;
mod table;
mod words;

pub use diff::{Change, Diff, HandlerDiff, Pair, StatementDiff};
pub use github::github;
pub use html::html;
pub use human::human;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use run::{Error, Process, Run};
pub use sarif::sarif;
pub use spread::Spread;
pub use summary::{Found, Handler, Summary};
