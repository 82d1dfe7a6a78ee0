//! Missing indexes on SQLite, PostgreSQL and MariaDB, through both ORMs.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on"
)]

mod behaves;
mod filters;
mod foreign_keys;
mod servers;
mod suite;
