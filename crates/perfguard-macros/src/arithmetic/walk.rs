//! Reads a body: what it calls, and how often.
//!
//! An upper bound is wanted, so the way out by `return` or `?` is not looked at. A closure counts
//! once, where it is written, unless an iterator or a stream calls it; so does an `async` block. One
//! in a variable counts where that is called or handed on, as a function does that is handed on.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprCall, ExprClosure, ExprMethodCall, FnArg, GenericParam, Ident,
    Item, Local, Macro, Pat, PatIdent, Path, Result, Stmt, Token, Type, UseTree, parse::Parser,
};

use super::locals::{self, Bound, Locals, Meaning};
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
        locals: Locals::default(),
        iterated: locals::iterated(block),
        at_most: None,
        parts: Vec::new(),
        unbounded: Vec::new(),
        is_unbounded: false,
        is_counted: false,
        errors: Errors::default(),
    };
    walk.locals.is_unsafe = !matches!(function.sig.safety, syn::Safety::Default);
    for parameter in &function.sig.generics.params {
        if let GenericParam::Const(parameter) = parameter {
            walk.locals.add(&parameter.ident, Meaning::Unknown);
        }
    }
    for input in &function.sig.inputs {
        if let FnArg::Typed(input) = input {
            walk.visit_pat_mut(&mut input.pat.clone());
            walk.mean(&input.pat, walk.locals.of_type(&input.ty));
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
    locals: Locals,
    /// The variables that are used as iterators.
    iterated: Vec<String>,
    /// How often the call in hand calls its closure at most, if it makes items.
    at_most: Option<Factor>,
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
        } else if let Some(meaning) = self.locals.of(path) {
            return match meaning.clone() {
                Meaning::Closure(cost) => self.add(cost, path),
                Meaning::Function(function) => self.call(&function),
                Meaning::Items(_) | Meaning::Unknown => {}
            };
        } else if let Some(name) = function_name(path) {
            if name.unraw() == self.own {
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

    /// Adds what a closure costs that is called, or handed on, by its name.
    fn add(&mut self, cost: Tree, path: &Path) {
        if self.is_unbounded {
            let span = path.span();
            let calls = cost.calls().into_iter();
            let calls = calls.map(|call| call.clone().at(span));
            self.unbounded.extend(calls);
        } else {
            self.parts.push(cost);
        }
    }

    /// A closure that is mentioned may be called once.
    fn mention(&mut self, path: &Path) {
        if let Some(Meaning::Closure(cost)) = self.locals.of(path) {
            self.add(cost.clone(), path);
        }
    }

    /// Says what a name means that has just been bound.
    fn mean(&mut self, pattern: &Pat, meaning: Option<Meaning>) {
        if let (Some(bound), Some(meaning)) = (Bound::of(pattern), meaning) {
            self.locals.add(bound.name, meaning);
        }
    }

    /// Reads a value that one name is bound to, and says what that means.
    fn value(&mut self, bound: &Bound<'_>, value: &mut Expr) -> Meaning {
        if let Some(closure) = locals::closure(value) {
            return Meaning::Closure(self.deferred(closure));
        }
        if let Expr::Path(path) = value
            && path.qself.is_none()
            && self.locals.of(&path.path).is_none()
            && bound.ty.and_then(|ty| self.locals.of_type(ty)).is_none()
            && (function_name(&path.path).is_some() || self.is_listed(&path.path))
        {
            return Meaning::Function(path.path.clone());
        }
        let is_iterated = self.iterated.contains(&bound.name.unraw().to_string());
        match &mut *value {
            Expr::MethodCall(call) if is_iterated && !call.attrs.iter().any(times::is_times) => {
                self.method_call(call, true, None);
            }
            // What it is called by another name costs where that is called.
            Expr::Path(_) => {}
            other => {
                if let (Some(Type::Array(array)), Expr::Call(_)) = (bound.ty, &*other) {
                    self.at_most = repeat::count(&array.len, &self.locals);
                }
                self.visit_expr_mut(other);
                self.at_most = None;
            }
        }
        self.locals.meaning(bound, Some(value))
    }

    /// The closures that are mentioned in what a macro makes of its tokens.
    fn mentioned(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.mentioned(group.stream()),
                TokenTree::Ident(name) => self.mention(&name.into()),
                _ => {}
            }
        }
    }

    fn is_listed(&self, path: &Path) -> bool {
        let mut listed = self.listed.iter();
        listed.any(|(listed, _)| has_names_of(path, listed))
    }

    /// What one call of a closure costs.
    fn deferred(&mut self, closure: &mut ExprClosure) -> Tree {
        let is_unbounded = std::mem::take(&mut self.is_unbounded);
        let cost = self.part(|walk| walk.visit_expr_closure_mut(closure));
        self.is_unbounded = is_unbounded;
        cost
    }

    /// What is handed to a call: a function may be called by it.
    fn argument(&mut self, argument: &mut Expr) {
        match locals::path(argument) {
            Some(path) => self.call(&path.clone()),
            None => self.visit_expr_mut(argument),
        }
    }

    fn function_call(&mut self, call: &mut ExprCall) {
        let at_most = self.at_most.take();
        self.visit_attributes_mut(&mut call.attrs);
        match locals::path(&call.func) {
            Some(function) => self.call(&function.clone()),
            None => self.visit_expr_mut(&mut call.func),
        }
        let is_maker = repeat::is_maker(call);
        let at_most = if self.is_counted {
            Some(Factor::Number(1))
        } else {
            repeat::made(call, &self.locals).or(at_most)
        };
        for argument in &mut call.args {
            if is_maker && matches!(argument, Expr::Closure(_) | Expr::Path(_)) {
                self.repeat(at_most.clone(), |walk| walk.argument(argument));
            } else {
                self.argument(argument);
            }
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
        let factor = factor.or_else(|| repeat::is_left(expr).then_some(Factor::Number(1)));
        match expr {
            Expr::ForLoop(looped) => {
                self.visit_attributes_mut(&mut looped.attrs);
                self.visit_expr_mut(&mut looped.expr);
                let factor = factor.or_else(|| repeat::bound(&looped.expr, &self.locals));
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

    /// Reads a call of a method. `is_collected` is what follows it in the chain, which asks for
    /// `asked` items at most.
    fn method_call(
        &mut self,
        call: &mut ExprMethodCall,
        is_collected: bool,
        asked: Option<Factor>,
    ) {
        self.visit_attributes_mut(&mut call.attrs);
        let is_loop = repeat::is_loop(call, is_collected, &self.locals);
        let collects = repeat::collects(call, is_collected);
        let asks = repeat::asked(call, asked.clone(), &self.locals);
        match &mut *call.receiver {
            Expr::MethodCall(receiver) if !receiver.attrs.iter().any(times::is_times) => {
                self.method_call(receiver, collects, asks);
            }
            receiver => {
                if matches!(receiver, Expr::Call(_)) {
                    self.at_most = asks;
                }
                self.visit_expr_mut(receiver);
                self.at_most = None;
            }
        }
        let bound = if self.is_counted {
            Some(Factor::Number(1))
        } else if repeat::is_more_often(call) {
            None
        } else {
            let asked = asked.filter(|_| repeat::is_one_for_one(call));
            repeat::least(repeat::bound(&call.receiver, &self.locals), asked)
        };
        for argument in &mut call.args {
            if is_loop && matches!(argument, Expr::Closure(_) | Expr::Path(_)) {
                self.repeat(bound.clone(), |walk| walk.argument(argument));
            } else {
                self.argument(argument);
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
            Expr::Call(call) => self.function_call(call),
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
            Expr::MethodCall(call) => self.method_call(call, false, None),
            Expr::Path(path) => self.mention(&path.path),
            Expr::Unsafe(_) => {
                let is_unsafe = std::mem::replace(&mut self.locals.is_unsafe, true);
                visit_mut::visit_expr_mut(self, expr);
                self.locals.is_unsafe = is_unsafe;
            }
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
                    let mut names = Vec::new();
                    declared(item, &mut names);
                    for name in names {
                        walk.locals.add(name, Meaning::Unknown);
                    }
                }
            }
            visit_mut::visit_block_mut(walk, block);
        });
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        self.visit_attributes_mut(&mut local.attrs);
        let mut meaning = None;
        if let Some(init) = &mut local.init {
            let value = &mut *init.expr;
            if let Some(bound) = Bound::of(&local.pat) {
                meaning = Some(self.value(&bound, value));
            } else {
                self.visit_expr_mut(value);
            }
            if let Some((_, other)) = &mut init.diverge {
                self.visit_expr_mut(other);
            }
        } else if let Some(bound) = Bound::of(&local.pat) {
            meaning = Some(self.locals.meaning(&bound, None));
        }
        self.visit_pat_mut(&mut local.pat);
        self.mean(&local.pat, meaning);
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.locals.add(&pat.ident, Meaning::Unknown);
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
        } else if let Some((mut value, mut length)) = repeat::repeated(called) {
            // It is evaluated once, and cloned.
            self.visit_expr_mut(&mut value);
            self.visit_expr_mut(&mut length);
        } else {
            self.mentioned(called.tokens.clone());
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
fn declared<'a>(item: &'a Item, names: &mut Vec<&'a Ident>) {
    fn used<'a>(tree: &'a UseTree, names: &mut Vec<&'a Ident>) {
        match tree {
            UseTree::Group(group) => group.items.iter().for_each(|tree| used(tree, names)),
            UseTree::Name(name) => names.push(&name.ident),
            UseTree::Path(path) => used(&path.tree, names),
            UseTree::Rename(name) => names.push(&name.rename),
            _ => {}
        }
    }
    match item {
        Item::Const(constant) => names.push(&constant.ident),
        Item::Fn(function) => names.push(&function.sig.ident),
        Item::Static(constant) => names.push(&constant.ident),
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
