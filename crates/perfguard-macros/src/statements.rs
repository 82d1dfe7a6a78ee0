//! `#[perfguard::allow(..)]` inside a function, on a statement, a block or an expression.
//!
//! The compiler accepts no attribute macro there, so the attribute around the function takes it
//! out and writes what it means. What runs without an `.await` gets a guard in a block of its own,
//! which leaves `?`, `return`, `break` and what `let` binds as they are. A guard must not live across
//! an `.await`: there each awaited future takes its allow along, and the statements in between have
//! their own guards. A body without such an attribute is not looked into.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Error, Expr, Item, Local, Macro, Path, Result, Stmt, parse_quote_spanned,
};

use crate::allow::list as allow_list;
use crate::args::{Allow, AllowArgs};
use crate::errors::Errors;

/// The body with what its allows mean.
pub(crate) fn rewrite(body: Group) -> Result<Group> {
    if !mentions(body.stream(), "allow") {
        return Ok(body);
    }
    // Syntax that this crate does not know is left to the compiler.
    let Ok(mut block) = syn::parse2::<Block>(body.to_token_stream()) else {
        return Ok(body);
    };
    let mut rewriting = Rewriting::default();
    rewriting.visit_block_mut(&mut block);
    rewriting.errors.finish()?;
    let mut tokens = TokenStream::new();
    for statement in &block.stmts {
        statement.to_tokens(&mut tokens);
    }
    let mut rewritten = Group::new(body.delimiter(), tokens);
    rewritten.set_span(body.span());
    Ok(rewritten)
}

/// True if `perfguard::` and this name stand anywhere in it.
pub(crate) fn mentions(tokens: TokenStream, attribute: &str) -> bool {
    let mut is_after_perfguard = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), attribute),
        TokenTree::Ident(ident) => {
            let is_attribute = is_after_perfguard && ident == attribute;
            is_after_perfguard = ident == "perfguard";
            is_attribute
        }
        TokenTree::Punct(punct) => {
            is_after_perfguard &= punct.as_char() == ':';
            false
        }
        TokenTree::Literal(_) => false,
    })
}

/// The names that an attribute allows, if it is an allow at all. Mistakes in it are told elsewhere.
pub(crate) fn allowed_names(attr: &Attribute) -> Vec<String> {
    if !is_allow(attr.path()) {
        return Vec::new();
    }
    let syn::Meta::List(list) = &attr.meta else {
        return Vec::new();
    };
    let names = list.tokens.clone().into_iter();
    names
        .filter_map(|token| match token {
            TokenTree::Ident(name) => Some(name.to_string()),
            _ => None,
        })
        .collect()
}

pub(crate) fn is_allow(path: &Path) -> bool {
    let mut segments = path.segments.iter().rev();
    segments.next().is_some_and(|last| last.ident == "allow")
        && segments
            .next()
            .is_some_and(|krate| krate.ident == "perfguard")
        && segments.next().is_none()
}

#[derive(Default)]
struct Rewriting {
    errors: Errors,
}

impl Rewriting {
    /// Takes the allows out of `attrs`.
    fn take(&mut self, attrs: &mut Vec<Attribute>) -> Vec<Allow> {
        let mut allows = Vec::new();
        attrs.retain(|attr| {
            if !is_allow(attr.path()) {
                return true;
            }
            let arguments = match &attr.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            let parsed = if arguments.is_empty() {
                AllowArgs::missing(attr)
            } else {
                syn::parse2::<AllowArgs>(arguments)
            };
            match parsed {
                Ok(args) => allows.extend(args.allows),
                Err(error) => self.errors.push(error),
            }
            false
        });
        allows
    }

    fn cover(&mut self, expr: &mut Expr, allows: &[Allow]) {
        if let Some(hidden) = hidden_await(expr) {
            self.errors.push(hidden);
        } else if has_await(expr) {
            Covering { allows }.visit_expr_mut(expr);
        } else {
            guard(expr, allows);
        }
    }
}

