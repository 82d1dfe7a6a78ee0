//! Reads a body: what it calls, and how often.
//!
//! An upper bound is wanted, so the way out by `return` or `?` is not looked at. A closure counts
//! once, where it is written, unless an iterator or a stream calls it; so does an `async` block.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprClosure, ExprMethodCall, FnArg, Ident, Item, Macro, PatIdent, Path,
    Result, Stmt, Token, UseTree, parse::Parser,
};

use super::repeat;
use super::times;
use super::tree::{Call, Factor, Tree};
use crate::args::{Checked, Max};
use crate::errors::Errors;
use crate::function::Function;
use crate::statements;

/// What a body calls.
pub(super) struct Found {
    pub(super) cost: Tree,
    /// Calls in loops of which nobody says how often they run.
    pub(super) unbounded: Vec<Call>,
}

/// Reads the body of `function`, and takes each `times` out of it.
pub(super) fn body(block: &mut Block, function: &Function, checked: &Checked) -> Result<Found> {
    let mut walk = Walk {
        own: function.name(),
        listed: checked.calls.iter().map(|path| (path, false)).collect(),
        locals: Vec::new(),
        parts: Vec::new(),
        unbounded: Vec::new(),
        is_unbounded: false,
        is_counted: false,
        errors: Errors::default(),
    };
    for input in &function.sig.inputs {
        if let FnArg::Typed(input) = input {
            walk.visit_pat_mut(&mut input.pat.clone());
        }
    }
    let cost = walk.part(|walk| walk.visit_block_mut(block));
    for (path, is_called) in &walk.listed {
        if !is_called {
            let message = "this function is not called here by the path that is listed; what most macros hide cannot be counted";
            walk.errors.at(path, message);
        }
    }
    walk.errors.finish()?;
    let unbounded = walk.unbounded;
    Ok(Found { cost, unbounded })
}

struct Walk<'a> {
    /// A function's own budget is what its recursion has to keep within.
    own: String,
    /// The paths that the user listed, and whether each was called.
    listed: Vec<(&'a Path, bool)>,
    /// Names that are something else here than in the module.
    locals: Vec<String>,
    /// What the part in hand calls.
    parts: Vec<Tree>,
    unbounded: Vec<Call>,
    is_unbounded: bool,
    /// Whether a `times` on the call in hand says how often iterators in it call their closures.
    is_counted: bool,
    errors: Errors,
}

