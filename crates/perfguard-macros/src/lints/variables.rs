//! What the source says of the types of variables.
//!
//! A question for a type that is still open would be answered by the compiler's guess. So only those
//! variables are asked about whose type does not depend on what happens to them later: parameters,
//! `let`s with a type, references to these, and what is opened or taken from a pool.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, Expr, ExprCall, ExprClosure, ExprForLoop, ExprLet, ExprMatch, ExprMethodCall,
    FnArg, Item, Local, LocalInit, Pat, PatIdent, PatType, ReceiverKind, Signature, Token, Type,
    TypeReference,
};

use super::place;

/// What is known of a variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Written as a reference.
    pub(crate) is_reference: bool,
    /// Written as a `&mut`.
    pub(crate) is_exclusive: bool,
    pub(crate) is_parameter: bool,
}

/// The variables of a function by name, with `self`.
pub(crate) struct Variables(HashMap<String, Option<Variable>>);

impl Variables {
    /// Reads a function; of the body the macro calls are opened.
    pub(crate) fn of(sig: &Signature, body: &Block) -> Self {
        let mut variables = Self(HashMap::new());
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    let reference = match &receiver.kind {
                        ReceiverKind::Reference(_, _, mutability) => Some(mutability.is_some()),
                        _ => None,
                    };
                    let known = Variable {
                        is_reference: reference.is_some(),
                        is_exclusive: reference == Some(true),
                        is_parameter: true,
                    };
                    variables.add("self".to_owned(), Some(known));
                }
                FnArg::Typed(PatType { pat, ty, .. }) => {
                    let known = stated(ty).map(|known| Variable {
                        is_parameter: true,
                        ..known
                    });
                    variables.bind(pat, known);
                }
            }
        }
        variables.visit_block(body);
        variables
    }

    pub(crate) fn get(&self, name: &Ident) -> Option<Variable> {
        self.0.get(&name.to_string()).copied().flatten()
    }

    /// A name stands for all variables that have it.
    fn add(&mut self, name: String, known: Option<Variable>) {
        let merged = match (self.0.get(&name), known) {
            (None, known) => known,
            (Some(Some(one)), Some(other)) => Some(Variable {
                is_reference: one.is_reference && other.is_reference,
                is_exclusive: one.is_exclusive && other.is_exclusive,
                is_parameter: one.is_parameter && other.is_parameter,
            }),
            _ => None,
        };
        self.0.insert(name, merged);
    }

    fn bind(&mut self, pattern: &Pat, known: Option<Variable>) {
        // A part of what is a reference may be one, or not.
        let is_whole =
            matches!(pattern, Pat::Ident(it) if it.subpat.is_none() && it.by_ref.is_none());
        let known = known.map(|known| {
            if is_whole {
                known
            } else {
                Variable {
                    is_parameter: known.is_parameter,
                    ..Variable::default()
                }
            }
        });
        for name in bound(pattern) {
            self.add(name.to_string(), known);
        }
    }

    /// What a value that is bound without a type says.
    fn of_value(&self, value: &Expr) -> Option<Variable> {
        match place::peel(value) {
            Expr::Reference(reference) => {
                let known = self.is_known(&reference.expr) || self.is_produced(&reference.expr);
                known.then_some(Variable {
                    is_reference: true,
                    is_exclusive: reference.mutability.is_some(),
                    is_parameter: false,
                })
            }
            Expr::Match(choice) => self.is_produced(&choice.expr).then(Variable::default),
            // The type of a part is decided with that of the whole.
            value => (self.is_known(value) || self.is_produced(value)).then(Variable::default),
        }
    }

    fn is_known(&self, place: &Expr) -> bool {
        place::root(place).is_some_and(|root| self.get(root).is_some())
    }

    /// Whether a value is a connection, or something like it, that is opened or taken from a pool.
    fn is_produced(&self, value: &Expr) -> bool {
        match place::peel(value) {
            Expr::Await(awaited) => self.is_produced(&awaited.base),
            Expr::Try(tried) => self.is_produced(&tried.expr),
            Expr::MethodCall(call) if is_one_of(&call.method, HANDING_ON) => {
                self.is_produced(&call.receiver)
            }
            Expr::MethodCall(call) => {
                call.args.is_empty()
                    && call.turbofish.is_none()
                    && is_one_of(&call.method, PRODUCING)
                    && self.is_known(&call.receiver)
            }
            Expr::Call(call) => opens(call),
            _ => false,
        }
    }

    fn arguments(&mut self, arguments: &Punctuated<Expr, Token![,]>, hands_connection: bool) {
        for argument in arguments {
            match argument {
                Expr::Closure(closure) => {
                    self.closure(closure, |name| hands_connection || says_connection(name))
                }
                argument => self.visit_expr(argument),
            }
        }
    }

    /// A closure that is handed to a call gets what the call says: `db::run(pool, |conn| ..)`. Of
    /// what may be anything only those are known that are called a connection.
    fn closure(&mut self, closure: &ExprClosure, is_known: impl Fn(&Ident) -> bool) {
        for input in &closure.inputs {
            match input {
                Pat::Type(typed) => self.bind(&typed.pat, stated(&typed.ty)),
                Pat::Ident(it) if is_known(&it.ident) => {
                    self.bind(input, Some(Variable::default()));
                }
                input => self.bind(input, None),
            }
        }
        self.visit_expr(&closure.body);
    }
}

