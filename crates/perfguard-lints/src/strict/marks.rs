//! Texts that are placeholders only, by how they are made: `?, ?, ?`, `$1, $2`.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;
use syn::{BinOp, Block, Expr, ExprCall, ExprMethodCall, Lit, Local, Pat, Stmt};

use crate::macros;
use crate::syntax::{
    Placeholder, bound, callee, chain, is_known, is_one_of, last, peel, placeholders, spoken_name,
    text, variable,
};

/// How deep a text is followed into what it is made of.
const DEEP: u32 = 12;
/// How much of that a variable counts: lists of lists of variables would take for ever.
const VARIABLE: u32 = 4;

/// What the variables of a body are made of.
#[derive(Default)]
pub(super) struct Made<'a> {
    lets: HashMap<String, &'a Expr>,
    /// Those that may become something else.
    changing: HashSet<String>,
}

impl<'a> Made<'a> {
    /// Notes what a statement binds.
    pub(super) fn note(&mut self, local: &'a Local) {
        if let (Some(init), [name]) = (&local.init, bound(&local.pat).as_slice()) {
            self.lets.insert(name.to_string(), &init.expr);
            if is_mutable(&local.pat) {
                self.changing.insert(name.to_string());
            }
        }
    }

    /// Forgets a variable, whose name is another one's from here on, or which has become
    /// something else.
    pub(super) fn forget(&mut self, name: &Ident) {
        let name = name.to_string();
        self.lets.remove(&name);
        self.changing.remove(&name);
    }

    /// `marks.push_str(user)`
    pub(super) fn see_method(&mut self, call: &ExprMethodCall) {
        let reads = [
            "contains",
            "ends_with",
            "get",
            "join",
            "repeat",
            "reserve",
            "starts_with",
            "trim_end_matches",
            "trim_matches",
            "truncate",
        ];
        if let Some(name) = self.changed(&call.receiver)
            && !is_one_of(&call.method, &reads)
            && !call.args.iter().all(|it| self.is_harmless(it))
        {
            self.forget(name);
        }
    }

    /// `marks = user`, `marks += user`
    pub(super) fn see_value(&mut self, left: &Expr, right: &Expr) {
        if let Some(name) = self.changed(left)
            && !self.is_harmless(right)
        {
            self.forget(name);
        }
    }

    /// `write!(marks, "{user}")`; whether it is such a call.
    pub(super) fn see_write(&mut self, call: &ExprCall) -> bool {
        if !macros::is_opened_as(call, &["write", "writeln"]) {
            return false;
        }
        if let Some(name) = call.args.first().and_then(|it| self.changed(it))
            && !self.is_format_of_marks(call, 1, 0)
        {
            self.forget(name);
        }
        true
    }

    /// `read_line(&mut marks)`
    pub(super) fn see_lent(&mut self, lent: &Expr) {
        if let Some(name) = self.changed(lent) {
            self.forget(name);
        }
    }

