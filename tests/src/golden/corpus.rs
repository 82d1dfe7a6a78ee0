//! Where the ORMs put what they wrote.

use super::{Dialect, Orm, Statement};

#[derive(Default)]
pub(super) struct Corpus {
    statements: Vec<Statement>,
}

impl Corpus {
    pub(super) fn add(
        &mut self,
        orm: Orm,
        dialect: Dialect,
        case: &'static str,
        variant: Option<&'static str>,
        sql: String,
    ) {
        self.statements.push(Statement {
            case,
            orm,
            dialect,
            variant,
            sql,
        });
    }

    pub(super) fn sorted(mut self) -> Vec<Statement> {
        // A stable sort: variants stay as they were written down.
        self.statements
            .sort_by_key(|statement| (statement.orm, statement.case, statement.dialect));
        self.statements
    }
}
