//! Which arguments can be asked for their type: places, which can be named once more without doing
//! anything.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprField, ExprLet, ExprMatch, ExprMethodCall, ExprPath, ExprUnary, FnArg, Item,
    Local, Pat, PatType, PathArguments, Signature, Stmt, Type, UnOp,
};

/// The place that an argument passes on: `conn` of `&mut conn`, `*conn`, `self.db`,
/// `context.pool()`.
pub(crate) fn of(argument: &Expr) -> Option<&Expr> {
    match argument {
        Expr::Reference(reference) => of(&reference.expr),
        Expr::Paren(paren) => of(&paren.expr),
        Expr::Group(group) => of(&group.expr),
        _ => root(argument).map(|_| argument),
    }
}

/// The variable that a place starts at.
pub(crate) fn root(place: &Expr) -> Option<&Ident> {
    match place {
        Expr::Path(ExprPath {
            attrs,
            qself: None,
            path,
        }) if attrs.is_empty() => path.get_ident().filter(|name| is_variable(name)),
        Expr::Field(ExprField { attrs, base, .. }) if attrs.is_empty() => root(base),
        Expr::Unary(ExprUnary {
            attrs,
            op: UnOp::Deref(_),
            expr,
        }) if attrs.is_empty() => root(expr),
        // Nothing runs where it is named again, and its type is its own.
        Expr::MethodCall(call) if is_getter(call) => root(&call.receiver),
        Expr::Paren(paren) => root(&paren.expr),
        Expr::Group(group) => root(&group.expr),
        Expr::Reference(reference) => root(&reference.expr),
        _ => None,
    }
}

/// Constants and statics are no connections.
fn is_variable(name: &Ident) -> bool {
    name.to_string()
        .trim_start_matches("r#")
        .starts_with(|first: char| first.is_lowercase() || first == '_')
}

fn is_getter(call: &ExprMethodCall) -> bool {
    call.attrs.is_empty()
        && call.args.is_empty()
        && call.turbofish.is_none()
        && !is_generic(&call.method)
}

/// The variables that a pattern binds without stating their type.
pub(crate) fn bindings(pattern: &Pat, found: &mut HashSet<Ident>) {
    struct Bindings<'a>(&'a mut HashSet<Ident>);
    impl<'ast> Visit<'ast> for Bindings<'_> {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.insert(pattern.ident.clone());
            visit::visit_pat_ident(self, pattern);
        }
        fn visit_pat_type(&mut self, _: &'ast syn::PatType) {}
    }
    Bindings(found).visit_pat(pattern);
}

/// All variables of a function, with `self`.
pub(crate) fn variables(sig: &Signature, body: &Block) -> HashSet<Ident> {
    let mut all = All(parameters(sig));
    all.visit_block(body);
    all.0
}

/// The variables that a function is called with, with `self`.
pub(crate) fn parameters(sig: &Signature) -> HashSet<Ident> {
    let mut all = All(HashSet::new());
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                all.0.insert(Ident::new("self", receiver.self_token.span));
            }
            FnArg::Typed(input) => all.visit_pat(&input.pat),
        }
    }
    all.0
}

struct All(HashSet<Ident>);

