//! Where the questions are written.
//!
//! Beside the smallest piece of code that has the call and can be wrapped: a statement, the value of
//! a `let`, the expression of a closure or of a match arm. A question needs no more variables than
//! that piece has; what is bound in between is left out.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, LineColumn, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprClosure, ExprLet, Item, Macro, PatIdent, Stmt,
    parse_quote_spanned,
};

use super::wanted::{Question, Wanted};
use crate::arithmetic;
use crate::lints::place;
use crate::statements;

pub(crate) struct Insert<'a> {
    wanted: &'a [Wanted],
    /// The lints that are allowed here, one entry for each allow around.
    allowed: Vec<String>,
    pub(crate) has_asked: bool,
}

impl<'a> Insert<'a> {
    pub(crate) fn new(wanted: &'a [Wanted]) -> Self {
        Self {
            wanted,
            allowed: Vec::new(),
            has_asked: false,
        }
    }

    pub(crate) fn block(&mut self, block: &mut Block) {
        self.visit_block_mut(block);
    }

    /// The questions about what stands in `expr` itself.
    fn of(&self, expr: &Expr) -> Vec<TokenStream> {
        let mut region = Region::default();
        region.visit_expr(expr);
        self.asked_in(&region)
    }

    fn asked_in(&self, region: &Region) -> Vec<TokenStream> {
        let here = self
            .wanted
            .iter()
            .filter(|wanted| region.asks(wanted))
            .filter(|wanted| {
                !self
                    .allowed
                    .iter()
                    .any(|name| name == wanted.question.lint())
            });
        here.flat_map(|wanted| {
            let known = wanted.places.iter().filter(|place| {
                place::root(place).is_some_and(|root| !region.bound.contains(root))
            });
            known.map(|place| question(wanted, place))
        })
        .collect()
    }

