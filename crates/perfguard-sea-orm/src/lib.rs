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
//! | rows changed | no | yes, also by RETURNING; unknown for a write through `query_one`, as `insert` is with RETURNING, and for one whose RETURNING gave no row |
//! | `execute_unprepared` | no | yes; several statements in one text are one |
//! | a statement cancelled in flight | no | yes, once |
//! | an error in the middle of a stream | as a success | yes |
//! | a stream that is never polled, which sends nothing | as a statement | not at all |
//! | mock and proxy connections | no, and a warning says so | yes |
//! | transactions, whose begin and end are no queries | no | yes, with their statements and their time; a read after one is no duplicate |
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
//!
//! # SeaORM 1.1
//!
//! This crate is for SeaORM 2.0. In 1.1 `begin` returns `DatabaseTransaction`
//! whatever it is called on, so that a wrapper loses everything inside a
//! transaction; the callback is the same. There is no crate for it, because
//! its SQLite library and that of 2.0 cannot stand in one build, but this is
//! all that it takes. It compiles with both:
//!
//! ```
//! # extern crate perfguard_core as perfguard;
//! use perfguard::adapter::{self, Adapter, BindHasher, Completion, Orm, Query};
//! use perfguard::statement::Dialect;
//! use sea_orm::{DatabaseConnection, DbBackend};
//!
//! static SEA_ORM: Adapter = Adapter::new("SeaORM 1.1");
//!
//! /// Right after `Database::connect`, before the connection is cloned.
//! pub fn install(db: &mut DatabaseConnection) {
//!     SEA_ORM.installed();
//!     SEA_ORM.connected();
//!     db.set_metric_callback(|info| {
//!         if !adapter::is_scoped() {
//!             return adapter::record_unattributed();
//!         }
//!         let statement = info.statement;
//!         let dialect = match statement.db_backend {
//!             DbBackend::MySql => Dialect::MySql,
//!             DbBackend::Postgres => Dialect::Postgres,
//!             _ => Dialect::Sqlite,
//!         };
//!         let mut binds = BindHasher::new();
//!         for value in statement.values.iter().flat_map(|values| &values.0) {
//!             binds.write_debug(value);
//!         }
//!         let ended = Completion::new().elapsed(info.elapsed).failed(info.failed);
//!         let query = Query::new(&statement.sql, dialect).orm(Orm::SeaOrm);
//!         adapter::record(&query.binds(binds.finish()).completion(ended));
//!     });
//! }
//! ```

mod guarded;
mod hook;
#[doc(hidden)]
pub mod probe;
mod transit;

pub use guarded::{Guarded, GuardedStream, is_refusal};
pub use hook::{install, install_with};