impl VisitMut for Rewriting {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let allows = attributes(expr).map(|attrs| self.take(attrs));
        visit_mut::visit_expr_mut(self, expr);
        if let Some(allows) = allows.filter(|allows| !allows.is_empty()) {
            self.cover(expr, &allows);
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let allows = self.take(&mut arm.attrs);
        visit_mut::visit_arm_mut(self, arm);
        if !allows.is_empty() {
            self.cover(&mut arm.body, &allows);
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Local(local) => {
                let allows = self.take(&mut local.attrs);
                visit_mut::visit_local_mut(self, local);
                if !allows.is_empty() {
                    self.cover_local(local, &allows);
                }
            }
            Stmt::Macro(called) => {
                let allows = self.take(&mut called.attrs);
                if !allows.is_empty() {
                    let mac = &called.mac;
                    let mut expr: Expr = parse_quote_spanned!(Span::mixed_site()=> #mac);
                    self.cover(&mut expr, &allows);
                    let semi = called.semi_token;
                    *statement = Stmt::Expr(expr, semi);
                }
            }
            Stmt::Expr(expr, _) => {
                // The parser gives the attributes of `a = b` to `a`.
                let allows = first_attributes(expr).map(|attrs| self.take(attrs));
                self.visit_expr_mut(expr);
                if let Some(allows) = allows.filter(|allows| !allows.is_empty()) {
                    self.cover(expr, &allows);
                }
            }
            // Items see to their own attributes.
            _ => {}
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Rewriting {
    fn cover_local(&mut self, local: &mut Local, allows: &[Allow]) {
        let Some(init) = &mut local.init else {
            let message = "an allow on a `let` without a value covers nothing: put it on the statement that runs the query";
            self.errors.at(&local.pat, message);
            return;
        };
        self.cover(&mut init.expr, allows);
        if init.diverge.is_some() && matches!(*init.expr, Expr::Block(_)) {
            let expr = &init.expr;
            // Braces must not stand in front of an `else`.
            *init.expr = parse_quote_spanned!(Span::mixed_site()=> (#expr));
        }
    }
}

/// Runs `expr` under a guard.
fn guard(expr: &mut Expr, allows: &[Allow]) {
    let here = Span::mixed_site();
    let allows = allow_list(allows);
    *expr = parse_quote_spanned! {here=>
        {
            let __perfguard_allowed = ::perfguard::__private::begin_allows(&[#allows]);
            #expr
        }
    };
}

/// Covers an expression that awaits something.
struct Covering<'a> {
    allows: &'a [Allow],
}

impl VisitMut for Covering<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Async(_) | Expr::Closure(_) => {}
            Expr::Await(awaited) => {
                visit_mut::visit_expr_mut(self, &mut awaited.base);
                let here = Span::mixed_site();
                let allows = allow_list(self.allows);
                let base = &awaited.base;
                *awaited.base = parse_quote_spanned! {here=>
                    ::perfguard::__private::allow(&[#allows], #base)
                };
            }
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        let needs_guard = |expr: &Expr| {
            !has_await(expr)
                && !matches!(
                    expr,
                    Expr::Break(_)
                        | Expr::Continue(_)
                        | Expr::Lit(_)
                        | Expr::Path(_)
                        | Expr::Return(_)
                )
        };
        match statement {
            Stmt::Expr(expr, _) if needs_guard(expr) => guard(expr, self.allows),
            Stmt::Local(local) => {
                if let Some(init) = &mut local.init
                    && init.diverge.is_none()
                    && needs_guard(&init.expr)
                {
                    guard(&mut init.expr, self.allows);
                } else {
                    visit_mut::visit_local_mut(self, local);
                }
            }
            _ => visit_mut::visit_stmt_mut(self, statement),
        }
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// True if the code itself awaits, not a closure or an `async` block in it.
fn has_await(expr: &Expr) -> bool {
    struct Looking(bool);
    impl<'ast> Visit<'ast> for Looking {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Await(_) => self.0 = true,
                Expr::Async(_) | Expr::Closure(_) => {}
                _ => visit::visit_expr(self, expr),
            }
        }

        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut looking = Looking(false);
    looking.visit_expr(expr);
    looking.0
}

/// The mistake of a macro that awaits: nobody can look into it.
fn hidden_await(expr: &Expr) -> Option<Error> {
    struct Looking(Option<Error>);
    impl<'ast> Visit<'ast> for Looking {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            if !matches!(expr, Expr::Async(_) | Expr::Closure(_)) {
                visit::visit_expr(self, expr);
            }
        }

        fn visit_macro(&mut self, called: &'ast Macro) {
            let name = called
                .path
                .segments
                .last()
                .map(|last| last.ident.to_string());
            let awaits = matches!(name.as_deref(), Some("join" | "select" | "try_join"))
                || mentions_await(called.tokens.clone());
            if awaits && self.0.is_none() {
                let message = "an allow cannot reach what a macro awaits: put the call into an async block, as in `perfguard::with_allow_async(\"n-plus-one\", \"..\", async { .. }).await`";
                self.0 = Some(Error::new_spanned(called, message));
            }
        }

        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut looking = Looking(None);
    looking.visit_expr(expr);
    looking.0
}

fn mentions_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_await(group.stream()),
        TokenTree::Ident(ident) => ident == "await",
        _ => false,
    })
}

/// The attributes of the expression that starts a statement.
fn first_attributes(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    match expr {
        Expr::Assign(assign) => first_attributes(&mut assign.left),
        Expr::Binary(binary) => first_attributes(&mut binary.left),
        _ => attributes(expr),
    }
}

/// Calls a macro with the kinds of expressions that have attributes.
macro_rules! with_attributes {
    ($then:ident) => {
        $then!(Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop
            Group If Index Infer Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference
            Repeat Return Struct Try TryBlock Tuple Unary Unsafe While Yield)
    };
}

fn attributes(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    macro_rules! of {
        ($($kind:ident)*) => {
            match expr {
                $(Expr::$kind(expr) => Some(&mut expr.attrs),)*
                _ => None,
            }
        };
    }
    with_attributes!(of)
}

/// The attributes of an expression, for reading.
pub(crate) fn attributes_of(expr: &Expr) -> &[Attribute] {
    macro_rules! of {
        ($($kind:ident)*) => {
            match expr {
                $(Expr::$kind(expr) => &expr.attrs,)*
                _ => &[],
            }
        };
    }
    with_attributes!(of)
}

/// The attributes of the expression that starts a statement, for reading.
pub(crate) fn first_attributes_of(expr: &Expr) -> &[Attribute] {
    match expr {
        Expr::Assign(assign) => first_attributes_of(&assign.left),
        Expr::Binary(binary) => first_attributes_of(&binary.left),
        _ => attributes_of(expr),
    }
}