impl Walk<'_> {
    /// What is called in `read`, by itself.
    fn part(&mut self, read: impl FnOnce(&mut Self)) -> Tree {
        let outer = std::mem::take(&mut self.parts);
        read(self);
        Tree::sum(std::mem::replace(&mut self.parts, outer))
    }

    /// Reads what has names of its own, and of which a `times` around it says nothing.
    fn scope(&mut self, read: impl FnOnce(&mut Self)) {
        let locals = self.locals.len();
        let is_counted = std::mem::take(&mut self.is_counted);
        read(self);
        self.is_counted = is_counted;
        self.locals.truncate(locals);
    }

    /// Reads what runs several times: without a factor nobody knows how often.
    fn repeat(&mut self, factor: Option<Factor>, read: impl FnOnce(&mut Self)) {
        if let Some(factor) = factor {
            let part = self.part(read);
            self.parts.push(Tree::times(factor, part));
        } else {
            let is_unbounded = std::mem::replace(&mut self.is_unbounded, true);
            read(self);
            self.is_unbounded = is_unbounded;
        }
    }

    fn call(&mut self, path: &Path) {
        let listed = self
            .listed
            .iter_mut()
            .find(|(listed, _)| has_names_of(path, listed));
        let call = if let Some((listed, is_called)) = listed {
            *is_called = true;
            // At the place of the call.
            let mut listed = (*listed).clone();
            for (ours, theirs) in listed.segments.iter_mut().zip(&path.segments) {
                ours.ident.set_span(theirs.ident.span());
            }
            Call::Listed(listed)
        } else if let Some(name) = function_name(path) {
            let unraw = name.unraw().to_string();
            if unraw == self.own || self.locals.contains(&unraw) {
                return;
            }
            Call::Simple(name.clone())
        } else {
            return;
        };
        if self.is_unbounded {
            self.unbounded.push(call);
        } else {
            self.parts.push(Tree::Call(call));
        }
    }

    /// Takes a `times` from an expression.
    fn take(&mut self, expr: &mut Expr) -> Option<Max> {
        if !is_loop(expr) && !is_call(expr) {
            return None;
        }
        let attrs = attributes(expr)?;
        let (mut found, others): (Vec<_>, _) =
            std::mem::take(attrs).into_iter().partition(times::is_times);
        *attrs = others;
        let last = found.pop()?;
        if !found.is_empty() {
            let message = "`times` is given twice: keep one of them";
            self.errors.at(&last, message);
        }
        match times::parse(&last) {
            Ok(max) => Some(max),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    /// Reads a loop.
    fn looped(&mut self, expr: &mut Expr, factor: Option<Factor>) {
        match expr {
            Expr::ForLoop(looped) => {
                self.visit_attributes_mut(&mut looped.attrs);
                self.visit_expr_mut(&mut looped.expr);
                let factor = factor.or_else(|| repeat::bound(&looped.expr).map(Factor::Number));
                self.repeat(factor, |walk| {
                    walk.scope(|walk| {
                        walk.visit_pat_mut(&mut looped.pat);
                        walk.visit_block_mut(&mut looped.body);
                    });
                });
            }
            _ => self.repeat(factor, |walk| {
                walk.scope(|walk| visit_mut::visit_expr_mut(walk, expr));
            }),
        }
    }

    fn method_call(&mut self, call: &mut ExprMethodCall, is_collected: bool) {
        self.visit_attributes_mut(&mut call.attrs);
        let is_loop = repeat::is_loop(call, is_collected);
        let collects = repeat::collects(call, is_collected);
        match &mut *call.receiver {
            Expr::MethodCall(receiver) if !receiver.attrs.iter().any(times::is_times) => {
                self.method_call(receiver, collects);
            }
            receiver => self.visit_expr_mut(receiver),
        }
        let bound = if self.is_counted {
            Some(1)
        } else {
            repeat::bound(&call.receiver)
        };
        for argument in &mut call.args {
            let factor = bound.map(Factor::Number);
            match argument {
                Expr::Closure(closure) if is_loop => {
                    self.repeat(factor, |walk| walk.visit_expr_closure_mut(closure));
                }
                // `ids.iter().map(load)`
                Expr::Path(function) if is_loop && function.qself.is_none() => {
                    self.repeat(factor, |walk| walk.call(&function.path));
                }
                argument => self.visit_expr_mut(argument),
            }
        }
    }
}

impl VisitMut for Walk<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let factor = self.take(expr).map(Factor::Written);
        if is_loop(expr) {
            return self.looped(expr, factor);
        }
        if let Some(factor) = factor {
            let part = self.part(|walk| {
                let outer = std::mem::replace(&mut walk.is_counted, true);
                walk.visit_expr_mut(expr);
                walk.is_counted = outer;
            });
            return self.parts.push(Tree::times(factor, part));
        }
        match expr {
            Expr::Call(call) => {
                if let Expr::Path(function) = &*call.func
                    && function.qself.is_none()
                {
                    self.call(&function.path);
                }
                visit_mut::visit_expr_call_mut(self, call);
            }
            Expr::If(branches) => self.scope(|walk| {
                walk.visit_attributes_mut(&mut branches.attrs);
                let outer = walk.locals.len();
                walk.visit_expr_mut(&mut branches.cond);
                let then = walk.part(|walk| walk.visit_block_mut(&mut branches.then_branch));
                walk.locals.truncate(outer);
                let other = walk.part(|walk| {
                    if let Some((_, other)) = &mut branches.else_branch {
                        walk.visit_expr_mut(other);
                    }
                });
                walk.parts.push(Tree::largest(vec![then, other]));
            }),
            // What is bound is known after the value.
            Expr::Let(binding) => {
                self.visit_expr_mut(&mut binding.expr);
                self.visit_pat_mut(&mut binding.pat);
            }
            Expr::Match(matched) => {
                self.visit_attributes_mut(&mut matched.attrs);
                self.visit_expr_mut(&mut matched.expr);
                let mut branches = Vec::new();
                for arm in &mut matched.arms {
                    self.scope(|walk| {
                        walk.visit_attributes_mut(&mut arm.attrs);
                        // With its guard: those of several arms may run.
                        walk.visit_pat_mut(&mut arm.pat);
                        branches.push(walk.part(|walk| walk.visit_expr_mut(&mut arm.body)));
                    });
                }
                self.parts.push(Tree::largest(branches));
            }
            Expr::MethodCall(call) => self.method_call(call, false),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.scope(|walk| visit_mut::visit_expr_closure_mut(walk, closure));
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scope(|walk| {
            for statement in &block.stmts {
                if let Stmt::Item(item) = statement {
                    declared(item, &mut walk.locals);
                }
            }
            visit_mut::visit_block_mut(walk, block);
        });
    }

    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        self.visit_attributes_mut(&mut local.attrs);
        if let Some(init) = &mut local.init {
            self.visit_expr_mut(&mut init.expr);
            if let Some((_, other)) = &mut init.diverge {
                self.visit_expr_mut(other);
            }
        }
        self.visit_pat_mut(&mut local.pat);
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.locals.push(pat.ident.unraw().to_string());
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    fn visit_macro_mut(&mut self, called: &mut Macro) {
        if statements::mentions(called.tokens.clone(), "times") {
            self.errors.push(times::in_macro(called));
        }
        // `join!(user(db), posts(db))`, `vec![..]`, `format!("{}", ..)`
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        if let Ok(mut arguments) = arguments.parse2(called.tokens.clone()) {
            for argument in &mut arguments {
                self.visit_expr_mut(argument);
            }
        }
    }

    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        if times::is_times(attr) {
            self.errors.push(times::misplaced(attr));
        }
    }

    /// Items see to themselves.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// The name of a function that is called by it alone: types and their variants are written large.
