//! A statement that a parser read, changed in one place and printed again, has
//! another fingerprint.

use std::ops::ControlFlow;

use perfguard_core::statement::Fingerprinter;
use sqlparser::ast::{
    BinaryOperator, Expr, Ident, ObjectName, ObjectNamePart, Query, Select, Statement, VisitMut,
    VisitorMut,
};

use crate::corpus::{Parsed, corpus};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    DropDistinct,
    DropLimit,
    DropOrder,
    DropWhere,
    RenameColumn,
    RenameTable,
    Replace(BinaryOperator),
}

/// Makes `change` at the one of the places for it that `left` counts down to.
struct Mutator {
    change: Change,
    left: usize,
    done: bool,
}

impl Mutator {
    /// Whether to make the change at this place, if `found` says it is one.
    fn is_here(&mut self, change: &Change, found: bool) -> bool {
        if self.done || self.change != *change || !found {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }
}

/// A name that the corpus does not have.
fn another() -> Ident {
    Ident::new("zz_another")
}

impl VisitorMut for Mutator {
    type Break = ();

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        let is_here = self.is_here(&Change::RenameTable, true);
        if let Some(part) = name.0.last_mut().filter(|_| is_here) {
            *part = ObjectNamePart::Identifier(another());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { op, .. } => {
                if let Change::Replace(other) = self.change.clone()
                    && self.is_here(&Change::Replace(other.clone()), true)
                {
                    *op = other;
                }
            }
            Expr::CompoundIdentifier(parts) => {
                let is_here = self.is_here(&Change::RenameColumn, true);
                if let Some(name) = parts.last_mut().filter(|_| is_here) {
                    *name = another();
                }
            }
            Expr::Identifier(name) if self.is_here(&Change::RenameColumn, true) => {
                *name = another();
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if self.is_here(&Change::DropLimit, query.limit_clause.is_some()) {
            query.limit_clause = None;
        }
        if self.is_here(&Change::DropOrder, query.order_by.is_some()) {
            query.order_by = None;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if self.is_here(&Change::DropDistinct, select.distinct.is_some()) {
            select.distinct = None;
        }
        if self.is_here(&Change::DropWhere, select.selection.is_some()) {
            select.selection = None;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        let selection = match statement {
            Statement::Delete(delete) => &mut delete.selection,
            Statement::Update(update) => &mut update.selection,
            _ => return ControlFlow::Continue(()),
        };
        if self.is_here(&Change::DropWhere, selection.is_some()) {
            *selection = None;
        }
        ControlFlow::Continue(())
    }
}

fn print(statements: &[Statement]) -> String {
    let texts: Vec<_> = statements.iter().map(Statement::to_string).collect();
    texts.join("; ")
}

/// All ways to make `change` once.
fn mutants(parsed: &Parsed, change: &Change) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let mut statements = parsed.statements.clone();
        let mut mutator = Mutator {
            change: change.clone(),
            left: texts.len(),
            done: false,
        };
        let _ = VisitMut::visit(&mut statements, &mut mutator);
        if !mutator.done {
            return texts;
        }
        texts.push(print(&statements));
    }
}

/// Asserts that each way to make a change gives another fingerprint. There
/// have to be at least `least` of them.
fn always_changes(change: impl Fn(&str) -> Change, least: usize) {
    let mut fingerprinter = Fingerprinter::new();
    let mut count = 0;
    for parsed in corpus() {
        let text = print(&parsed.statements);
        let fingerprint = fingerprinter.fingerprint(&text, parsed.dialect);
        for mutant in mutants(parsed, &change(&text)) {
            assert_ne!(
                fingerprinter.fingerprint(&mutant, parsed.dialect),
                fingerprint,
                "{:?}\n{text}\n{mutant}",
                parsed.dialect
            );
            count += 1;
        }
    }
    assert!(count >= least, "{count} changes");
}

#[test]
fn another_table() {
    always_changes(|_| Change::RenameTable, 500);
}

#[test]
fn another_column() {
    always_changes(|_| Change::RenameColumn, 500);
}

#[test]
fn another_operator() {
    // One that the text does not have: where equal items follow each other,
    // one of them is kept, and a change could make two of them equal.
    always_changes(
        |text| {
            let operators = [
                BinaryOperator::NotEq,
                BinaryOperator::StringConcat,
                BinaryOperator::BitwiseAnd,
            ];
            let is_other = |operator: &BinaryOperator| !text.contains(&operator.to_string());
            Change::Replace(operators.into_iter().find(is_other).unwrap())
        },
        500,
    );
}

#[test]
fn without_where() {
    always_changes(|_| Change::DropWhere, 500);
}

#[test]
fn without_limit() {
    always_changes(|_| Change::DropLimit, 50);
}

#[test]
fn without_order() {
    always_changes(|_| Change::DropOrder, 50);
}

#[test]
fn without_distinct() {
    always_changes(|_| Change::DropDistinct, 1);
}
