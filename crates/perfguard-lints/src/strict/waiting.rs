//! `connect_in_handler` and `blocking_in_async`.

use proc_macro2::{Ident, Span};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprMethodCall, Item, Token};

use crate::catalog::{BLOCKING_IN_ASYNC, CONNECT_IN_HANDLER};
use crate::strict::Finding;
use crate::syntax::{callee, chain, ends_with, is_one_of, last, qualifier};

pub(super) fn find(asyncness: Option<Token![async]>, body: &Block) -> Vec<Finding> {
    let mut waiting = Waiting {
        is_async: asyncness.is_some(),
        found: Vec::new(),
    };
    waiting.visit_block(body);
    waiting.found
}

struct Waiting {
    is_async: bool,
    found: Vec<Finding>,
}

impl Waiting {
    fn connects(&mut self, span: Span) {
        self.found.push(Finding {
            lint: &CONNECT_IN_HANDLER,
            span,
            message: "a database connection is opened by each call of this function: \
                      make a pool at start-up, and take a connection from it"
                .to_owned(),
        });
    }
}

/// Types that `connect` to a database, in SeaORM and sqlx.
const CONNECTING: &[&str] = &[
    "AnyConnection",
    "AnyPool",
    "Database",
    "MySqlConnection",
    "MySqlPool",
    "PgConnection",
    "PgPool",
    "SqliteConnection",
    "SqlitePool",
];

const POOL_OPTIONS: &[&str] = &[
    "AnyPoolOptions",
    "MySqlPoolOptions",
    "PgPoolOptions",
    "PoolOptions",
    "SqlitePoolOptions",
];

fn is_pool_option(root: &Expr) -> bool {
    match root {
        Expr::Call(it) => {
            let of: Option<&Ident> = callee(it).and_then(qualifier);
            of.is_some_and(|it| is_one_of(it, POOL_OPTIONS))
        }
        _ => false,
    }
}

impl<'a> Visit<'a> for Waiting {
    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_expr_async(&mut self, it: &'a ExprAsync) {
        let was_async = std::mem::replace(&mut self.is_async, true);
        visit::visit_expr_async(self, it);
        self.is_async = was_async;
    }

    fn visit_expr_closure(&mut self, it: &'a ExprClosure) {
        // It may be meant for a thread of its own: `spawn_blocking(|| ..)`.
        let was_async = std::mem::replace(&mut self.is_async, it.asyncness.is_some());
        visit::visit_expr_closure(self, it);
        self.is_async = was_async;
    }

    fn visit_expr_call(&mut self, it: &'a ExprCall) {
        if let Some(path) = callee(it)
            && let Some(name) = last(path)
        {
            let of = qualifier(path);
            if self.is_async && ends_with(path, &["thread", "sleep"]) {
                self.found.push(Finding {
                    lint: &BLOCKING_IN_ASYNC,
                    span: name.span(),
                    message: "this puts the whole thread to sleep, with every task on it: \
                              await the sleep of your runtime, `tokio::time::sleep(..)`"
                        .to_owned(),
                });
            }
            let connects = *name == "connect" && of.is_some_and(|it| is_one_of(it, CONNECTING));
            let establishes = *name == "establish" && of.is_some() && it.args.len() == 1;
            if connects || establishes {
                self.connects(name.span());
            }
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'a ExprMethodCall) {
        if is_one_of(&it.method, &["connect", "connect_with"])
            && is_pool_option(chain(&it.receiver).0)
        {
            self.connects(it.method.span());
        }
        visit::visit_expr_method_call(self, it);
    }
}
