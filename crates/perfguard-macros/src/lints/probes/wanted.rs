//! Which questions there are.

use std::collections::HashSet;

use perfguard_lints::{Call, Iteration, Level, Levels, Lint, calls_in_loops};
use proc_macro2::{Ident, LineColumn};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprClosure, ExprMethodCall, Item, PatIdent, Signature, Token};

use crate::lints::place;

/// What is asked of the arguments of one call.
pub(crate) struct Wanted {
    /// Where the name of the callee stands: the same in a body and in one with its macros opened.
    pub(crate) at: LineColumn,
    pub(crate) callee: Ident,
    pub(crate) question: Question,
    pub(crate) is_denied: bool,
    /// What is passed on.
    pub(crate) places: Vec<Expr>,
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

/// The questions about a body, whose macro calls are opened.
pub(crate) fn find(sig: &Signature, body: &Block, levels: &Levels) -> Vec<Wanted> {
    let mut finding = Finding {
        levels,
        variables: place::variables(sig, body),
        left_out: place::undecided(sig, body),
        found: Vec::new(),
    };
    finding.left_out.extend(bound_in_macros(body));
    if Question::QueryInLoop.level(levels) != Level::Allow {
        // Of a call that has nothing to do with the item it is not known why it stands there.
        let parameters = place::parameters(sig);
        let calls = calls_in_loops(body);
        // Nobody waits for what is spawned.
        for found in calls.iter().filter(|it| it.depends && !it.is_spawned) {
            // The item itself is what is asked about, not whom.
            let items = items(found.iteration);
            let arguments = found.call.arguments().iter().filter(|argument| {
                let root = place::of(argument).and_then(place::root);
                root.is_some_and(|root| !items.contains(root))
            });
            if !is_constructor(found.call) {
                finding.add(Question::QueryInLoop, found.call.name(), arguments);
            }
            // Methods of a connection itself are not asked about: most of them run no query. Of
            // what somebody has registered they are the way to run one.
            if let Call::Method(call) = found.call
                && !is_of_lists(&call.method)
                && let Some(root) = place::of(&call.receiver).and_then(place::root)
                && parameters.contains(root)
            {
                let receiver = std::iter::once(&*call.receiver);
                finding.add(Question::RegisteredInLoop, found.call.name(), receiver);
            }
        }
    }
    if sig.asyncness.is_some() && Question::BlockingInAsync.level(levels) != Level::Allow {
        let mut calls = AwaitingCalls {
            finding: &mut finding,
            exclusive: place::exclusive(sig, body),
            asked: HashSet::new(),
        };
        calls.visit_block(body);
    }
    finding.found
}

struct Finding<'a> {
    levels: &'a Levels,
    /// All that is bound: anything else may be a function.
    variables: HashSet<Ident>,
    /// Variables that are not asked about.
    left_out: HashSet<Ident>,
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
        let places: Vec<Expr> = arguments
            .filter_map(place::of)
            .filter(|place| {
                place::root(place).is_some_and(|root| {
                    self.variables.contains(root) && !self.left_out.contains(root)
                })
            })
            .cloned()
            .collect();
        if !places.is_empty() {
            self.found.push(Wanted {
                at: callee.span().start(),
                callee: callee.clone(),
                question,
                is_denied: question.level(self.levels) == Level::Deny,
                places,
            });
        }
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
    let is_new = ["builder", "from", "new"].contains(&name.as_str());
    is_type && (is_new || name.starts_with("new_") || name.starts_with("with_"))
}

/// Methods of lists, maps and texts.
fn is_of_lists(method: &Ident) -> bool {
    const NAMES: &[&str] = &[
        "append",
        "as_mut",
        "as_ref",
        "clone",
        "contains",
        "contains_key",
        "entry",
        "extend",
        "extend_from_slice",
        "first",
        "get",
        "get_mut",
        "insert",
        "into_iter",
        "is_empty",
        "iter",
        "iter_mut",
        "last",
        "len",
        "pop",
        "push",
        "push_back",
        "push_str",
        "remove",
        "retain",
        "send",
        "swap",
        "to_string",
        "truncate",
        "write_fmt",
        "write_str",
    ];
    NAMES.iter().any(|name| method == name)
}

/// The variables that hold the item of an iteration.
fn items(iteration: Iteration<'_>) -> HashSet<Ident> {
    let mut found = HashSet::new();
    match iteration {
        Iteration::For(each) => place::bindings(&each.pat, &mut found),
        Iteration::Closure(call) => {
            for argument in &call.args {
                if let Expr::Closure(closure) = argument {
                    let inputs = closure.inputs.iter();
                    inputs.for_each(|input| place::bindings(input, &mut found));
                }
            }
        }
        _ => {}
    }
    found
}

/// Calls that run on the task itself. Of each variable one is enough.
///
/// A sync connection is passed on exclusively: as `&mut conn`, or as a variable that is a `&mut`.
struct AwaitingCalls<'f, 'a> {
    finding: &'f mut Finding<'a>,
    /// The variables that are a `&mut`.
    exclusive: HashSet<Ident>,
    asked: HashSet<Ident>,
}

impl AwaitingCalls<'_, '_> {
    fn call(&mut self, callee: Option<&Ident>, arguments: &Punctuated<Expr, Token![,]>) {
        let (exclusive, asked) = (&self.exclusive, &mut self.asked);
        let new = arguments.iter().filter(|argument| {
            let Some(root) = place::of(argument).and_then(place::root) else {
                return false;
            };
            let is_exclusive = match argument {
                Expr::Reference(reference) => reference.mutability.is_some(),
                _ => exclusive.contains(root),
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

/// The variables that are bound within macro calls: they are unknown outside.
fn bound_in_macros(body: &Block) -> HashSet<Ident> {
    struct Looking {
        is_in_macro: bool,
        found: HashSet<Ident>,
    }
    impl<'ast> Visit<'ast> for Looking {
        fn visit_expr_call(&mut self, call: &'ast ExprCall) {
            let was_in_macro = self.is_in_macro;
            self.is_in_macro |= matches!(&*call.func, Expr::Macro(_));
            visit::visit_expr_call(self, call);
            self.is_in_macro = was_in_macro;
        }
        fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
            if self.is_in_macro {
                self.found.insert(pattern.ident.clone());
            }
            visit::visit_pat_ident(self, pattern);
        }
        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut looking = Looking {
        is_in_macro: false,
        found: HashSet::new(),
    };
    looking.visit_block(body);
    looking.found
}
