//! The lints of [perfguard](https://docs.rs/perfguard), on source code alone.
//!
//! # Design
//!
//! One engine serves two callers. The attribute has one function and warns while it is compiled;
//! `cargo perfguard check` has a workspace. Both read the syntax tree and nothing else: no types,
//! and never the text of tokens, which is not the same inside the compiler and outside of it.
//!
//! - `catalog` lists the lints, `levels` says which of them are wanted, `settings` reads that from a
//!   file.
//! - `macros` makes expressions of what stands in macro calls. Everything else sees only those.
//! - `walk` goes through one body and says of each call what it runs for: once for each item of
//!   something unbounded, or not. `heads` knows which loops are bounded.
//! - `query`, `orm` and `connection` know by their names what asks a database, with which crate,
//!   and what is a connection to one.
//! - `outgoing` knows what leaves the program for something else than a database.
//! - `strict` are lints of one function that were never wrong in mature code, `pedantic` those
//!   that were.
//! - `extract` takes from a file what `graph` needs to know who calls whom, and drops the tree;
//!   `resolve` says which functions a name may mean, `steps` which loops do more than ask.
//!   `workspace` puts all files together and makes a `report`; `allows` are the exceptions that
//!   stand in them.
//!
//! A lint would rather miss than cry wolf: what it leaves alone was measured on open-source
//! applications, and stands in `docs/lints.md`.

mod allows;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod cases;
mod catalog;
mod connection;
mod extract;
mod function;
mod graph;
mod heads;
mod imports;
mod levels;
mod loops;
mod macros;
mod names;
mod orm;
mod outgoing;
mod pedantic;
mod place;
mod query;
mod report;
mod resolve;
mod settings;
mod sources;
mod steps;
mod strict;
mod syntax;
mod walk;
mod workspace;

pub use catalog::{LINTS, Level, Lint};
pub use levels::Levels;
pub use loops::{Call, Iteration, LoopCall, calls_in_loops};
pub use macros::{open_macros, open_macros_of_file};
pub use names::is_apart;
pub use orm::Orms;
pub use pedantic::pedantic_lints;
pub use place::Place;
pub use report::{AllowPlace, ParseProblem, Related, Report, SourceFinding};
pub use settings::{Problem, SETTINGS_FILES, read_settings};
pub use sources::{files_below, source_files};
pub use strict::{Finding, FunctionView, strict_lints};
pub use workspace::{Workspace, plain};
