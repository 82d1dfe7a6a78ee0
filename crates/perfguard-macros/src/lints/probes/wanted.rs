//! Which questions there are.

use std::collections::{HashMap, HashSet};

use perfguard_lints::{Call, Level, Levels, Lint, calls_in_loops};
use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprClosure, ExprMethodCall, Item, Signature, Token};

use super::held;
use crate::lints::place;
use crate::lints::variables::Variables;

/// What is asked about one call.
pub(crate) struct Wanted {
    /// Where the name of the callee stands: the same in a body and in one with its macros opened.
    pub(crate) at: LineColumn,
    pub(crate) callee: Ident,
    pub(crate) question: Question,
    pub(crate) is_denied: bool,
    /// The arguments that may be what is asked for, or the receiver.
    pub(crate) arguments: Vec<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Is it a sync connection, in an `async fn`?
    BlockingInAsync,
    /// Is it a connection, in a loop?
    QueryInLoop,
    /// Is it a registered type, whose method is called in a loop?
    RegisteredInLoop,
}

impl Question {
    /// The name of its lint.
    pub(crate) fn lint(self) -> &'static str {
        match self {
            Self::BlockingInAsync => "blocking_in_async",
            Self::QueryInLoop | Self::RegisteredInLoop => "query_in_loop",
        }
    }

    fn level(self, levels: &Levels) -> Level {
        Lint::named(self.lint()).map_or(Level::Allow, |lint| levels.of(lint))
    }
}

/// The questions about a body, whose macro calls are opened. `written` is the same as tokens.
pub(crate) fn find(
    sig: &Signature,
    body: &Block,
    written: TokenStream,
    variables: &Variables,
    levels: &Levels,
) -> Vec<Wanted> {
    let mut finding = Finding {
        levels,
        variables,
        repeated: repeated(written),
        found: Vec::new(),
    };
    if Question::QueryInLoop.level(levels) != Level::Allow {
        let calls = calls_in_loops(sig, body);
        let held = held::of(body);
        // Of a call that has nothing to do with the item it is not known why it stands there, and
        // nobody waits for what is spawned.
        for found in calls.iter().filter(|it| it.depends && !it.is_spawned) {
            if !is_constructor(found.call) {
                let arguments = found.call.arguments().iter();
                let arguments = arguments.filter(|it| !held.holds(found.call, it));
                finding.add(Question::QueryInLoop, found.call.name(), arguments);
            }
            // Methods of a connection itself are not asked about: most of them run no query. Of
            // what somebody has registered they are the way to run one.
            if let Call::Method(call) = found.call {
                let receiver = std::iter::once(&*call.receiver).filter(|receiver| {
                    let root = place::root(receiver).and_then(|root| variables.get(root));
                    root.is_some_and(|root| root.is_parameter || root.is_reference)
                });
                finding.add(Question::RegisteredInLoop, found.call.name(), receiver);
            }
        }
    }
    if sig.asyncness.is_some() && Question::BlockingInAsync.level(levels) != Level::Allow {
        let mut calls = AwaitingCalls {
            finding: &mut finding,
            asked: HashSet::new(),
        };
        calls.visit_block(body);
    }
    finding.found
}

struct Finding<'a> {
    levels: &'a Levels,
    variables: &'a Variables,
    /// Where more than one name stands: in what a macro repeats.
    repeated: HashSet<(usize, usize)>,
    found: Vec<Wanted>,
}

impl Finding<'_> {
    fn add<'e>(
        &mut self,
        question: Question,
        callee: Option<&Ident>,
        arguments: impl Iterator<Item = &'e Expr>,
    ) {
        let Some(callee) = callee else { return };
        let at = callee.span().start();
        if self.repeated.contains(&(at.line, at.column)) {
            return;
        }
        let arguments: Vec<Expr> = arguments
            .map(|argument| held::cloned(argument).unwrap_or(argument))
            .filter(|argument| {
                let root = place::root(referred(argument));
                root.is_some_and(|root| self.variables.get(root).is_some())
            })
            .cloned()
            .collect();
        if !arguments.is_empty() {
            self.found.push(Wanted {
                at,
                callee: callee.clone(),
                question,
                is_denied: question.level(self.levels) == Level::Deny,
                arguments,
            });
        }
    }
}

/// `conn` of `&mut conn`.
pub(crate) fn referred(argument: &Expr) -> &Expr {
    match place::peel(argument) {
        Expr::Reference(reference) => referred(&reference.expr),
        argument => argument,
    }
}

/// What is passed to a constructor is only held: `Job::new(pool.clone(), id)`.
fn is_constructor(call: Call<'_>) -> bool {
    let Call::Function(call) = call else {
        return false;
    };
    let Expr::Path(callee) = &*call.func else {
        return false;
    };
    let mut names = callee
        .path
        .segments
        .iter()
        .rev()
        .map(|it| it.ident.to_string());
    let name = names.next().unwrap_or_default();
    let is_type = names
        .next()
        .is_some_and(|it| it.starts_with(|first: char| first.is_uppercase()));
    let is_new = ["builder", "new"].contains(&name.as_str());
    is_type && (is_new || name.starts_with("new_") || name.starts_with("with_"))
}

/// Calls that run on the task itself. Of each variable one is enough.
///
/// A sync connection is passed on exclusively: as `&mut conn`, or as a variable that is a `&mut`.
struct AwaitingCalls<'f, 'a> {
    finding: &'f mut Finding<'a>,
    asked: HashSet<Ident>,
}

impl AwaitingCalls<'_, '_> {
    fn call(&mut self, callee: Option<&Ident>, arguments: &Punctuated<Expr, Token![,]>) {
        let (variables, asked) = (self.finding.variables, &mut self.asked);
        let new = arguments.iter().filter(|argument| {
            let Some(root) = place::root(referred(argument)) else {
                return false;
            };
            let is_exclusive = match place::peel(argument) {
                Expr::Reference(reference) => reference.mutability.is_some(),
                argument => place::variable(argument)
                    .and_then(|name| variables.get(name))
                    .is_some_and(|known| known.is_exclusive),
            };
            is_exclusive && asked.insert(root.clone())
        });
        self.finding.add(Question::BlockingInAsync, callee, new);
    }
}

impl<'ast> Visit<'ast> for AwaitingCalls<'_, '_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(callee) = &*call.func
            && let Some(last) = callee.path.segments.last()
            // `Some(conn)` only holds it.
            && last.ident.to_string().starts_with(|first: char| first.is_lowercase())
        {
            self.call(Some(&last.ident), &call.args);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.call(Some(&call.method), &call.args);
        visit::visit_expr_method_call(self, call);
    }

    /// What runs in a closure may run on another thread.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// Where more than one name stands.
fn repeated(tokens: TokenStream) -> HashSet<(usize, usize)> {
    fn count(tokens: TokenStream, counts: &mut HashMap<(usize, usize), usize>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => count(group.stream(), counts),
                TokenTree::Ident(name) => {
                    let at = name.span().start();
                    *counts.entry((at.line, at.column)).or_default() += 1;
                }
                _ => {}
            }
        }
    }
    let mut counts = HashMap::new();
    count(tokens, &mut counts);
    let more = counts.into_iter().filter(|(_, count)| *count > 1);
    more.map(|(at, _)| at).collect()
}
