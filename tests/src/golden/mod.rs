//! SQL as Diesel and SeaORM write it, for the golden test of fingerprints.
//!
//! Each query is written once, in Rust, and printed by its ORM for each
//! database that has it. Two statements of one ORM, dialect and case are one
//! shape: they differ in values or in the length of a list. Statements of two
//! cases differ in a table, a column, an operator, a clause or their structure.

mod corpus;
mod dialect;
mod statement;
mod with_diesel;
mod with_sea_orm;

pub use dialect::Dialect;
pub use statement::{Orm, Statement};

use corpus::Corpus;

/// All statements, by ORM, case and dialect; the variants of a case stay in
/// the order in which they were written down.
pub fn statements() -> Vec<Statement> {
    let mut corpus = Corpus::default();
    with_diesel::add_to(&mut corpus);
    with_sea_orm::add_to(&mut corpus);
    corpus.sorted()
}

/// The statements as JSON, one a line.
pub fn json_lines() -> String {
    let mut lines = String::new();
    for statement in statements() {
        lines += &serde_json::to_string(&statement).expect("texts become JSON");
        lines.push('\n');
    }
    lines
}
