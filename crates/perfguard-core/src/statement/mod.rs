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
//! text into tokens, and as it goes, rules that need only the token before
//! decide which of them are values, and write the canonical text. That is all a
//! [`Fingerprinter`] does. A [`Statement`] also keeps the tokens for a moment:
//! its summary and its shape are short walks over them. All of it is iterative,
//! takes time linear in the text and cannot fail: SQL that no database would
//! accept has a fingerprint too.
//!
//! What an application sends is read once: an [`Interner`] knows the
//! statements of the texts that come again.
//!
//! # The canonical text
//!
//! * Unquoted words are lower case; quoted names keep their case and are quoted
//!   with `"`, so that one query has one fingerprint on every database. So are
//!   MySQL's names that would be a value elsewhere: `2024_01`, `$a`.
//! * Comments, hints and the last `;` are dropped. MySQL's `/*! .. */` is code.
//! * Literals and bind parameters are `?`, with their sign, their prefix, and
//!   the strings that follow to continue them. `NULL`, `TRUE` and `FALSE` are
//!   values as well, except after `IS` or `NOT`; so is `DEFAULT` within a row
//!   of `VALUES`, and the name of a savepoint.
//! * In parentheses, brackets and the rows of `VALUES`, an item that holds a
//!   placeholder and equals the item before it is dropped: `IN (1, 2, 3)` is
//!   `in (?)`, and a batch insert is one row.
//!
//! What is written differently stays different: `= ANY($1)` is not `IN ($1)`,
//! an `OR` chain of three is not one of two, `ORDER BY a ASC` is not `ORDER BY
//! a`. [`Options`] change two of the rules.
//!
//! Canonical text is its own canonical text, read in the same dialect; that of
//! MySQL, where `"` would be a string, read as [`Dialect::Ansi`].
//! [`RULE_SET_VERSION`] changes whenever one of these rules does.
//!
//! # Values never leave
//!
//! No byte of a literal reaches the text, the summary or the shape, with one
//! exception: a number in `LIMIT` or `OFFSET` ([`Limit::Rows`]). Of a pattern the shape
//! says whether it starts with a wildcard ([`Pattern`]). A literal, comment or
//! quoted name without an end takes the rest of the text with it, and
//! [`Shape::is_complete`] says so; it also does so of a text above 64 KiB,
//! which is read up to there. A list that is cut there is left open after its
//! first item, so that its values do not show in where the cut is.
//!
//! A value with a quote of its own that somebody has put between quotes,
//! `'O'Brien'`, turns code and values round. Where a text tells that this has
//! happened (a string has no end, or a word stands right after one), everything
//! from its first string on is one value, and the text is not complete.
//!
//! What is a name and what is a string depends on the dialect. SQLite takes
//! `"x"` for a string where no column has that name; here it is a name.

mod before;
mod canonical;
mod clauses;
mod conditions;
mod dialect;
mod fingerprint;
mod fingerprinter;
mod interner;
mod keyword;
mod lexer;
mod options;
mod outline;
mod predicates;
mod projection;
mod shape;
mod source;
#[expect(
    clippy::module_inception,
    reason = "one concept a file, and the module is named after its main type"
)]
mod statement;
mod summary;
mod token;

#[cfg(test)]
mod tests;

pub use dialect::Dialect;
pub use fingerprint::{Fingerprint, RULE_SET_VERSION};
pub use fingerprinter::Fingerprinter;
pub(crate) use interner::Interned;
pub use interner::Interner;
pub(crate) use interner::TextKey;
pub use options::Options;
pub use shape::{Class, Column, Kind, Limit, List, Pattern, Projection, Shape};
pub use statement::Statement;
