//! `sequential_awaits`: two reads, one right after the other, that have nothing to do with each
//! other. Never on one connection, nor in a transaction.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprClosure, ExprReference, Item, Local, Stmt};

use crate::catalog::SEQUENTIAL_AWAITS;
use crate::query::Known;
use crate::strict::Finding;
use crate::syntax::{bound, callee, chain, has_word, is_one_of, last, mentions, spoken_name};

pub(super) fn find(known: &Known<'_>, body: &Block) -> Vec<Finding> {
    let mut pairs = Pairs {
        known,
        found: Vec::new(),
    };
    pairs.visit_block(body);
    pairs.found
}

struct Pairs<'k, 'a> {
    known: &'k Known<'a>,
    found: Vec<Finding>,
}

impl<'a> Visit<'a> for Pairs<'_, 'a> {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_expr_closure(&mut self, _: &'a ExprClosure) {
        // It may be a transaction.
    }

    fn visit_block(&mut self, block: &'a Block) {
        let mut before: Option<&Local> = None;
        for statement in &block.stmts {
            let read = match statement {
                Stmt::Local(local) if self.awaits_a_read(local) => Some(local),
                _ => None,
            };
            if let (Some(first), Some(second)) = (before, read)
                && let Some(init) = &second.init
            {
                let names = bound(&first.pat);
                if !names.is_empty() && !mentions(&init.expr, &names) {
                    self.found.push(Finding {
                        lint: &SEQUENTIAL_AWAITS,
                        span: second.let_token.span,
                        message: "this read waits for the one before, and does not need it: \
                                  await both at once, with `try_join!`"
                            .to_owned(),
                    });
                }
            }
            before = read;
        }
        visit::visit_block(self, block);
    }
}

impl Pairs<'_, '_> {
    fn awaits_a_read(&self, local: &Local) -> bool {
        let Some(init) = local.init.as_ref().filter(|it| it.diverge.is_none()) else {
            return false;
        };
        let awaited = match &*init.expr {
            Expr::Try(it) => &it.expr,
            other => other,
        };
        let is_awaited = match awaited {
            Expr::Await(_) => true,
            Expr::MethodCall(it) => matches!(&*it.receiver, Expr::Await(_)),
            _ => false,
        };
        is_awaited && self.reads(&init.expr) && !is_bound_to_one_connection(&init.expr)
    }

    fn reads(&self, expr: &Expr) -> bool {
        let (root, methods) = chain(expr);
        let passing = [
            "context",
            "expect",
            "map_err",
            "ok_or",
            "ok_or_else",
            "optional",
            "unwrap",
            "with_context",
        ];
        let sent = methods
            .iter()
            .rev()
            .find(|it| !is_one_of(&it.method, &passing));
        if let Some(query) = sent.and_then(|it| self.known.query(it)) {
            return !query.writes;
        }
        let name = match (sent, root) {
            (Some(it), _) => Some(&it.method),
            (None, Expr::Call(it)) => callee(it).and_then(last),
            _ => None,
        };
        name.is_some_and(|it| {
            has_word(
                it,
                &[
                    "count", "fetch", "find", "get", "list", "load", "query", "read", "search",
                    "select",
                ],
            )
        })
    }
}

/// Whether it borrows something mutably, or is sent over a connection or a transaction: those
/// take one query at a time.
fn is_bound_to_one_connection(expr: &Expr) -> bool {
    struct Binds(bool);
    impl<'a> Visit<'a> for Binds {
        fn visit_expr_reference(&mut self, it: &'a ExprReference) {
            self.0 |= it.mutability.is_some();
            visit::visit_expr_reference(self, it);
        }
        fn visit_expr(&mut self, it: &'a Expr) {
            let is_one = |name: &Ident| {
                has_word(
                    name,
                    &[
                        "con",
                        "conn",
                        "connection",
                        "lock",
                        "transaction",
                        "trx",
                        "tx",
                        "txn",
                    ],
                )
            };
            self.0 |= spoken_name(it).is_some_and(is_one);
            visit::visit_expr(self, it);
        }
    }
    let mut binds = Binds(false);
    binds.visit_expr(expr);
    binds.0
}