    fn changed<'e>(&self, expr: &'e Expr) -> Option<&'e Ident> {
        variable(expr).filter(|it| self.changing.contains(&it.to_string()))
    }

    fn is_harmless(&self, expr: &Expr) -> bool {
        is_known(expr) || self.are_marks(expr)
    }

    /// What the variable with this name was made of.
    pub(super) fn of(&self, name: &str) -> Option<&'a Expr> {
        self.lets.get(name).copied()
    }

    /// Whether an expression is made of placeholders only.
    pub(super) fn are_marks(&self, expr: &Expr) -> bool {
        self.marks(expr, 0)
    }

    fn marks(&self, expr: &Expr, depth: u32) -> bool {
        if depth > DEEP {
            return false;
        }
        let all = |it: &mut dyn Iterator<Item = &Expr>| {
            let mut count = 0;
            let are = it
                .inspect(|_| count += 1)
                .all(|it| self.marks(it, depth + 1));
            are && count > 0
        };
        let (root, methods) = chain(expr);
        for method in methods.iter().rev() {
            if method.method == "map" {
                return matches!(method.args.first(), Some(Expr::Closure(it)) if self.marks(&it.body, depth + 1));
            }
            if is_one_of(&method.method, &["format", "intersperse", "join"]) {
                if !method.args.iter().all(is_known) {
                    return false;
                }
            } else if !is_one_of(&method.method, PASSES) {
                return false;
            }
        }
        match root {
            Expr::Array(it) => all(&mut it.elems.iter()),
            Expr::Binary(it) if matches!(it.op, BinOp::Add(_)) => {
                self.marks(&it.left, depth + 1)
                    && (is_known(&it.right) || self.marks(&it.right, depth + 1))
            }
            Expr::Block(it) => tail(&it.block).is_some_and(|it| self.marks(it, depth + 1)),
            Expr::Call(it) if macros::opened(it).is_some() => self.macro_of_marks(it, depth),
            Expr::Call(it) => self.call_of_marks(it, depth),
            Expr::If(it) => {
                let otherwise = it.else_branch.as_ref().map(|(_, it)| &**it);
                tail(&it.then_branch)
                    .zip(otherwise)
                    .is_some_and(|(one, other)| all(&mut [one, other].into_iter()))
            }
            Expr::Index(it) => self.marks(&it.expr, depth + 1),
            Expr::Lit(it) => match &it.lit {
                Lit::Str(it) => is_mark_text(&it.value()),
                Lit::Char(it) => is_mark_text(it.value().encode_utf8(&mut [0; 4])),
                _ => false,
            },
            Expr::Match(it) => all(&mut it.arms.iter().map(|it| &*it.body)),
            Expr::Repeat(it) => self.marks(&it.expr, depth + 1),
            _ => variable(root)
                .and_then(|it| self.of(&it.to_string()))
                .is_some_and(|it| self.marks(it, depth + VARIABLE)),
        }
    }

    fn macro_of_marks(&self, call: &ExprCall, depth: u32) -> bool {
        if macros::is_opened_as(call, &["format"]) {
            return self.is_format_of_marks(call, 0, depth);
        }
        if !macros::is_opened_as(call, &["vec"]) {
            return false;
        }
        // `vec!["?"; n]` was read as two statements.
        if let [Expr::Block(it)] = call.args.iter().collect::<Vec<_>>().as_slice() {
            return matches!(it.block.stmts.as_slice(), [Stmt::Expr(one, Some(_)), _] if self.marks(one, depth + 1));
        }
        !call.args.is_empty() && call.args.iter().all(|it| self.marks(it, depth + 1))
    }

    /// `repeat("?")`, `repeat_with(|| "?")`, `String::from("?")`, `String::new()`
    fn call_of_marks(&self, call: &ExprCall, depth: u32) -> bool {
        let Some(name) = callee(call).and_then(last) else {
            return false;
        };
        if is_one_of(name, &["new", "with_capacity"]) {
            return callee(call)
                .and_then(crate::syntax::qualifier)
                .is_some_and(|it| is_one_of(it, &["String", "Vec"]));
        }
        let gives_it = [
            "Borrowed",
            "Owned",
            "Some",
            "from",
            "from_iter",
            "join",
            "once",
            "repeat",
            "repeat_n",
            "repeat_with",
        ];
        is_one_of(name, &gives_it)
            && call.args.first().is_some_and(|it| match peel(it) {
                Expr::Closure(it) => self.marks(&it.body, depth + 1),
                it => self.marks(it, depth + 1),
            })
            && (*name != "join" || call.args.iter().skip(1).all(is_known))
    }

    /// `format!("${}", i + 1)`, `format!("({marks})")`; its text is the argument `at`.
    fn is_format_of_marks(&self, call: &ExprCall, at: usize, depth: u32) -> bool {
        let Some(text) = call.args.iter().nth(at).and_then(text) else {
            return false;
        };
        let text = text.value();
        let mut next = at + 1;
        placeholders(&text).all(|it| {
            let given = argument(call, at, &it, &mut next);
            let given_marks = match given {
                Some(it) => is_known(it) || self.marks(it, depth + 1),
                None => self
                    .of(it.name)
                    .is_some_and(|it| self.marks(it, depth + VARIABLE)),
            };
            given_marks || (is_number_of_mark(it.before) && !text.contains('\''))
        })
    }

    /// Whether an expression is visibly a list of values, whatever its name:
    /// `ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ")`.
    pub(super) fn are_values(&self, expr: &Expr) -> bool {
        let (root, methods) = chain(expr);
        let is_variable = variable(root).is_some_and(|it| self.of(&it.to_string()).is_none())
            || matches!(root, Expr::Field(_));
        let is_list = methods.iter().any(|it| it.method == "join");
        is_variable
            && is_list
            && spoken_name(root).is_some_and(|it| !names_marks(it))
            && methods.iter().all(|it| match it.args.first() {
                Some(shown) if it.method == "map" => shows_item(shown),
                _ => is_one_of(&it.method, PASSES) || it.method == "join",
            })
    }
}