fn function_name(path: &Path) -> Option<&Ident> {
    let segment = path.segments.first()?;
    let name = &segment.ident;
    let is_alone = path.leading_colon.is_none() && path.segments.len() == 1;
    let is_small = !name.unraw().to_string().starts_with(char::is_uppercase);
    (is_alone && is_small && name != "self" && name != "super" && name != "crate").then_some(name)
}

fn has_names_of(path: &Path, listed: &Path) -> bool {
    path.segments.len() == listed.segments.len()
        && path
            .segments
            .iter()
            .zip(&listed.segments)
            .all(|(ours, theirs)| ours.ident == theirs.ident)
}

/// Adds the names that an item in a body declares.
fn declared(item: &Item, names: &mut Vec<String>) {
    fn used(tree: &UseTree, names: &mut Vec<String>) {
        match tree {
            UseTree::Group(group) => group.items.iter().for_each(|tree| used(tree, names)),
            UseTree::Name(name) => names.push(name.ident.unraw().to_string()),
            UseTree::Path(path) => used(&path.tree, names),
            UseTree::Rename(name) => names.push(name.rename.unraw().to_string()),
            _ => {}
        }
    }
    match item {
        Item::Fn(function) => names.push(function.sig.ident.unraw().to_string()),
        Item::Use(import) => used(&import.tree, names),
        _ => {}
    }
}

fn is_loop(expr: &Expr) -> bool {
    matches!(expr, Expr::ForLoop(_) | Expr::Loop(_) | Expr::While(_))
}

/// Whether it is a call, what awaits one, or a `?` behind one.
fn is_call(expr: &Expr) -> bool {
    match expr {
        Expr::Await(awaited) => is_call(&awaited.base),
        Expr::Call(_) | Expr::MethodCall(_) => true,
        Expr::Paren(paren) => is_call(&paren.expr),
        Expr::Try(tried) => is_call(&tried.expr),
        _ => false,
    }
}

fn attributes(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    match expr {
        Expr::Await(expr) => Some(&mut expr.attrs),
        Expr::Call(expr) => Some(&mut expr.attrs),
        Expr::ForLoop(expr) => Some(&mut expr.attrs),
        Expr::Loop(expr) => Some(&mut expr.attrs),
        Expr::MethodCall(expr) => Some(&mut expr.attrs),
        Expr::Paren(expr) => Some(&mut expr.attrs),
        Expr::Try(expr) => Some(&mut expr.attrs),
        Expr::While(expr) => Some(&mut expr.attrs),
        _ => None,
    }
}
