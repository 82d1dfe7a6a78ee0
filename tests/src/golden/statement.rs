//! One statement of the corpus.

use serde::Serialize;

use super::Dialect;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orm {
    Diesel,
    SeaOrm,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The name of the query: one shape per ORM and dialect.
    pub case: &'static str,
    pub orm: Orm,
    pub dialect: Dialect,
    /// What sets this statement of its case apart from the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<&'static str>,
    pub sql: String,
}
