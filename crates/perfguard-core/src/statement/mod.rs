//! What an SQL text says, without the values in it.
//!
//! An ORM writes one statement for one piece of code, with other values each
//! time it runs. A [`Statement`] is what stays: its [canonical
//! text](Statement::text), a stable [`Fingerprint`] of that text, a
//! [summary](Statement::summary) for people, and its [`Shape`]: the facts that
//! the rules ask for.
//!
//! # How it works
//!
//! There is no parser. A lexer that knows the four [dialects](Dialect) cuts the
//! text into tokens, and a handful of rules that need only a token's neighbours
//! decide which of them are values. The canonical text, the summary and the
//! shape are each one walk over those tokens. All of it is iterative, takes
//! time linear in the text and cannot fail: SQL that no database would accept
//! has a fingerprint too.
//!
//! # The canonical text
//!
//! * Unquoted words are lower case; quoted names keep their case and are quoted
//!   with `"`, so that one query has one fingerprint on every database.
//! * Comments, hints and the last `;` are dropped. MySQL's `/*! .. */` is code.
//! * Literals and bind parameters are `?`, with their sign. `NULL`, `TRUE` and
//!   `FALSE` are values as well, except after `IS` or `NOT`; so is `DEFAULT`
//!   within a row of `VALUES`, and the name of a savepoint.
//! * In parentheses, brackets and the rows of `VALUES`, an item that holds a
//!   placeholder and equals the item before it is dropped: `IN (1, 2, 3)` is
//!   `in (?)`, and a batch insert is one row.
//!
//! Canonical text is its own canonical text, read in the same dialect; that of
//! MySQL, where `"` would be a string, read as [`Dialect::Ansi`].
//! [`RULE_SET_VERSION`] changes whenever one of these rules does.
//!
//! # Values never leave
//!
//! No byte of a literal reaches the text, the summary or the shape, with one
//! exception: a number in `LIMIT` ([`Limit::Rows`]). A literal, comment or
//! quoted name without an end takes the rest of the text with it, and
//! [`Shape::is_complete`] says so.

mod canonical;
mod clauses;
mod dialect;
mod fingerprint;
mod interner;
mod lexer;
mod outline;
mod predicates;
mod shape;
#[expect(
    clippy::module_inception,
    reason = "one concept a file, and the module is named after its main type"
)]
mod statement;
mod summary;
mod token;
mod tokens;

#[cfg(test)]
mod tests;

pub use dialect::Dialect;
pub use fingerprint::{Fingerprint, RULE_SET_VERSION};
pub use shape::{Class, Column, Kind, Limit, List, Shape};
pub use statement::Statement;

pub(crate) use interner::intern;
