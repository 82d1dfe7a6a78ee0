//! Where the questions are written.
//!
//! In front of the smallest piece of code that has the call: a statement, the expression of a closure
//! or of a match arm. A question needs no more variables than that piece has; what is bound in between
//! is left out. Nothing of what the user wrote is put anywhere else: when temporaries are dropped and
//! where a `?` leads to stays as it was.

use std::collections::{HashMap, HashSet};
use std::mem;

use proc_macro2::{Ident, LineColumn, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprLet, Item, Macro, Stmt,
    parse_quote_spanned,
};

use super::wanted::{Question, Wanted, referred};
use crate::arithmetic;
use crate::lints::place;
use crate::lints::variables::{Variables, bound};
use crate::statements;

pub(crate) struct Insert<'a> {
    wanted: &'a [Wanted],
    variables: &'a Variables,
    /// The lints that are allowed here, one entry for each allow around.
    allowed: Vec<String>,
    /// The closures and `async` blocks around, innermost last.
    around: Vec<Around>,
    pub(crate) has_asked: bool,
}

impl<'a> Insert<'a> {
    pub(crate) fn new(wanted: &'a [Wanted], variables: &'a Variables) -> Self {
        Self {
            wanted,
            variables,
            allowed: Vec::new(),
            around: Vec::new(),
            has_asked: false,
        }
    }

    /// The questions about what stands in a piece of code itself.
    fn asked_in(&mut self, attrs: &[Attribute], look: impl FnOnce(&mut Region)) -> Option<Stmt> {
        if !has_only_own(attrs) {
            return None;
        }
        let mut region = Region::default();
        look(&mut region);
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
        let questions: Vec<TokenStream> = here
            .flat_map(|wanted| {
                let arguments = wanted.arguments.iter().filter(|argument| {
                    place::root(referred(argument)).is_some_and(|root| !region.bound.contains(root))
                });
                arguments.filter_map(|argument| self.question(wanted, argument))
            })
            .collect();
        if questions.is_empty() {
            return None;
        }
        self.has_asked = true;
        let here = Span::mixed_site();
        // It does not come back: whatever is borrowed or moved afterwards is none of its business.
        Some(parse_quote_spanned!(here=> if false { #(#questions)* loop {} }))
    }

    /// The question about one argument, or about the receiver.
    fn question(&self, wanted: &Wanted, argument: &Expr) -> Option<TokenStream> {
        let there = wanted.callee.span();
        let here = Span::mixed_site().located_at(there);
        let variable = place::variable(argument).and_then(|name| self.variables.get(name));
        let is_receiver = wanted.question == Question::RegisteredInLoop;
        let asked = match place::peel(argument) {
            // What is behind a reference: a closure may hold that, and not the variable.
            _ if variable.is_some_and(|known| known.is_reference) => {
                quote_spanned!(here=> of(&*#argument))
            }
            // Passed on as it is: in a closure nobody knows whether it is moved or borrowed.
            Expr::Path(_) | Expr::Field(_) | Expr::Unary(_)
                if !is_receiver && self.is_captured(place::root(argument)?) =>
            {
                return None;
            }
            _ => {
                let place = referred(argument);
                if place::is_field(place) {
                    quote_spanned!(here=> at(&raw const #place))
                } else {
                    quote_spanned!(here=> of(&#place))
                }
            }
        };
        let (traits, refs, check) = match wanted.question {
            Question::BlockingInAsync => ("in_async", quote!(&&&&), "no_blocking"),
            Question::QueryInLoop => ("in_loop", quote!(&&&&&&&), "no_query"),
            Question::RegisteredInLoop => ("registered_in_loop", quote!(&&&&), "no_query"),
        };
        let traits = Ident::new(traits, here);
        let lint = wanted.question.lint();
        let method = if wanted.is_denied {
            Ident::new(&format!("{lint}_denied"), there)
        } else {
            Ident::new(lint, there)
        };
        let asked = quote_spanned!(here=> (#refs ::perfguard::__private::Probe::#asked).#method());
        let asked = if wanted.is_denied {
            let check = Ident::new(check, here);
            quote_spanned!(here=> ::perfguard::__private::#check(&#asked))
        } else {
            asked
        };
        Some(quote_spanned!(here=> { use ::perfguard::__private::#traits::*; #asked; }))
    }

    /// Whether a closure or `async` block around takes as little of a variable along as it needs.
    fn is_captured(&self, name: &Ident) -> bool {
        for around in self.around.iter().rev() {
            if around.inputs.contains(name) {
                return false;
            }
            if !around.moves {
                return true;
            }
        }
        false
    }

    /// Puts the questions in front of an expression that is no statement.
    fn in_front(expr: &mut Expr, questions: Option<Stmt>) {
        if let Some(questions) = questions {
            let here = Span::mixed_site();
            *expr = parse_quote_spanned!(here=> { #questions #expr });
        }
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
    fn visit_block_mut(&mut self, block: &mut Block) {
        for mut statement in mem::take(&mut block.stmts) {
            let attrs = match &statement {
                Stmt::Local(local) => local.attrs.clone(),
                Stmt::Expr(expr, _) => statements::first_attributes_of(expr).to_vec(),
                Stmt::Macro(called) => called.attrs.clone(),
                Stmt::Item(_) => Vec::new(),
            };
            let questions = self.within(&attrs, |this| {
                let questions = this.asked_in(&attrs, |region| match &statement {
                    Stmt::Local(local) => {
                        if let Some(init) = &local.init {
                            region.visit_expr(&init.expr);
                        }
                    }
                    Stmt::Expr(expr, _) => region.visit_expr(expr),
                    Stmt::Macro(called) => region.visit_macro(&called.mac),
                    Stmt::Item(_) => {}
                });
                visit_mut::visit_stmt_mut(this, &mut statement);
                questions
            });
            block.stmts.extend(questions);
            block.stmts.push(statement);
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let attrs = statements::attributes_of(expr).to_vec();
        self.within(&attrs, |this| visit_mut::visit_expr_mut(this, expr));
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.around.push(Around {
            moves: closure.capture.is_some(),
            inputs: closure.inputs.iter().flat_map(bound).collect(),
        });
        let body = &mut *closure.body;
        // A block has statements of its own.
        let questions = match &*body {
            Expr::Block(_) => None,
            body => self.asked_in(statements::attributes_of(body), |region| {
                region.visit_expr(body);
            }),
        };
        self.visit_expr_mut(body);
        Self::in_front(body, questions);
        self.around.pop();
    }

    fn visit_expr_async_mut(&mut self, task: &mut ExprAsync) {
        self.around.push(Around {
            moves: task.capture.is_some(),
            inputs: HashSet::new(),
        });
        visit_mut::visit_expr_async_mut(self, task);
        self.around.pop();
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let body = &mut *arm.body;
        self.within(&arm.attrs, |this| {
            let questions = match &*body {
                Expr::Block(_) => None,
                body => this.asked_in(statements::attributes_of(body), |region| {
                    region.visit_expr(body);
                }),
            };
            this.visit_expr_mut(body);
            Self::in_front(body, questions);
        });
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// A closure or an `async` block.
struct Around {
    moves: bool,
    inputs: HashSet<Ident>,
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
        self.bound.extend(bound(&matched.pat));
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

/// Whether no attribute that others read decides what the code is: `#[cfg(..)]`.
fn has_only_own(attrs: &[Attribute]) -> bool {
    let is_own = |attr| arithmetic::is_times(attr) || statements::is_allow(attr.path());
    attrs.iter().all(is_own)
}
