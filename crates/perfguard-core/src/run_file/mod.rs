//! What a process of a test run leaves behind, for whoever reads the whole run:
//! lines of JSON in a file of its own, in the folder that `PERFGUARD_RUN_DIR`
//! names. Without that variable nothing is written, and nothing in production.
//!
//! `docs/run-files.md` describes the lines. Their number is bounded: allows by
//! what the code states, scopes by [`file`].

mod allows;
mod curves;
#[cfg(feature = "json")]
mod file;
#[cfg(not(feature = "json"))]
#[path = "no_file.rs"]
mod file;
mod scopes;

pub(crate) use allows::{note_allows, note_standing};
pub(crate) use curves::note_curve;
pub(crate) use scopes::{Verdict, note_scope};
