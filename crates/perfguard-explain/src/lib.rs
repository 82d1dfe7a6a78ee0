//! Query plans for [perfguard](https://docs.rs/perfguard): use its module
//! `explain`.
//!
//! A test that passes on ten rows dies on ten million where a table is read as
//! a whole. The database knows: [`check()`] asks it for the plan of each
//! statement of a report, on the test's own connection, tries out the index
//! that could serve, and advises it only if the plan then uses it.
//!
//! # How it works
//!
//! The report has canonical texts, and these are what [`check()`] explains: no
//! value of the application is asked about. A guarded connection that explains
//! while a test runs has the statement at hand, and its values, on SQLite and
//! PostgreSQL. Without them SQLite plans with placeholders that nobody
//! binds; PostgreSQL makes the generic plan of a prepared statement, with
//! sequential scans priced out, because a test's tables are so small that
//! scanning them is right; MySQL and MariaDB plan on temporary tables that take
//! the place of the real ones for this connection, with numbered rows, and with
//! values of these.
//!
//! An index that finds rows of which a filter drops nearly all is a finding too:
//! how many these are, the rows that the test's database has say, which it
//! counts by itself.
//!
//! Everything happens in a transaction, or in a savepoint of the user's, that
//! is rolled back. Nothing is counted, nothing is written, and a statement that
//! cannot be explained is said to be one.

mod advice;
mod backend;
mod check;
mod engine;
mod explained;
mod filter;
mod foreign_keys;
#[cfg(any(feature = "diesel", feature = "sea-orm"))]
#[doc(hidden)]
pub mod guarded;
mod index;
mod plan;
mod schema;
mod session;
mod sql;
mod wanted;

#[cfg(feature = "diesel")]
mod diesel;
#[cfg(feature = "diesel-async")]
mod diesel_async;
#[cfg(feature = "sea-orm")]
mod sea_orm;

pub use advice::Advice;
pub use check::check;
#[cfg(feature = "diesel-async")]
pub use diesel_async::{check_diesel_async, foreign_keys_diesel_async};
pub use explained::Explained;
pub use foreign_keys::{ForeignKey, foreign_keys};
pub use perfguard_core::planned::Unexplained;
#[cfg(feature = "sea-orm")]
pub use sea_orm::{check_async, foreign_keys_async};
pub use session::{Cells, Session};
