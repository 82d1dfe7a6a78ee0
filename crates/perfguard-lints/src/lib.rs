//! The lints of [perfguard](https://docs.rs/perfguard), on source code alone.
//!
//! # Design
//!
//! One engine serves two callers. The attribute has one function and warns while it is compiled;
//! `cargo perfguard check` has a workspace. Both read the syntax tree and nothing else: no types,
//! and never the text of tokens, which is not the same inside the compiler and outside of it.
//!
//! - `catalog` lists the lints, with the level of each.
//! - `macros` makes expressions of what stands in macro calls. Everything else sees only those.
//! - `walk` goes through one body and says of each call what it runs for: once for each item of
//!   something unbounded, or not. `heads` knows which loops are bounded.
//! - `query` and `connection` know by their names what asks a database, and what is a connection
//!   to one.
//! - `strict` are lints of one function that were never wrong in mature code.
//!
//! A lint would rather miss than cry wolf: what it leaves alone was measured on open-source
//! applications, and stands in `docs/lints.md`.

mod catalog;
mod connection;
mod heads;
mod loops;
mod macros;
mod query;
mod strict;
mod syntax;
mod walk;

pub use catalog::{LINTS, Level, Lint};
pub use loops::{Call, Iteration, LoopCall, calls_in_loops};
pub use macros::{open_macros, open_macros_of_file};
pub use strict::{Finding, FunctionView, strict_lints};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on")]
mod cases;