    /// Puts the questions beside `expr`.
    fn beside(&mut self, expr: &mut Expr, questions: &[TokenStream]) {
        if questions.is_empty() {
            return;
        }
        self.has_asked = true;
        let here = Span::mixed_site();
        *expr = parse_quote_spanned!(here=> if true { #expr } else { #(#questions)* loop {} });
    }

    /// A statement with the questions beside it.
    fn wrapped(
        &mut self,
        attrs: &[Attribute],
        questions: &[TokenStream],
        statement: &impl ToTokens,
    ) -> Option<Expr> {
        if questions.is_empty() || !has_only_allows(attrs) {
            return None;
        }
        self.has_asked = true;
        let here = Span::mixed_site();
        Some(parse_quote_spanned!(here=> if true { #statement } else { #(#questions)* loop {} }))
    }

    /// Runs `then` with the lints that an allow among `attrs` names.
    fn within<T>(&mut self, attrs: &[Attribute], then: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.allowed.len();
        for attr in attrs {
            self.allowed.extend(statements::allowed_names(attr));
            if arithmetic::is_times(attr) {
                // It has a bound.
                self.allowed.push(Question::QueryInLoop.lint().to_owned());
            }
        }
        let given = then(self);
        self.allowed.truncate(before);
        given
    }
}

impl VisitMut for Insert<'_> {
    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Local(local) => {
                let attrs = local.attrs.clone();
                self.within(&attrs, |this| {
                    let Some(init) = &mut local.init else { return };
                    let questions = this.of(&init.expr);
                    visit_mut::visit_local_init_mut(this, init);
                    if has_only_allows(&attrs) && is_plain(&init.expr) {
                        this.beside(&mut init.expr, &questions);
                        if init.diverge.is_some() && matches!(*init.expr, Expr::If(_)) {
                            let expr = &init.expr;
                            // Braces must not stand in front of an `else`.
                            *init.expr = parse_quote_spanned!(Span::mixed_site()=> (#expr));
                        }
                    }
                });
            }
            Stmt::Expr(expr, semi) => {
                let attrs = statements::first_attributes_of(expr).to_vec();
                let questions = self.within(&attrs, |this| {
                    let questions = this.of(expr);
                    visit_mut::visit_expr_mut(this, expr);
                    questions
                });
                let asked = self.wrapped(&attrs, &questions, &quote!(#expr #semi));
                if let Some(asked) = asked {
                    *statement = Stmt::Expr(asked, None);
                }
            }
            Stmt::Macro(called) if is_known(&called.mac) => {
                let mut region = Region::default();
                region.visit_macro(&called.mac);
                let questions = self.within(&called.attrs, |this| this.asked_in(&region));
                let asked = self.wrapped(&called.attrs, &questions, called);
                if let Some(asked) = asked {
                    *statement = Stmt::Expr(asked, None);
                }
            }
            _ => {}
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let attrs = statements::attributes_of(expr).to_vec();
        self.within(&attrs, |this| visit_mut::visit_expr_mut(this, expr));
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        // A block has statements of its own.
        let questions = match &*closure.body {
            Expr::Block(_) => Vec::new(),
            body => self.of(body),
        };
        self.visit_expr_mut(&mut closure.body);
        if is_plain(&closure.body) {
            self.beside(&mut closure.body, &questions);
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let body = &mut *arm.body;
        self.within(&arm.attrs, |this| {
            let questions = match &*body {
                Expr::Block(_) => Vec::new(),
                body => this.of(body),
            };
            this.visit_expr_mut(body);
            if is_plain(body) {
                this.beside(body, &questions);
            }
        });
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// The question about one place.
fn question(wanted: &Wanted, place: &Expr) -> TokenStream {
    let there = wanted.callee.span();
    let here = Span::mixed_site().located_at(there);
    let (traits, refs, check) = match wanted.question {
        Question::BlockingInAsync => ("in_async", quote!(&&&&), "no_blocking"),
        Question::QueryInLoop => ("in_loop", quote!(&&&&&&&), "no_query"),
        Question::RegisteredInLoop => ("registered_in_loop", quote!(&&&&), "no_query"),
    };
    let traits = Ident::new(traits, here);
    let method = if wanted.is_denied {
        format!("{}_denied", wanted.question.lint())
    } else {
        wanted.question.lint().to_owned()
    };
    let method = Ident::new(&method, there);
    let asked = quote_spanned!(here=> (#refs ::perfguard::__private::Probe(&#place)).#method());
    let asked = if wanted.is_denied {
        let check = Ident::new(check, here);
        quote_spanned!(here=> ::perfguard::__private::#check(&#asked))
    } else {
        asked
    };
    quote_spanned!(here=> { use ::perfguard::__private::#traits::*; #asked; })
}

/// What stands in an expression itself, not in a piece of it that is wrapped by itself.
#[derive(Default)]
struct Region {
    /// Where names stand, and the lints that are allowed there by the expression itself.
    names: HashMap<(usize, usize), Vec<String>>,
    /// Variables that are bound in it.
    bound: HashSet<Ident>,
    /// The lints that are allowed where it is looked at.
    allowed: Vec<String>,
}

impl Region {
    fn asks(&self, wanted: &Wanted) -> bool {
        let allowed = self.names.get(&position(wanted.at));
        allowed.is_some_and(|allowed| !allowed.iter().any(|name| name == wanted.question.lint()))
    }

    fn names_in(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.names_in(group.stream()),
                TokenTree::Ident(name) => self.visit_ident(&name),
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Region {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        let before = self.allowed.len();
        let attrs = statements::attributes_of(expr).iter();
        self.allowed
            .extend(attrs.flat_map(statements::allowed_names));
        visit::visit_expr(self, expr);
        self.allowed.truncate(before);
    }

    fn visit_ident(&mut self, name: &Ident) {
        let at = position(name.span().start());
        self.names.insert(at, self.allowed.clone());
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.names_in(called.tokens.clone());
    }

    fn visit_expr_let(&mut self, matched: &'ast ExprLet) {
        struct Bindings<'b>(&'b mut HashSet<Ident>);
        impl<'ast> Visit<'ast> for Bindings<'_> {
            fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
                self.0.insert(pattern.ident.clone());
                visit::visit_pat_ident(self, pattern);
            }
        }
        Bindings(&mut self.bound).visit_pat(&matched.pat);
        visit::visit_expr(self, &matched.expr);
    }

    fn visit_block(&mut self, _: &'ast Block) {}
    fn visit_arm(&mut self, _: &'ast Arm) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}

fn position(at: LineColumn) -> (usize, usize) {
    (at.line, at.column)
}

/// An expression with an attribute of its own stands for itself.
fn is_plain(expr: &Expr) -> bool {
    statements::attributes_of(expr).is_empty()
}

/// Whether no attribute that others read decides what the statement is: `#[cfg(..)]`.
fn has_only_allows(attrs: &[Attribute]) -> bool {
    let is_own = |attr| arithmetic::is_times(attr) || statements::is_allow(attr.path());
    attrs.iter().all(is_own)
}

/// Macros of which it is known that they bind no variable.
fn is_known(called: &Macro) -> bool {
    const KNOWN: &[&str] = &[
        "assert",
        "assert_eq",
        "assert_ne",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "eprint",
        "eprintln",
        "error",
        "format",
        "info",
        "join",
        "panic",
        "print",
        "println",
        "trace",
        "try_join",
        "vec",
        "warn",
        "write",
        "writeln",
    ];
    called
        .path
        .segments
        .last()
        .is_some_and(|last| KNOWN.iter().any(|name| last.ident == name))
}
