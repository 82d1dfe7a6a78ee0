//! The command as a user runs it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on"
)]

mod check;
#[cfg(feature = "database")]
mod database;
mod doctor;
mod report;
mod review;
#[cfg(unix)]
mod test;