impl<'ast> Visit<'ast> for All {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// The variables that are a `&mut`.
pub(crate) fn exclusive(sig: &Signature, body: &Block) -> HashSet<Ident> {
    struct Looking(HashSet<Ident>);
    impl<'ast> Visit<'ast> for Looking {
        fn visit_local(&mut self, local: &'ast Local) {
            if let Some(init) = &local.init
                && matches!(&*init.expr, Expr::Reference(it) if it.mutability.is_some())
            {
                bindings(&local.pat, &mut self.0);
            }
            visit::visit_local(self, local);
        }
        fn visit_item(&mut self, _: &'ast Item) {}
    }
    let mut looking = Looking(HashSet::new());
    for input in &sig.inputs {
        if let FnArg::Typed(PatType { pat, ty, .. }) = input
            && matches!(&**ty, Type::Reference(it) if it.mutability.is_some())
        {
            bindings(pat, &mut looking.0);
        }
    }
    looking.visit_block(body);
    looking.0
}

/// The variables of a body whose type may be decided only later, by what happens to them. A
/// question for their type would be one for the compiler's guess.
pub(crate) fn undecided(sig: &Signature, body: &Block) -> HashSet<Ident> {
    let mut looking = Looking {
        variables: variables(sig, body),
        found: HashSet::new(),
    };
    looking.visit_block(body);
    looking.found
}

struct Looking {
    variables: HashSet<Ident>,
    found: HashSet<Ident>,
}

impl<'ast> Visit<'ast> for Looking {
    fn visit_local(&mut self, local: &'ast Local) {
        let is_open = match &local.init {
            None => true,
            Some(init) => self.leaves_open(&init.expr),
        };
        if is_open {
            bindings(&local.pat, &mut self.found);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_let(&mut self, matched: &'ast ExprLet) {
        if self.leaves_open(&matched.expr) {
            bindings(&matched.pat, &mut self.found);
        }
        visit::visit_expr_let(self, matched);
    }

    fn visit_expr_match(&mut self, matched: &'ast ExprMatch) {
        if self.leaves_open(&matched.expr) {
            for arm in &matched.arms {
                bindings(&arm.pat, &mut self.found);
            }
        }
        visit::visit_expr_match(self, matched);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        // The first parameter of such a closure is of a type that its first argument may leave open.
        if ["fold", "rfold", "scan", "try_fold", "try_rfold"]
            .iter()
            .any(|name| call.method == name)
            && let Some(Expr::Closure(closure)) = call.args.last()
            && let Some(first) = closure.inputs.first()
        {
            bindings(first, &mut self.found);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

impl Looking {
    /// Whether the type of a value may still be open.
    fn leaves_open(&self, value: &Expr) -> bool {
        match value {
            Expr::Await(awaited) => self.leaves_open(&awaited.base),
            Expr::Group(group) => self.leaves_open(&group.expr),
            Expr::Paren(paren) => self.leaves_open(&paren.expr),
            Expr::Reference(reference) => self.leaves_open(&reference.expr),
            Expr::Try(tried) => self.leaves_open(&tried.expr),
            Expr::MethodCall(call) if HANDING_ON.iter().any(|name| call.method == name) => {
                self.leaves_open(&call.receiver)
            }
            Expr::MethodCall(call) => {
                // `row.get("id")` gives any type, `pool.get()` a connection.
                call.turbofish.is_none()
                    && (is_generic(&call.method) || (call.method == "get" && !call.args.is_empty()))
            }
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => path.path.segments.last().is_none_or(|last| {
                    matches!(last.arguments, PathArguments::None) && is_generic(&last.ident)
                }),
                _ => true,
            },
            Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
                // What is no variable may be a generic function.
                self.found.contains(name) || !self.variables.contains(name)
            }),
            Expr::Block(block) => match block.block.stmts.last() {
                Some(Stmt::Expr(tail, None)) => self.leaves_open(tail),
                _ => true,
            },
            Expr::If(choice) => match &choice.else_branch {
                Some((_, other)) => {
                    let then = choice.then_branch.stmts.last();
                    !matches!(then, Some(Stmt::Expr(tail, None)) if !self.leaves_open(tail))
                        || self.leaves_open(other)
                }
                None => true,
            },
            Expr::Match(choice) => choice.arms.iter().any(|arm| self.leaves_open(&arm.body)),
            Expr::Loop(_) | Expr::Macro(_) | Expr::Closure(_) => true,
            _ => false,
        }
    }
}

fn is_generic(name: &Ident) -> bool {
    GENERIC.iter().any(|generic| name == generic)
}

/// Methods and functions that give whatever type is asked of them.
const GENERIC: &[&str] = &[
    "all",
    "arg",
    "cast",
    "collect",
    "convert",
    "decode",
    "default",
    "deserialize",
    "downcast",
    "extract",
    "fetch_all",
    "fetch_one",
    "fetch_optional",
    "first",
    "from_bytes",
    "from_json",
    "from_reader",
    "from_row",
    "from_slice",
    "from_str",
    "from_value",
    "get_result",
    "get_results",
    "into",
    "into_model",
    "json",
    "load",
    "one",
    "parse",
    "product",
    "query",
    "recv",
    "sum",
    "take",
    "transmute",
    "try_get",
    "try_into",
    "unwrap_or_default",
    "zeroed",
];

/// Methods that hand on the type of their receiver, or of what is in it.
const HANDING_ON: &[&str] = &[
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "context",
    "expect",
    "map_err",
    "ok",
    "ok_or",
    "ok_or_else",
    "optional",
    "to_owned",
    "unwrap",
    "unwrap_or",
    "unwrap_or_else",
    "with_context",
];
