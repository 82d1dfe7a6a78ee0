//! The fingerprints of SQL, through the public API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

mod render;
#[macro_use]
mod sql;

mod corpus;

mod cases;
mod golden;
mod leaks;
mod mutants;
mod oracle;
mod properties;
mod streams;