/// Whether a name says that it is a list of placeholders.
pub(super) fn names_marks(name: &Ident) -> bool {
    let marks = [
        "bind",
        "binds",
        "marks",
        "param",
        "params",
        "placeholder",
        "placeholders",
    ];
    crate::syntax::has_word(name, &marks)
}

/// The argument of a placeholder, with the text as argument `at`; `None` if it names a variable.
pub(super) fn argument<'e>(
    format: &'e ExprCall,
    at: usize,
    placeholder: &Placeholder<'_>,
    next: &mut usize,
) -> Option<&'e Expr> {
    if placeholder.name.is_empty() {
        *next += 1;
        return format.args.iter().nth(*next - 1);
    }
    if let Ok(number) = placeholder.name.parse::<usize>() {
        return format.args.iter().nth(at + 1 + number);
    }
    format.args.iter().find_map(|it| match it {
        Expr::Assign(it) if variable(&it.left).is_some_and(|name| *name == placeholder.name) => {
            Some(&*it.right)
        }
        _ => None,
    })
}

/// Methods that make no other text of a text, a list or an iterator.
const PASSES: &[&str] = &[
    "as_ref",
    "as_str",
    "clone",
    "cloned",
    "collect",
    "concat",
    "copied",
    "into",
    "into_iter",
    "iter",
    "repeat",
    "rev",
    "take",
    "to_owned",
    "to_string",
    "to_vec",
    "trim",
    "trim_end",
    "trim_end_matches",
];

fn is_mutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(it) => it.mutability.is_some(),
        Pat::Type(it) => is_mutable(&it.pat),
        _ => false,
    }
}

/// The value of a block.
fn tail(block: &Block) -> Option<&Expr> {
    match block.stmts.last() {
        Some(Stmt::Expr(it, None)) => Some(it),
        _ => None,
    }
}

/// `?`, `$1`, `:id`, `@id`, and what stands between them.
fn is_mark_text(text: &str) -> bool {
    let mut is_name = false;
    text.chars().all(|sign| {
        let goes_on = is_name && (sign.is_alphanumeric() || sign == '_');
        is_name = goes_on || matches!(sign, ':' | '@');
        is_name
            || sign.is_ascii_digit()
            || sign.is_whitespace()
            || matches!(sign, '?' | '$' | ',' | '(' | ')')
    })
}

/// Whether what follows a text is the number of a placeholder: `$`, `?`, `:id`, `@id`.
fn is_number_of_mark(before: &str) -> bool {
    let mark = before.trim_end_matches(|sign: char| sign.is_alphanumeric() || sign == '_');
    let is_named = mark.ends_with('@') || (mark.ends_with(':') && !mark.ends_with("::"));
    is_named || before.ends_with(['$', '?'])
}

/// `|id| id.to_string()`, `|id| format!("'{id}'")`, `ToString::to_string`
fn shows_item(shown: &Expr) -> bool {
    match peel(shown) {
        Expr::Path(it) => last(&it.path)
            .is_some_and(|it| is_one_of(it, &["as_str", "clone", "from", "to_owned", "to_string"])),
        Expr::Closure(closure) => {
            let (root, methods) = chain(&closure.body);
            match root {
                Expr::Call(it) if macros::is_opened_as(it, &["format"]) => it
                    .args
                    .first()
                    .and_then(text)
                    .is_some_and(|it| !it.value().contains(['?', '$', ':', '@'])),
                root => {
                    let parameters = closure.inputs.iter().flat_map(bound);
                    variable(root).is_some_and(|name| parameters.into_iter().any(|it| it == name))
                        && methods.iter().all(|it| is_one_of(&it.method, PASSES))
                }
            }
        }
        _ => false,
    }
}
