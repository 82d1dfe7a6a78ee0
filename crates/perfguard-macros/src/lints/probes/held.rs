//! Connections that are only put somewhere: into a map, a list, or a value that a list is made of.

use std::collections::HashSet;

use perfguard_lints::Call;
use proc_macro2::{Ident, LineColumn};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAwait, ExprCall, ExprMethodCall, ExprTry, Item, Path, Stmt};

use super::wanted::referred;
use crate::lints::place;

/// What is done with the values of calls, by where their names stand.
#[derive(Default)]
pub(super) struct Held {
    /// Put into a list or a map.
    kept: HashSet<LineColumn>,
    /// Awaited, or asked for an error.
    used: HashSet<LineColumn>,
}

pub(super) fn of(body: &Block) -> Held {
    let mut held = Held::default();
    held.visit_block(body);
    held
}

impl Held {
    /// Whether a call does no more with an argument than to keep it, as far as it tells.
    ///
    /// `map.insert(id, db.clone())`, `jobs.push(Job::make(&db, id))`, `jobs.push(Job::of(db.clone(), id))`.
    pub(super) fn holds(&self, call: Call<'_>, argument: &Expr) -> bool {
        let Some(name) = call.name() else {
            return false;
        };
        let at = name.span().start();
        if self.used.contains(&at) {
            return false;
        }
        match call {
            Call::Method(_) => keeps(name) && is_clone(argument),
            Call::Function(call) => {
                self.kept.contains(&at)
                    && path(call).is_some_and(is_of_type)
                    && (makes(name) || is_clone(argument))
            }
        }
    }

    /// What is kept is the value of this expression.
    fn keep(&mut self, value: &Expr) {
        match place::peel(value) {
            Expr::Block(block) => {
                if let Some(Stmt::Expr(last, None)) = block.block.stmts.last() {
                    self.keep(last);
                }
            }
            Expr::Call(call) => {
                self.kept.extend(position(value));
                // `Some(job)`, `Box::new(job)`
                let wraps = path(call)
                    .and_then(|it| it.segments.last())
                    .is_some_and(|it| {
                        let name = it.ident.to_string();
                        name == "new" || name == "pin" || name.starts_with(char::is_uppercase)
                    });
                call.args
                    .iter()
                    .filter(|_| wraps)
                    .for_each(|it| self.keep(it));
            }
            Expr::Struct(made) => made.fields.iter().for_each(|it| self.keep(&it.expr)),
            Expr::Tuple(tuple) => tuple.elems.iter().for_each(|it| self.keep(it)),
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Held {
    fn visit_expr_await(&mut self, awaited: &'ast ExprAwait) {
        self.used.extend(position(&awaited.base));
        visit::visit_expr_await(self, awaited);
    }

    fn visit_expr_try(&mut self, tried: &'ast ExprTry) {
        self.used.extend(position(&tried.expr));
        visit::visit_expr_try(self, tried);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if keeps(&call.method) {
            call.args.iter().for_each(|it| self.keep(it));
        }
        if call.method == "collect" {
            let mut adapter = &*call.receiver;
            while let Expr::MethodCall(call) = adapter {
                if let (true, Some(Expr::Closure(closure))) =
                    (call.method == "map", call.args.first())
                {
                    self.keep(&closure.body);
                }
                adapter = &call.receiver;
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// `db` of `Arc::clone(&db)`, with the reference to it.
pub(super) fn cloned(argument: &Expr) -> Option<&Expr> {
    let Expr::Call(call) = referred(argument) else {
        return None;
    };
    let mut names = path(call)?.segments.iter().rev().map(|it| &it.ident);
    let is_clone = names.next().is_some_and(|it| it == "clone")
        && names.next().is_some_and(|it| it == "Arc" || it == "Rc");
    let of = call.args.first().filter(|_| is_clone)?;
    matches!(of, Expr::Reference(_)).then_some(of)
}

/// A clone that is handed over.
fn is_clone(argument: &Expr) -> bool {
    match place::peel(argument) {
        Expr::Reference(_) => false,
        Expr::MethodCall(call) => call.method == "clone",
        argument => cloned(argument).is_some(),
    }
}

/// Methods of lists and maps that things are put into by.
fn keeps(method: &Ident) -> bool {
    const NAMES: &[&str] = &["insert", "or_insert", "push", "push_back", "push_front"];
    NAMES.iter().any(|name| method == name)
}

/// Names of functions that make a value of what they are given.
fn makes(name: &Ident) -> bool {
    let name = name.to_string();
    matches!(&*name, "build" | "job" | "make") || name.starts_with("from_")
}

/// Whether it is a function of a type.
fn is_of_type(path: &Path) -> bool {
    let owner = path.segments.iter().rev().nth(1);
    owner.is_some_and(|it| it.ident.to_string().starts_with(char::is_uppercase))
}

fn path(call: &ExprCall) -> Option<&Path> {
    match &*call.func {
        Expr::Path(function) => Some(&function.path),
        _ => None,
    }
}

/// Where the name of a callee stands.
fn position(call: &Expr) -> Option<LineColumn> {
    let name = match place::peel(call) {
        Expr::Await(awaited) => return position(&awaited.base),
        Expr::Call(call) => &path(call)?.segments.last()?.ident,
        Expr::MethodCall(call) => &call.method,
        Expr::Try(tried) => return position(&tried.expr),
        _ => return None,
    };
    Some(name.span().start())
}