impl<'ast> Visit<'ast> for Variables {
    fn visit_local(&mut self, local: &'ast Local) {
        visit::visit_local(self, local);
        let known = match (&local.pat, &local.init) {
            (Pat::Type(typed), _) => stated(&typed.ty),
            (_, Some(LocalInit { expr, .. })) => self.of_value(expr),
            (_, None) => None,
        };
        match &local.pat {
            Pat::Type(typed) => self.bind(&typed.pat, known),
            pattern => self.bind(pattern, known),
        }
    }

    fn visit_expr_let(&mut self, matched: &'ast ExprLet) {
        let known = self.of_value(&matched.expr);
        self.bind(&matched.pat, known);
        visit::visit_expr_let(self, matched);
    }

    fn visit_expr_match(&mut self, matched: &'ast ExprMatch) {
        let known = self.of_value(&matched.expr);
        for Arm { pat, .. } in &matched.arms {
            self.bind(pat, known);
        }
        visit::visit_expr_match(self, matched);
    }

    fn visit_expr_for_loop(&mut self, each: &'ast ExprForLoop) {
        self.bind(&each.pat, None);
        visit::visit_expr_for_loop(self, each);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let of_connections = ["interact", "test_transaction", "transaction"];
        self.arguments(&call.args, is_one_of(&call.method, &of_connections));
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.visit_expr(&call.func);
        self.arguments(&call.args, false);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        self.closure(closure, |_| false);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// The variables of a pattern.
pub(crate) fn bound(pattern: &Pat) -> HashSet<Ident> {
    struct Names(HashSet<Ident>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
            self.0.insert(pattern.ident.clone());
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut names = Names(HashSet::new());
    names.visit_pat(pattern);
    names.0
}

/// What a written type says; none if a part of it is left open, or if it is no connection.
fn stated(ty: &Type) -> Option<Variable> {
    struct Open(bool);
    impl<'ast> Visit<'ast> for Open {
        fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
            self.0 = true;
        }
        fn visit_type_macro(&mut self, _: &'ast syn::TypeMacro) {
            self.0 = true;
        }
    }
    let mut open = Open(false);
    open.visit_type(ty);
    if open.0 || is_plain(ty) {
        return None;
    }
    let reference = match ty {
        Type::Reference(TypeReference { mutability, .. }) => Some(mutability.is_some()),
        _ => None,
    };
    Some(Variable {
        is_reference: reference.is_some(),
        is_exclusive: reference == Some(true),
        is_parameter: false,
    })
}

/// Whether a type is one of the standard library's that nobody sends a query with.
fn is_plain(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "BTreeMap", "BTreeSet", "Duration", "HashMap", "HashSet", "Instant", "PathBuf", "String",
        "Vec", "VecDeque", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8",
        "isize", "str", "u128", "u16", "u32", "u64", "u8", "usize",
    ];
    match ty {
        Type::Array(_) | Type::Slice(_) | Type::Never(_) => true,
        Type::Group(group) => is_plain(&group.elem),
        Type::Paren(paren) => is_plain(&paren.elem),
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| is_one_of(&last.ident, NAMES)),
        _ => false,
    }
}

/// Methods that hand on what is in their receiver.
const HANDING_ON: &[&str] = &[
    "context",
    "expect",
    "map_err",
    "ok_or",
    "ok_or_else",
    "unwrap",
    "unwrap_or_else",
    "with_context",
];

/// Methods of pools and connections.
const PRODUCING: &[&str] = &[
    "acquire",
    "begin",
    "checkout",
    "clone",
    "conn",
    "connection",
    "get",
    "get_conn",
    "get_connection",
    "lock",
    "pool",
    "write",
];

/// Functions that open a connection, or hand one out: `SqliteConnection::establish(url)`,
/// `get_conn(&pool)`.
fn opens(call: &ExprCall) -> bool {
    let Expr::Path(callee) = &*call.func else {
        return false;
    };
    let Some(last) = callee.path.segments.last() else {
        return false;
    };
    let name = last.ident.to_string();
    name.starts_with(|first: char| first.is_lowercase()) && says_connection(&last.ident)
}

/// Whether a name has a word in it that stands for a connection.
fn says_connection(name: &Ident) -> bool {
    const WORDS: &[&str] = &[
        "acquire",
        "conn",
        "connect",
        "connection",
        "database",
        "db",
        "establish",
        "pool",
        "transaction",
        "tx",
        "txn",
    ];
    name.to_string()
        .split('_')
        .any(|word| WORDS.contains(&word))
}

fn is_one_of(name: &Ident, names: &[&str]) -> bool {
    names.iter().any(|it| name == it)
}
