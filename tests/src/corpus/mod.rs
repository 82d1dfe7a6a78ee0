//! What the rules find and what they leave alone, case by case, and how often
//! they are right: `cargo run -p perfguard-tests --bin corpus`.
//!
//! A case is a name, a small function that asks a database, and what has to be
//! said of it. It stands in the file of the rule that it is about, in `rules`:
//!
//! ```ignore
//! diesel("an author for each post", |conn| {
//!     for post in posts(conn)? {
//!         authors::table.find(post.author_id).first::<Author>(conn)?; //~ an author for each post
//!     }
//!     Ok(())
//! })
//! .finds("n-plus-one", 6)
//! .repair("eq_any", |conn| {
//!     let ids: Vec<i32> = posts(conn)?.iter().map(|post| post.author_id).collect();
//!     authors::table.filter(authors::id.eq_any(ids)).load::<Author>(conn)?;
//!     Ok(())
//! }),
//! ```
//!
//! Without [`finds`](Case::finds) and [`notes`](Case::notes) a case is a
//! look-alike, of which nothing may be said. A finding that nobody expected
//! counts against its own rule, whatever rule the case is about. Where lines
//! are marked (`//~` and the name of the case), the finding has to stand at one
//! of them; [`over`](Case::over) names the table that a loop went over.
//! [`repair`](Case::repair) holds what the finding proposes: its words
//! have to be in the finding, and after it nothing may be found.
//!
//! Cases run under test, where two repeats count; those that are
//! [`in_production`](Case::in_production) run in a budgeted function of a
//! process that is no test, and only errors are seen there. The database is
//! SQLite in memory, with the rows of `schema.sql`. What no ORM can show on
//! SQLite, such as a text of another database, is told to perfguard's adapter
//! interface. So are most times: where a case waits itself, a busy machine may
//! make it wait for longer, and never for less.

mod case;
pub mod in_diesel;
pub mod in_sea_orm;
mod rules;
mod run;
mod table;
mod told;

pub use case::{Case, Expected, Rule};
pub use rules::{declare_small_tables, rules};
pub use run::{Judged, judge};
pub use table::{is_precise, table};
