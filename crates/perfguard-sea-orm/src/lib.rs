//! Connects [SeaORM](sea_orm) to [perfguard](https://docs.rs/perfguard).
//!
//! Two ways, which can stand side by side:
//!
//! - [`install`], one call per connection before it is cloned, changes no
//!   signature. It uses the metric callback of `DatabaseConnection`, which runs
//!   on the task and the stack that ran the statement, inside transactions and
//!   streams too.
//! - [`Guarded`] wraps a connection, sees what no callback tells, and can
//!   refuse statements. It is a type of its own: code that takes
//!   `&impl ConnectionTrait` takes it, code that names `DatabaseConnection`
//!   does not.
//!
//! # What each of them sees
//!
//! | | [`install`] | [`Guarded`] |
//! |---|---|---|
//! | statements, bound values (only a keyed hash is kept), time | yes | yes |
//! | rows read | no | yes |
//! | rows changed | no | yes; unknown where `query_one` runs a write with RETURNING |
//! | `execute_unprepared` | no | yes; several statements in one text are one |
//! | a statement cancelled in flight | no | yes, once |
//! | an error in the middle of a stream | as a success | yes |
//! | a stream that is never polled, which sends nothing | as a statement | not at all |
//! | mock and proxy connections | no, and a warning says so | yes |
//! | begin, commit, rollback, which are no queries | no | yes: a read after one is no duplicate |
//! | a statement that gets no connection of the pool, or that access control refuses | no | as one that failed |
//! | limits that refuse a statement before it is sent | no | yes: [`Guarded::limits`] |
//! | statements of sqlx on the same pool | no | no |
//!
//! Why the callback counts a stream that nobody polled: SeaORM calls it when
//! the stream is dropped, with a time that is not zero either way.
//!
//! Neither tells bytes: a row's raw values are only within reach with SeaORM's
//! driver features, which belong to the application, and sqlx gives their
//! length on PostgreSQL alone.

mod guarded;
mod hook;
mod transit;

pub use guarded::{Guarded, GuardedStream, is_refusal};
pub use hook::{install, install_with};
